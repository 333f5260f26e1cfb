import type { ConfigReader } from '../families/config-reader.js';
import type { CommonField, EmbeddingSpec, LinearSpec, NormSpec } from '../families/family.js';
import type { ModelConfig } from '../model-config.js';

/** The four layers of one attention: queries from the stack itself, keys and values from what is attended to. */
export interface AttentionLayout {
  readonly query: LinearSpec;
  readonly key: LinearSpec;
  readonly value: LinearSpec;
  readonly output: LinearSpec;
}

/** One pre-norm block of an encoder: x += attention(norm(x)); x += feedForward(norm(x)). */
export interface EncoderStackBlock {
  readonly selfNorm: NormSpec;
  readonly self: AttentionLayout;
  readonly feedForwardNorm: NormSpec;
  readonly gate?: LinearSpec;
  readonly up: LinearSpec;
  readonly down: LinearSpec;
}

/** A decoder's block looks at the encoder's states between its own attention and its feed-forward part. */
export interface DecoderStackBlock extends EncoderStackBlock {
  readonly crossNorm: NormSpec;
  readonly cross: AttentionLayout;
}

/** A stack of blocks that share one table of position biases, (buckets, H). */
export interface StackLayout<Block> {
  readonly positionBias: EmbeddingSpec;
  readonly blocks: readonly Block[];
  readonly finalNorm: NormSpec;
}

/** Every module of an encoder-decoder, by role, under its Hugging Face name. */
export interface Seq2SeqLayout {
  /** Shared by encoder and decoder, and by the output layer where `head` is absent. */
  readonly tokens: EmbeddingSpec;
  readonly encoder: StackLayout<EncoderStackBlock>;
  readonly decoder: StackLayout<DecoderStackBlock>;
  readonly head?: LinearSpec;
}

/** One encoder-decoder family: how its config.json reads and what its modules are called. */
export interface Seq2SeqFamilySpec {
  /** Names in `architectures` of config.json; the first is written. */
  readonly architectures: readonly [string, ...string[]];
  readonly modelType: string;
  readonly config: (
    reader: ConfigReader,
  ) => Omit<ModelConfig, 'family' | 'architecture' | 'raw' | CommonField> &
    Required<Pick<ModelConfig, 'encoderDecoder'>>;
  readonly layout: (config: ModelConfig) => Seq2SeqLayout;
  /** Fields of config.json that transformers wants as floats, and that are of no use for weights that are there. */
  readonly floatFields: readonly string[];
  /** Other names under which the token embedding is stored. */
  readonly tokenAliases: readonly string[];
  /** Tensors some checkpoints hold that are no parameters. */
  readonly ignoredTensors: RegExp;
  /** Paper, and the reference implementation the graphs are checked against. */
  readonly source: string;
}
