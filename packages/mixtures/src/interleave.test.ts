import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { interleave, type StoppingStrategy } from './interleave.js';

interface Case {
  readonly sizes: readonly number[];
  readonly probabilities: readonly number[] | null;
  readonly seed: number;
  readonly stopping_strategy: StoppingStrategy;
  readonly count: number;
  readonly rows: readonly (readonly number[])[];
}

const fixture = new URL('../fixtures/datasets-operations.json', import.meta.url);
const { interleave: cases }: { readonly interleave: readonly Case[] } = JSON.parse(readFileSync(fixture, 'utf8'));

describe('interleave', () => {
  it.each(cases)(
    'takes rows as the datasets library: $sizes, $probabilities, seed $seed, $stopping_strategy',
    (golden) => {
      const { sizes, probabilities, seed, stopping_strategy: stoppingStrategy, count, rows } = golden;
      const taken = [...interleave(sizes, { seed, stoppingStrategy, ...(probabilities && { probabilities }) })];
      expect(taken).toHaveLength(count);
      expect(taken.slice(0, rows.length)).toEqual(rows);
    },
  );

  it('stops with the last row of the first source that runs out', () => {
    const sizes = [5000, 100, 3000];
    const offsets = [0, 5000, 5100];
    const probabilities = [3000 / 6100, 100 / 6100, 3000 / 6100];
    const taken = [...interleave(sizes, { probabilities })].map(([source, row]) => offsets[source]! + row);
    expect(taken).toHaveLength(5120);
    expect(taken.slice(0, 15)).toEqual([5100, 0, 5101, 5102, 1, 5103, 5104, 5105, 2, 3, 4, 5106, 5107, 5108, 5]);
  });

  it.each([
    [[], undefined, 'MIXTURE_EMPTY'],
    [[3, 0], undefined, 'MIXTURE_EMPTY'],
    [[3, 3], [0.5], 'MIXTURE_RATES_INVALID'],
    [[3, 3], [0.5, 0.6], 'MIXTURE_RATES_INVALID'],
    [[3, 3], [1, 0], 'MIXTURE_RATES_INVALID'],
    [[3, 3], [0.5, Number.NaN], 'MIXTURE_RATES_INVALID'],
  ])('refuses sizes %j with rates %j', (sizes, probabilities, code) => {
    const run = (): unknown => [...interleave(sizes, probabilities ? { probabilities } : {})];
    expect(run).toThrowError(expect.objectContaining({ code }));
  });
});
