/** What a JSON file of a model folder holds. */
export type JsonObject = { readonly [key: string]: unknown };

/** Rotary positions. @see Su et al. 2021, RoFormer, arXiv:2104.09864 */
export interface RotarySpec {
  readonly theta: number;
  /** Share of each head that turns: 1 for Llama, 0.25 for GPT-NeoX. */
  readonly fraction: number;
  readonly scaling?: RotaryScaling;
}

/** How rotary positions are stretched, by the names of config.json; see `ROTARY_SCALINGS`. */
export interface RotaryScaling {
  readonly kind: 'linear' | 'dynamic' | 'yarn' | 'longrope' | 'llama3';
  readonly values: Readonly<Record<string, number>>;
  /** One number for each pair of features that turns, such as `short_factor`. */
  readonly lists?: Readonly<Record<string, readonly number[]>>;
}

/** What an encoder-decoder has that a decoder alone has not. @see Raffel et al. 2020, arXiv:1910.10683 */
export interface EncoderDecoderSpec {
  readonly decoderLayers: number;
  /** The token that a decoder begins with. */
  readonly startId: number;
  /** Distances between tokens fall into so many buckets with a bias each; those from `maxDistance` on into the last. */
  readonly buckets: number;
  readonly maxDistance: number;
  /** Share of elements that are dropped inside the model while it learns. */
  readonly dropout: number;
  /** Whether states are divided by √D before the output layer; of v1.0, whose output layer is the token embedding. */
  readonly scaledHead: boolean;
}

/**
 * A transformer described by its properties: graphs are built from these, never from a family's name. Sizes are
 * counts; width D is split into `heads` H of `headWidth` each.
 */
export interface ModelConfig {
  /** Key of the family tables. */
  readonly family: string;
  /** As in `architectures` of config.json. */
  readonly architecture: string;
  readonly vocabularySize: number;
  readonly width: number;
  /** Width of token embeddings and output layer, where it is not `width`: OPT 350M. */
  readonly embeddingWidth?: number;
  readonly layers: number;
  readonly heads: number;
  /** Fewer than `heads` for grouped-query attention. */
  readonly keyValueHeads: number;
  readonly headWidth: number;
  /** Width between the two halves of the feed-forward part. */
  readonly innerWidth: number;
  /** Longest row the model was made for; a hard limit where `positions` is `learned`. */
  readonly maxPositions: number;
  readonly norm: 'rms' | 'layer';
  readonly normEpsilon: number;
  /** `pre-norm` when left out. */
  readonly arrangement?: BlockArrangement;
  /** Norms of a parallel block: one for each branch (2, when left out), or one for both. */
  readonly branchNorms?: 1 | 2;
  /** Whether a norm follows the last block; true when left out. */
  readonly finalNorm?: boolean;
  readonly activation: Activation;
  /** True for down(activation(gate(x)) · up(x)); false for down(activation(up(x))). */
  readonly gated: boolean;
  /** `relative`: a bias by distance on attention scores, see `encoderDecoder`. */
  readonly positions: 'rotary' | 'learned' | 'alibi' | 'relative';
  readonly rotary?: RotarySpec;
  /** What the scores of each layer are multiplied with beside 1 / √D; 1 when left out. */
  readonly attentionGains?: readonly number[];
  /** How many tokens each layer sees, the token itself and those before it; null for all. All do, when left out. */
  readonly windows?: readonly (number | null)[];
  /** Whether query, key and value projections have a bias. */
  readonly attentionBias: boolean;
  readonly attentionOutputBias: boolean;
  readonly feedForwardBias: boolean;
  /** The output layer is the token embedding. */
  readonly tiedHead: boolean;
  readonly initializerRange: number;
  readonly bosId?: number;
  readonly eosIds: readonly number[];
  readonly padId?: number;
  /** Set for an encoder-decoder; `layers` are then those of its encoder. */
  readonly encoderDecoder?: EncoderDecoderSpec;
  /** config.json as it was read or is to be written. */
  readonly raw: JsonObject;
}

/**
 * How a block adds its branches to x: `pre-norm`, x += attention(norm(x)), x += feedForward(norm(x)); `post-norm`,
 * x = norm(x + attention(x)), x = norm(x + feedForward(x)); `parallel`, x += attention(norm(x)) + feedForward(norm(x)).
 */
export type BlockArrangement = 'pre-norm' | 'post-norm' | 'parallel';

export type Activation = 'silu' | 'gelu' | 'geluTanh' | 'relu';

/** The names of `hidden_act` and `activation_function` in config.json. @see huggingface/transformers activations.py */
export const ACTIVATION_NAMES: { readonly [name: string]: Activation } = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  gelu_python_tanh: 'geluTanh',
  gelu_accurate: 'geluTanh',
  gelu_fast: 'geluTanh',
  relu: 'relu',
};
