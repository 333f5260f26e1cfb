import type { JsonObject, ModelConfig } from '../model-config.js';
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
  /** The model's width when left out. */
  readonly width?: number;
  /** Row of position 0: OPT leaves the first two out. */
  readonly offset?: number;
  readonly deviation: number;
}

/** Query, key and value as layers of their own, or in one. */
export type ProjectionsSpec =
  | { readonly query: LinearSpec; readonly key: LinearSpec; readonly value: LinearSpec }
  | {
      readonly fused: LinearSpec;
      /**
       * `side-by-side`: all queries, all keys, all values. `by-group`: for each key, the queries that share it, the key,
       * the value; with a key for each query, these are the triples of GPT-NeoX.
       */
      readonly order: 'side-by-side' | 'by-group';
    };

/** One block; `arrangement` of the config says how its parts are put together. */
export interface BlockLayout {
  readonly attentionNorm: NormSpec;
  readonly projections: ProjectionsSpec;
  readonly attentionOutput: LinearSpec;
  /** Absent where both branches read what `attentionNorm` gives. */
  readonly feedForwardNorm?: NormSpec;
  readonly gate?: LinearSpec;
  readonly up: LinearSpec;
  readonly down: LinearSpec;
}

/** Every module of a decoder, by role, under its Hugging Face name. */
export interface DecoderLayout {
  readonly tokens: EmbeddingSpec;
  /** From the width of token embeddings to that of the blocks, where they differ. */
  readonly projectIn?: LinearSpec;
  readonly positions?: EmbeddingSpec;
  readonly blocks: readonly BlockLayout[];
  readonly finalNorm?: NormSpec;
  /** Undoes `projectIn` before the output layer. */
  readonly projectOut?: LinearSpec;
  /** Absent when the token embedding is the output layer. */
  readonly head?: LinearSpec;
}

/** One model family: how its config.json reads and what its modules are called. Everything else follows. */
export interface FamilySpec {
  /** Names in `architectures` of config.json; the first is written. */
  readonly architectures: readonly [string, ...string[]];
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** A config.json of the family's first days, under the names of today; others as they are. */
  readonly modernise?: (raw: JsonObject) => JsonObject;
  /** What every tensor name starts with; checkpoints of the bare model leave it out. */
  readonly baseModelPrefix: string;
  readonly config: (reader: ConfigReader) => Omit<ModelConfig, 'family' | 'architecture' | 'raw' | CommonField>;
  readonly layout: (config: ModelConfig) => DecoderLayout;
  /** Module of the output layer in files, where it is not `lm_head`; that name is understood, too. */
  readonly outputLayer?: string;
  /** Tensors some checkpoints hold that are no parameters, such as stored masks. */
  readonly ignoredTensors: RegExp;
  /** Paper, and the reference implementation the graphs are checked against. */
  readonly source: string;
}

/** Read the same way for every family. */
export type CommonField = 'bosId' | 'eosIds' | 'padId';
