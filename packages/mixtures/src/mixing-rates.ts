import { MixtureError } from './errors.js';

export interface MixingRateOptions {
  /** Rows of one task that count towards its rate (default 3000, as in FLAN). */
  readonly cap?: number;
  /** Flattens the rates: each is raised to 1/temperature (default 1). */
  readonly temperature?: number;
  /** Factor on the sizes before the cap (default 1). */
  readonly scale?: number;
  /** As the reference: `scale` has no effect, and a temperature leaves rates that do not sum to 1 (Q40). */
  readonly compat?: boolean;
}

/**
 * Examples-proportional mixing: one rate per task, proportional to min(scale · size, cap), with temperature.
 * By default they sum to 1.
 *
 * @throws {MixtureError} `MIXTURE_OPTION_INVALID`, `MIXTURE_EMPTY` when no task has rows
 * @see Raffel et al. 2020, arXiv:1910.10683, section 3.5.2; Wei et al. 2022, arXiv:2109.01652, section 2.1
 */
export function mixingRates(
  sizes: readonly number[],
  { cap = 3000, temperature = 1, scale = 1, compat = false }: MixingRateOptions = {},
): number[] {
  for (const [name, value] of Object.entries({ cap, temperature, scale })) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new MixtureError(
      'MIXTURE_OPTION_INVALID',
      { what: `The mixture option ${name} is ${value}.`, why: 'It has to be above 0.', fix: 'Correct the option.' },
      { kind: 'usage' },
    );
  }
  const counted = sizes.map((size) => Math.min(compat ? size : size * scale, cap));
  const total = sum(counted);
  if (!(total > 0)) {
    throw new MixtureError('MIXTURE_EMPTY', {
      what: 'There is nothing to mix.',
      why: sizes.length === 0 ? 'No task was given.' : 'Every task has 0 rows.',
      fix: 'Make prompts for the tasks of the set-up first.',
    });
  }
  const rates = counted.map((count) => count / total);
  if (temperature === 1) return rates;
  const flattened = rates.map((rate) => rate ** (1 / temperature));
  if (compat) return flattened;
  const flattenedTotal = sum(flattened);
  return flattened.map((rate) => rate / flattenedTotal);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
