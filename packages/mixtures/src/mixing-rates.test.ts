import { describe, expect, it } from 'vitest';
import { mixingRates } from './mixing-rates.js';

describe('mixingRates', () => {
  it.each([
    ['equal sizes', [10, 10], {}, [0.5, 0.5]],
    ['sizes below the cap', [100, 300], {}, [0.25, 0.75]],
    ['sizes above the cap', [3000, 300_000, 1000], {}, [3 / 7, 3 / 7, 1 / 7]],
    ['a lower cap', [10, 40], { cap: 10 }, [0.5, 0.5]],
    ['a scale before the cap', [100, 500], { scale: 10 }, [0.25, 0.75]],
    ['a scale, which compat ignores', [100, 300], { scale: 100, compat: true }, [0.25, 0.75]],
    ['a task without rows', [0, 5], {}, [0, 1]],
  ])('gives %s', (_, sizes, options, rates) => {
    expect(mixingRates(sizes, options)).toEqual(rates.map((rate) => expect.closeTo(rate, 12)));
  });

  it('renormalises after a temperature, and flattens with it', () => {
    const rates = mixingRates([100, 900], { temperature: 2 });
    expect(rates).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.75, 12)]);
    expect(mixingRates([100, 900], { temperature: 1e9 })[0]).toBeCloseTo(0.5, 6);
  });

  it('leaves rates as they are after a temperature in compat mode', () => {
    expect(mixingRates([100, 900], { temperature: 2, compat: true })).toEqual([Math.sqrt(0.1), Math.sqrt(0.9)]);
  });

  it.each([
    [[], {}, 'MIXTURE_EMPTY'],
    [[0, 0], {}, 'MIXTURE_EMPTY'],
    [[1], { cap: 0 }, 'MIXTURE_OPTION_INVALID'],
    [[1], { temperature: Number.NaN }, 'MIXTURE_OPTION_INVALID'],
    [[1], { scale: -1 }, 'MIXTURE_OPTION_INVALID'],
  ])('refuses sizes %j with %j', (sizes, options, code) => {
    expect(() => mixingRates(sizes, options)).toThrowError(expect.objectContaining({ code }));
  });
});
