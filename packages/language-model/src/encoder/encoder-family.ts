import type { ConfigReader } from '../families/config-reader.js';
import type { CommonField, EmbeddingSpec, LinearSpec, NormSpec } from '../families/family.js';
import type { Activation, ModelConfig } from '../model-config.js';

/** One post-norm block: x = norm(x + attention(x)); x = norm(x + feedForward(x)). */
export interface EncoderBlockLayout {
  readonly query: LinearSpec;
  readonly key: LinearSpec;
  readonly value: LinearSpec;
  readonly attentionOutput: LinearSpec;
  readonly attentionNorm: NormSpec;
  readonly up: LinearSpec;
  readonly down: LinearSpec;
  readonly outputNorm: NormSpec;
}

/** The masked-language-model head: norm(activation(transform(x))) · token embeddingᵀ + bias. */
export interface MaskedHeadLayout {
  readonly transform: LinearSpec;
  readonly activation: Activation;
  readonly norm: NormSpec;
  /** Name of the output bias (V). The output weight is the token embedding. */
  readonly bias: string;
}

/** Every module of an encoder, by role, under its Hugging Face name. */
export interface EncoderLayout {
  readonly tokens: EmbeddingSpec;
  readonly positions: EmbeddingSpec;
  /** Absent where the family has no token types; the graphs always use type 0. */
  readonly types?: EmbeddingSpec;
  readonly embeddingNorm: NormSpec;
  readonly blocks: readonly EncoderBlockLayout[];
  readonly head: MaskedHeadLayout;
}

/** One encoder family: how its config.json reads and what its modules are called. */
export interface EncoderFamilySpec {
  /** Names of the masked-language-model class first (that one is written), then others whose encoder is the same. */
  readonly architectures: readonly [string, ...string[]];
  readonly modelType: string;
  /** What encoder tensor names start with; folders of the bare encoder leave it out. */
  readonly baseModelPrefix: string;
  /**
   * `from-zero`: token t has position t. `after-padding`: positions start behind the padding id, and padding tokens
   * are not counted (RoBERTa).
   */
  readonly positionIds: 'from-zero' | 'after-padding';
  /** Whether the first word must be encoded with the space that stands before words elsewhere (byte-level BPE). */
  readonly prefixSpace: boolean;
  readonly config: (reader: ConfigReader) => Omit<ModelConfig, 'family' | 'architecture' | 'raw' | CommonField>;
  readonly layout: (config: ModelConfig) => EncoderLayout;
  readonly source: string;
}
