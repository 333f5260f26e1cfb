import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LegacyNumpy } from './legacy-numpy.js';
import { NumpyGenerator } from './numpy-generator.js';
import { PythonRandom } from './python-random.js';
import { TorchGenerator } from './torch-generator.js';

const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const golden = JSON.parse(readFileSync(new URL('../fixtures/golden.json', import.meta.url), 'utf8'));

function shuffled(n: number, generator: { shuffle(items: number[]): void }): number[] {
  const items = range(n);
  generator.shuffle(items);
  return items;
}

describe('our golden values', () => {
  it.each<Record<string, number[]> & { seed: string }>(golden.python)(
    'CPython, seed $seed',
    ({ seed, gauss, ...want }) => {
      const r = new PythonRandom(BigInt(seed));
      const got = {
        random: times(3, () => r.random()),
        getrandbits7: times(4, () => r.getrandbits(7)),
        getrandbits53: times(3, () => r.getrandbits(53)),
        randrange10: times(8, () => r.randrange(10)),
        randrangeWide: times(3, () => r.randrange(2 ** 45 + 3)),
        randint: times(8, () => r.randint(-3, 3)),
        sample5of1000: r.sample(1000, 5),
        sample5of21: r.sample(range(21), 5),
        sample6of22: r.sample(22, 6),
        sample40of100000: r.sample(100_000, 40),
        shuffle17: shuffled(17, r),
        choice13: times(6, () => r.choice(range(13))),
        uniform: times(3, () => r.uniform(-2.5, 4)),
      };
      expect(got).toEqual(want);
      for (const value of gauss!) expect(r.gauss()).toBeCloseTo(value, 14); // cosine: the C library's last bit may differ
    },
  );

  it.each<Record<string, number[]> & { seed: string }>(golden.numpy)(
    'NumPy default_rng, seed $seed',
    ({ seed, ...want }) => {
      const g = new NumpyGenerator(BigInt(seed));
      const got = {
        random: times(3, () => g.random()),
        integers10: times(7, () => g.integers(0, 10)),
        integersWide: times(3, () => g.integers(5, 2 ** 45 + 3)),
        integers32: times(3, () => g.integers(0, 2 ** 32)),
        permutation10: [...g.permutation(10)],
        permutation301: [...g.permutation(301)],
        choiceWithP: [...g.choiceWithP(4, 60, [0.1, 0.2, 0.3, 0.4])],
        choice7: [...g.choice(7, 20)],
        shuffle9: shuffled(9, g),
      };
      expect(got).toEqual(want);
    },
  );

  it.each<Record<string, number[]> & { seed: number }>(golden.legacy)(
    'NumPy RandomState, seed $seed',
    ({ seed, ...want }) => {
      const s = new LegacyNumpy(seed);
      const got = {
        random: times(3, () => s.random()),
        choice10: [...s.choice(10, 10)],
        randint: times(6, () => s.randint(-5, 300)),
        permutation33: [...s.permutation(33)],
      };
      expect(got).toEqual(want);
    },
  );

  it.each<{ seed: number; n: number; order: number[] }>(golden.torch)(
    'torch.randperm($n), seed $seed',
    ({ seed, n, order }) => {
      expect([...new TorchGenerator(seed).randperm(n)]).toEqual(order);
    },
  );
});

// A larger set that lies beside the checkout on some machines; the one above always runs.
const shared = join(process.env.FLANLAB_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'golden');
const readShared = (name: string) => JSON.parse(readFileSync(join(shared, name), 'utf8'));

