import { generate } from './generate.js';
import type { Generated, GenerateOptions, Generator } from './generator.js';

/** A row that came out differently alone. */
export interface FlippedAnswer {
  readonly index: number;
  /** The first token that differs. */
  readonly position: number;
  readonly tokens: readonly number[];
  readonly tokensAlone: readonly number[];
}

/**
 * Answers prompts again, one at a time, and reports the answers that differ from those given: none on the CPU, where a
 * row's arithmetic does not depend on its batch. Where a provider promises less, this counts what that costs.
 */
export async function verifyGeneration(
  generator: Generator,
  prompts: readonly string[],
  answers: Iterable<Pick<Generated, 'index' | 'tokens'>>,
  options: GenerateOptions,
): Promise<readonly FlippedAnswer[]> {
  const wanted = [...answers];
  const chosen = wanted.map(({ index }) => prompts[index]!);
  const flipped: FlippedAnswer[] = [];
  for await (const alone of generate(generator, chosen, { ...options, batchRows: 1 })) {
    const { index, tokens } = wanted[alone.index]!;
    const length = Math.max(tokens.length, alone.tokens.length);
    const position = Array.from({ length }).findIndex((_, i) => tokens[i] !== alone.tokens[i]);
    if (position >= 0) flipped.push({ index, position, tokens, tokensAlone: alone.tokens });
  }
  return flipped.sort((a, b) => a.index - b.index);
}
