import type { OnnxSession, Tensor } from '@flanlab/onnx-session';
import { keyWidth } from '../graph/alibi.js';
import type { ModelConfig } from '../model-config.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { cacheNames } from './decode-graph.js';
import type { ScoredContinuation, ScoreOptions } from './score-continuations.js';

export interface GenerateOptions {
  readonly maxNewTokens: number;
  /** Ids that end an answer; the model's own when left out, none when empty. */
  readonly stopTokenIds?: readonly number[];
  /** Rows · positions of one batch at most, prompt and answer together: bounds memory. 16384 unless told otherwise. */
  readonly batchTokens?: number;
  /** Rows of one batch at most; 64 unless told otherwise. */
  readonly batchRows?: number;
  /** Compat: keep a begin-of-sequence token that a prompt's text brings along beside the tokenizer's own. */
  readonly doubleBos?: boolean;
  readonly signal?: AbortSignal;
}

/** The answer to one prompt. */
export interface Generated {
  /** Which prompt of the list. */
  readonly index: number;
  /** The text of the answer, without special tokens. */
  readonly response: string;
  /** Every token written, a stop token included. */
  readonly tokens: readonly number[];
  /** `stop`: it wrote a stop token; `length`: it reached `maxNewTokens` or the end of the model's context. */
  readonly finish: 'stop' | 'length';
  readonly promptTokens: number;
  /** Prompt tokens that were cut off at the left because the model takes no more. */
  readonly truncatedTokens: number;
  /** Whether any were. */
  readonly promptTruncated: boolean;
}

/** A causal model or an encoder-decoder in memory, ready to write. One `generate` at a time; open several for several. */
export interface Generator extends AsyncDisposable {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** Every id that ends an answer, unless told otherwise. */
  readonly stopTokenIds: readonly number[];
  readonly stepsPerRun: number;
  /** Answers prompts greedily; see the function {@link generate}. */
  generate(prompts: readonly string[], options: GenerateOptions): AsyncGenerator<Generated>;
  close(): Promise<void>;
}

/** How a model that is no decoder alone answers and scores. */
export interface OtherWay {
  generate(engine: Engine, prompts: readonly string[], options: GenerateOptions): AsyncGenerator<Generated>;
  score(
    engine: Engine,
    prompt: string,
    continuations: readonly string[],
    options: ScoreOptions,
  ): Promise<readonly ScoredContinuation[]>;
}

/** What the functions of this folder know about a generator. */
export interface Engine {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly stopTokenIds: readonly number[];
  readonly stepsPerRun: number;
  /** Holds the weights and the key/value cache. */
  readonly session: OnnxSession;
  /** A second session for scoring, opened when it is first asked for. */
  readonly scoreSession: () => Promise<OnnxSession>;
  /** Set for encoder-decoders, which write and score in a way of their own. */
  readonly otherWay?: OtherWay;
  /** True while answers are being written. */
  busy: boolean;
}

const ENGINES = new WeakMap<Generator, Engine>();

/** Makes an engine known under its public face. */
export function registerGenerator(generator: Generator, engine: Engine): Generator {
  ENGINES.set(generator, engine);
  return generator;
}

export function engineOf(generator: Generator): Engine {
  const engine = ENGINES.get(generator);
  if (engine === undefined) throw new TypeError('This object was not made by openGenerator.');
  return engine;
}

/** Replaces the kept cache by one empty place, which frees its memory. */
export async function resetCache({ session, config }: Pick<Engine, 'session' | 'config'>): Promise<void> {
  const empty = (width: number): Tensor => ({
    type: 'float32',
    dims: [1, 1, config.keyValueHeads, width],
    data: new Float32Array(config.keyValueHeads * width),
  });
  for (let layer = 0; layer < config.layers; layer++) {
    const { keyIn, valueIn } = cacheNames(layer);
    await session.put(keyIn, empty(keyWidth(config)));
    await session.put(valueIn, empty(config.headWidth));
  }
}
