import type { Tensor } from '@flanlab/onnx-session';
import { LanguageModelError } from '../errors.js';
import { type Engine, engineOf, type Generator } from './generator.js';
import { promptTokens } from './prompt-tokens.js';

export interface ScoreOptions {
  /** Rows · positions of one run at most; 16384 unless told otherwise. */
  readonly batchTokens?: number;
  /** Compat: keep a begin-of-sequence token that the prompt's text brings along, too. */
  readonly doubleBos?: boolean;
  readonly signal?: AbortSignal;
}

export interface ScoredContinuation {
  /** Natural logarithm of the probability of the whole continuation, given the prompt; 0 for an empty one. */
  readonly logLikelihood: number;
  readonly tokens: number;
}

const DEFAULT_BATCH_TOKENS = 16_384;

/**
 * How likely a model finds each continuation of a prompt, without writing anything. A continuation is encoded on its own,
 * without special tokens: begin it with its space.
 * @throws {LanguageModelError} `GENERATION_PROMPT_EMPTY`; `GENERATION_OPTIONS_INVALID` for a continuation that is longer
 *   than what the shortened prompt leaves of the context
 */
export async function scoreContinuations(
  generator: Generator,
  prompt: string,
  continuations: readonly string[],
  options: ScoreOptions = {},
): Promise<readonly ScoredContinuation[]> {
  const engine = engineOf(generator);
  if (engine.otherWay) return engine.otherWay.score(engine, prompt, continuations, options);
  const { batchTokens = DEFAULT_BATCH_TOKENS, doubleBos = false, signal } = options;
  const { tokenizer, config } = engine;
  const endings = continuations.map((text) => tokenizer.encode(text, { addSpecialTokens: false }).ids);
  const longest = Math.max(1, ...endings.map(({ length }) => length));
  const limits = { maxPositions: config.maxPositions, maxNewTokens: longest, doubleBos };
  const { ids } = promptTokens(tokenizer, prompt, limits);
  const T = ids.length + longest - 1; // the last token predicts nothing that is asked for
  if (T > config.maxPositions) throw tooLong(longest, config.maxPositions - ids.length + 1);
  const rows = Math.max(1, Math.floor(batchTokens / T));
  const scored: ScoredContinuation[] = [];
  for (let start = 0; start < endings.length; start += rows) {
    scored.push(...(await scoreGroup(engine, ids, endings.slice(start, start + rows), T, signal)));
  }
  return scored;
}

async function scoreGroup(
  engine: Engine,
  prompt: Int32Array,
  endings: readonly Int32Array[],
  T: number,
  signal: AbortSignal | undefined,
): Promise<readonly ScoredContinuation[]> {
  const tokenIds = new Int32Array(endings.length * T);
  const labels: number[] = [];
  const wanted: number[] = [];
  for (const [b, ending] of endings.entries()) {
    tokenIds.set(prompt, b * T);
    tokenIds.set(ending.subarray(0, Math.max(0, ending.length - 1)), b * T + prompt.length);
    for (const [i, id] of ending.entries()) {
      labels.push(id);
      wanted.push(b * T + prompt.length - 1 + i);
    }
  }
  if (labels.length === 0) return endings.map(() => ({ logLikelihood: 0, tokens: 0 }));
  const session = await engine.scoreSession();
  const list = (data: readonly number[]): Tensor => ({
    type: 'int32',
    dims: [data.length],
    data: Int32Array.from(data),
  });
  const feeds = {
    token_ids: { type: 'int32', dims: [endings.length, T], data: tokenIds },
    labels: list(labels),
    wanted: list(wanted),
  } as const;
  const { log_likelihoods: scores } = await session.run(feeds, {
    transfer: true,
    ...(signal === undefined ? {} : { signal }),
  });
  let next = 0;
  return endings.map(({ length }) => {
    let logLikelihood = 0;
    for (let i = 0; i < length; i++) logLikelihood += Number(scores!.data[next++]);
    return { logLikelihood, tokens: length };
  });
}

function tooLong(length: number, room: number): LanguageModelError {
  return new LanguageModelError(
    'GENERATION_OPTIONS_INVALID',
    {
      what: 'A continuation does not fit into the context of the model.',
      why: `It has ${length} tokens; the prompt, shortened as far as it may be, leaves room for ${room}.`,
      fix: 'Score shorter continuations, or use a model with a longer context.',
    },
    { kind: 'input' },
  );
}
