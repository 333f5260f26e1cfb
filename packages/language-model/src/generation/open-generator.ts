import { GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { type OnnxSession, openSession, type Provider } from '@flanlab/onnx-session';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { buildDecodeGraph, cacheNames } from './decode-graph.js';
import { buildScoreGraph } from './score-graph.js';

export interface OpenGeneratorOptions {
  /** Hugging Face folder of a causal model. */
  readonly modelDir: string;
  /** PEFT folder of a LoRA adapter; merged into the weights when they are loaded. */
  readonly adapterDir?: string;
  readonly provider?: Provider;
  readonly threads?: number;
  /**
   * Tokens that one run of the session writes at most. More: fewer runs, but finished rows keep their place longer.
   * 16 unless told otherwise; `Infinity` keeps a whole answer inside one run, which saves copies on a GPU.
   */
  readonly stepsPerRun?: number;
  readonly signal?: AbortSignal;
}

/** A causal model in memory, ready to write. One `generate` at a time; open several for several. */
export interface Generator extends AsyncDisposable {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** Every id that ends an answer, unless told otherwise. */
  readonly stopTokenIds: readonly number[];
  readonly stepsPerRun: number;
  /** Holds the weights and the key/value cache. */
  readonly session: OnnxSession;
  /** A second session for scoring, opened when it is first asked for. */
  scoreSession(): Promise<OnnxSession>;
  /** True while answers are being written. */
  busy: boolean;
  close(): Promise<void>;
}

const DEFAULT_STEPS = 16;

/**
 * Opens a model folder for generation. Prompt and answer graph are one, so the weights are held once.
 * @throws {LanguageModelError} `CHECKPOINT_…`, `MODEL_…`, `SAFETENSORS_…`, `TOKENIZER_…`, `ADAPTER_…`
 * @throws {SessionError} where the provider is not there
 */
export async function openGenerator(options: OpenGeneratorOptions): Promise<Generator> {
  const { modelDir, provider, threads, signal, stepsPerRun = DEFAULT_STEPS } = options;
  const [{ config, tensors }, tokenizer] = await Promise.all([readCheckpoint(modelDir), loadTokenizer(modelDir)]);
  const sessionOptions = {
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
  };
  const model = async (build: (g: GraphBuilder, parts: ModelParts) => void): Promise<Uint8Array> => {
    const g = new GraphBuilder({ name: 'generate' });
    const weights = new Map<string, Value>();
    for (const [name, { shape, float32 }] of tensors) {
      weights.set(name, g.initializer(name, { type: 'float32', shape, data: await float32() }));
    }
    build(g, { parameters: (name) => weights.get(name)! });
    return g.toBytes();
  };
  const decoder = await model((g, parts) => buildDecodeGraph(g, config, parts));
  const session = await openSession(decoder, { ...sessionOptions, ...(signal === undefined ? {} : { signal }) });
  await resetCache(session, config);
  let scoring: Promise<OnnxSession> | undefined;
  const close = async (): Promise<void> => {
    await session.close();
    await (await scoring)?.close();
  };
  return {
    config,
    tokenizer,
    stopTokenIds: tokenizer.eosIds.length > 0 ? tokenizer.eosIds : config.eosIds,
    stepsPerRun,
    session,
    scoreSession() {
      scoring ??= model((g, parts) => buildScoreGraph(g, config, parts)).then((bytes) =>
        openSession(bytes, sessionOptions),
      );
      return scoring;
    },
    busy: false,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Replaces the kept cache by one empty place, which frees its memory. */
export async function resetCache(session: OnnxSession, config: ModelConfig): Promise<void> {
  const dims = [1, 1, config.keyValueHeads, config.headWidth];
  const data = new Float32Array(config.keyValueHeads * config.headWidth);
  for (let layer = 0; layer < config.layers; layer++) {
    const { keyIn, valueIn } = cacheNames(layer);
    await session.put(keyIn, { type: 'float32', dims, data });
    await session.put(valueIn, { type: 'float32', dims, data });
  }
}
