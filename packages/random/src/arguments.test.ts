import { describe, expect, it } from 'vitest';
import { RANDOM_ERROR_CODES, RandomError } from './errors.js';
import { LegacyNumpy } from './legacy-numpy.js';
import { NumpyGenerator } from './numpy-generator.js';
import { PythonRandom } from './python-random.js';
import { TorchGenerator } from './torch-generator.js';

const REFUSED: readonly (readonly [string, (typeof RANDOM_ERROR_CODES)[number], () => unknown])[] = [
  ['a fractional seed', 'RANDOM_SEED_INVALID', () => new PythonRandom(0.5)],
  ['a NaN seed', 'RANDOM_SEED_INVALID', () => new NumpyGenerator(Number.NaN)],
  ['a number seed beyond 2^53', 'RANDOM_SEED_INVALID', () => new PythonRandom(2 ** 60)],
  ['a negative NumPy seed', 'RANDOM_SEED_INVALID', () => new NumpyGenerator(-1)],
  ['a negative PyTorch seed', 'RANDOM_SEED_INVALID', () => new TorchGenerator(-1)],
  ['a legacy seed of 33 bits', 'RANDOM_SEED_INVALID', () => new LegacyNumpy(2 ** 32)],
  ['an empty range', 'RANDOM_RANGE_INVALID', () => new PythonRandom(1).randrange(3, 3)],
  ['a choice from nothing', 'RANDOM_RANGE_INVALID', () => new PythonRandom(1).choice([])],
  ['54 random bits', 'RANDOM_RANGE_INVALID', () => new PythonRandom(1).getrandbits(54)],
  ['an empty NumPy range', 'RANDOM_RANGE_INVALID', () => new NumpyGenerator(1).integers(2, 2)],
  ['a negative length', 'RANDOM_RANGE_INVALID', () => new TorchGenerator(1).randperm(-1)],
  ['a legacy range beyond 32 bits', 'RANDOM_RANGE_INVALID', () => new LegacyNumpy(1).randint(0, 2 ** 33)],
  ['a sample larger than its population', 'RANDOM_SAMPLE_TOO_LARGE', () => new PythonRandom(1).sample([1, 2], 3)],
  ['too few probabilities', 'RANDOM_PROBABILITIES_INVALID', () => new NumpyGenerator(1).choiceWithP(3, 1, [0.5, 0.5])],
  ['a NaN probability', 'RANDOM_PROBABILITIES_INVALID', () => new NumpyGenerator(1).choiceWithP(2, 1, [Number.NaN, 1])],
  [
    'shares that do not add up',
    'RANDOM_PROBABILITIES_INVALID',
    () => new NumpyGenerator(1).choiceWithP(2, 1, [0.5, 0.6]),
  ],
];

describe('arguments that no generator can honour', () => {
  it.each(REFUSED)('%s gives %s', (_name, code, draw) => {
    expect(draw).toThrow(RandomError);
    expect(draw).toThrow(expect.objectContaining({ code, kind: 'usage' }));
  });

  it('covers every code', () => {
    expect(new Set(REFUSED.map(([, code]) => code))).toEqual(new Set(RANDOM_ERROR_CODES));
  });
});

describe('edges', () => {
  it('drops the sign of a CPython seed', () => {
    expect(new PythonRandom(-42).random()).toBe(new PythonRandom(42).random());
  });

  it('draws nothing for an empty sample, an empty permutation and zero bits', () => {
    const used = new PythonRandom(5);
    expect([used.sample([], 0), used.sample(9, 0), used.getrandbits(0)]).toEqual([[], [], 0]);
    expect(used.random()).toBe(new PythonRandom(5).random());
    expect([...new NumpyGenerator(5).permutation(0)]).toEqual([]);
    expect([...new TorchGenerator(5).randperm(0)]).toEqual([]);
  });

  it('spends no draw on a NumPy range of one number', () => {
    const used = new NumpyGenerator(5);
    expect(used.integers(8, 9)).toBe(8);
    expect(used.random()).toBe(new NumpyGenerator(5).random());
  });
});
