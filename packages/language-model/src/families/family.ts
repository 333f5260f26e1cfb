import type { ModelConfig } from '../model-config.js';
import type { ConfigReader } from './config-reader.js';

/** How a parameter starts: `normal` with that deviation, `uniform` within ± that bound. */
export type Initialisation = { readonly normal: number } | { readonly uniform: number } | 'ones' | 'zeros';

/** y = x·Wᵀ + b. `transposed` says that W is stored (in, out), as GPT-2's Conv1D does, instead of (out, in). */
export interface LinearSpec {
  /** Module name: the parameters are `name.weight` and, with `bias`, `name.bias`. */
  readonly name: string;
  readonly in: number;
  readonly out: number;
  readonly bias: boolean;
  readonly transposed: boolean;
  /** Standard deviation of the initial weight. */
  readonly deviation: number;
}

/** `name.weight` and, for layer norms, `name.bias`, both (D). */
export interface NormSpec {
  readonly name: string;
  readonly bias: boolean;
}

/** `name.weight` of (rows, width). */
export interface EmbeddingSpec {
  readonly name: string;
  readonly rows: number;
  readonly deviation: number;
}

/** One pre-norm block: x += attention(norm(x)); x += feedForward(norm(x)). */
export interface BlockLayout {
  readonly attentionNorm: NormSpec;
  /** Either three projections, or one whose output is query, key and value side by side. */
  readonly projections:
    | { readonly query: LinearSpec; readonly key: LinearSpec; readonly value: LinearSpec }
    | LinearSpec;
  readonly attentionOutput: LinearSpec;
  readonly feedForwardNorm: NormSpec;
  readonly gate?: LinearSpec;
  readonly up: LinearSpec;
  readonly down: LinearSpec;
}

/** Every module of a decoder, by role, under its Hugging Face name. */
export interface DecoderLayout {
  readonly tokens: EmbeddingSpec;
  readonly positions?: EmbeddingSpec;
  readonly blocks: readonly BlockLayout[];
  readonly finalNorm: NormSpec;
  /** Absent when the token embedding is the output layer. */
  readonly head?: LinearSpec;
}

/** One model family: how its config.json reads and what its modules are called. Everything else follows. */
export interface FamilySpec {
  /** Names in `architectures` of config.json; the first is written. */
  readonly architectures: readonly [string, ...string[]];
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** What every tensor name starts with; checkpoints of the bare model leave it out. */
  readonly baseModelPrefix: string;
  readonly config: (reader: ConfigReader) => Omit<ModelConfig, 'family' | 'architecture' | 'raw' | CommonField>;
  readonly layout: (config: ModelConfig) => DecoderLayout;
  /** Tensors some checkpoints hold that are no parameters, such as stored masks. */
  readonly ignoredTensors: RegExp;
  /** Paper, and the reference implementation the graphs are checked against. */
  readonly source: string;
}

/** Read the same way for every family. */
export type CommonField = 'bosId' | 'eosIds' | 'padId';