describe.runIf(existsSync(shared))('the shared golden values', () => {
  type Operation = readonly [string, readonly never[], readonly unknown[]];
  const asNumbers = (value: unknown): unknown =>
    typeof value === 'string' ? Number(value) : Array.isArray(value) ? value.map(asNumbers) : value;
  const plain = (value: unknown): unknown => (ArrayBuffer.isView(value) ? [...(value as Uint32Array)] : value);

  it('CPython', () => {
    for (const { seed, ops } of readShared('random.json').python.cases as { seed: string; ops: Operation[] }[]) {
      const r = new PythonRandom(BigInt(seed));
      const draw: Record<string, (...args: never[]) => unknown> = {
        ...{ random: () => r.random(), getrandbits: (k) => r.getrandbits(k), randrange: (n) => r.randrange(n) },
        ...{ sample_range: (n, k) => r.sample(n as number, k), shuffle: (n) => shuffled(n, r) },
        ...{ choice: (n) => r.choice(range(n)), uniform: (a, b) => r.uniform(a, b), gauss: () => r.gauss() },
      };
      for (const [operation, args, results] of ops) {
        for (const want of results) {
          const got = draw[operation]!(...args);
          if (operation === 'gauss') expect(got).toBeCloseTo(want as number, 14);
          else expect([seed, operation, got]).toEqual([seed, operation, asNumbers(want)]);
        }
      }
    }
  });

  it('NumPy default_rng', () => {
    const { cases, fresh, streams } = readShared('random.json').numpy;
    for (const { seed, ops } of cases as { seed: string; ops: Operation[] }[]) {
      const g = new NumpyGenerator(BigInt(seed));
      const draw: Record<string, (...args: never[]) => unknown> = {
        ...{ random: () => g.random(), integers: (a, b) => g.integers(a, b), permutation: (n) => g.permutation(n) },
        ...{ choice_p: (n, p, k) => g.choiceWithP(n, k, p), choice: (n, k) => g.choice(n, k) },
        shuffle: (n) => shuffled(n, g),
      };
      for (const [operation, args, results] of ops.filter(([name]) => name !== 'standard_normal')) {
        for (const want of results) {
          const got = plain(draw[operation]!(...args));
          expect([seed, operation, got]).toEqual([seed, operation, asNumbers(want)]);
        }
      }
    }
    for (const { seed, n, result } of fresh) expect([...new NumpyGenerator(seed).permutation(n)]).toEqual(result);
    for (const { seed, n, p, blocks } of streams) {
      const g = new NumpyGenerator(seed);
      for (const block of blocks) expect([...g.choiceWithP(n, block.length, p)]).toEqual(block);
    }
  });

  it('Dataset.shuffle and train_test_split of Python datasets', () => {
    const { shuffle, train_test_split } = readShared('datasets-operations.json');
    for (const { n, seed, order } of shuffle) expect([...new NumpyGenerator(seed).permutation(n)]).toEqual(order);
    for (const { n, test_size, seed, train, test } of train_test_split) {
      const order = [...new NumpyGenerator(seed).permutation(n)];
      const cut = Math.ceil(n * test_size);
      expect([order.slice(cut), order.slice(0, cut)]).toEqual([train, test]);
    }
  });

  it('torch.randperm', () => {
    for (const { seed, n, perm } of readShared('length-grouped-sampler.json').randperm) {
      expect([...new TorchGenerator(seed).randperm(n)]).toEqual(perm);
    }
  });
});

it("passes over a 64-bit number of torch's generator", () => {
  // torch 2.15: manual_seed(42); torch.empty((), dtype=torch.int64).random_(); torch.randperm(5)
  const generator = new TorchGenerator(42);
  generator.skip(1);
  expect([...generator.randperm(5)]).toEqual([1, 3, 2, 4, 0]);
});

it('draws the same however many are wanted, as CPython does', () => {
  const first = [165, 485, 77, 202]; // random.Random(7).sample(range(500), k)[:4]
  for (const k of [4, 16, 17, 40]) expect(new PythonRandom(7).sample(500, k).slice(0, 4)).toEqual(first);
  const most = new PythonRandom(7).sample(500, 17);
  expect(new Set(most).size).toBe(17);
  expect(new PythonRandom(7).sample(500, 16)).toEqual(most.slice(0, 16));
});
