/** A text as token ids, special tokens included. */
export interface TokenizedText {
  readonly ids: Int32Array;
  /** True when tokens were cut off because the encoder takes no more. */
  readonly truncated: boolean;
}

/** Token ids with one vector each: `vectors` is (T, D), row-major. */
export interface TokenVectors extends TokenizedText {
  readonly vectors: Float32Array;
}

/** What BERTScore needs of an encoder; `openEncoder` of `@flanlab/language-model` gives one. */
export interface TokenEncoder {
  /** Names the model in the signature. */
  readonly name: string;
  readonly layer: number;
  /** D, the length of a token vector. */
  readonly width: number;
  /** The ids around each text; they weigh 0. */
  readonly specialIds: readonly number[];
  tokenize(text: string): TokenizedText;
  /** In the order of `texts`. */
  encode(texts: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<readonly TokenVectors[]>;
}
