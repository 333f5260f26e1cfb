import { FlanlabError } from '@flanlab/errors';

/** Every code a {@link RandomError} can carry; `ERRORS.md` explains each. */
export const RANDOM_ERROR_CODES = [
  'RANDOM_SEED_INVALID',
  'RANDOM_RANGE_INVALID',
  'RANDOM_SAMPLE_TOO_LARGE',
  'RANDOM_PROBABILITIES_INVALID',
] as const;

/** An argument that no generator could honour. Always the caller's turn: kind `usage`. */
export class RandomError extends FlanlabError<(typeof RANDOM_ERROR_CODES)[number]> {}

/** Rejects anything but a whole number of at least `minimum` that JavaScript can hold exactly. */
export function checkWhole(name: string, value: number, minimum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  throw new RandomError(
    'RANDOM_RANGE_INVALID',
    {
      what: `${name} is not usable as a size or bound.`,
      why: `It is ${value}; a whole number from ${minimum} to 2^53 - 1 is needed.`,
      fix: 'Check for an empty list or a fraction before drawing.',
    },
    { kind: 'usage' },
  );
}
