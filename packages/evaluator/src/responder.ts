/** One finished response; they may come in any order. */
export interface ResponderResult {
  /** Which prompt of the call this answers. */
  readonly index: number;
  readonly response: string;
  /** The generated tokens, or how many there were. */
  readonly tokens: number | readonly number[];
  readonly finish: 'stop' | 'length';
  /** True where the prompt did not fit and was cut. */
  readonly promptTruncated?: boolean;
}

/** Whatever answers prompts. */
export interface Responder {
  /**
   * Everything that the responses depend on: hashes of weights, adapter and tokenizer, and every generation option.
   * Finished rows are taken over by a later run only while this stays the same.
   */
  readonly fingerprint: Readonly<Record<string, string | number | boolean | null>>;
  respond(prompts: readonly string[], options: { readonly signal?: AbortSignal }): AsyncIterable<ResponderResult>;
}

interface TextGenerator {
  generate(
    prompts: readonly string[],
    options: { readonly maxNewTokens: number; readonly signal?: AbortSignal },
  ): AsyncIterable<ResponderResult>;
}

/**
 * A generator of `@flanlab/language-model` as responder. `fingerprint` names what the generator cannot know: the hashes
 * of the model, adapter and tokenizer files; `maxNewTokens` is added to it.
 */
export function generatorResponder(
  generator: TextGenerator,
  { maxNewTokens, fingerprint }: { readonly maxNewTokens: number; readonly fingerprint: Responder['fingerprint'] },
): Responder {
  return {
    fingerprint: { ...fingerprint, maxNewTokens, decoding: 'greedy' },
    respond: (prompts, { signal }) =>
      generator.generate(prompts, { maxNewTokens, ...(signal === undefined ? {} : { signal }) }),
  };
}
