import { expect, it } from 'vitest';
import { maskTokens } from './mask-tokens.js';
import { IGNORE_INDEX, type TokenisedRow } from './tokenise.js';

const ids = Int32Array.from({ length: 2000 }, (_, i) => (i % 50 === 0 ? 0 : 5 + (i % 90)));
const row: TokenisedRow = {
  index: 3,
  ids,
  labels: ids,
  offsets: new Int32Array(4000),
  targets: 2000,
  truncated: false,
  doubleBos: false,
  learnsToStop: false,
};
const options = { maskId: 4, vocabSize: 100, specialIds: new Set([0]), share: 0.15, seed: 42, epoch: 0 };

it('makes 15 % of the ordinary tokens targets: 80 % hidden, 10 % random, 10 % as they are', () => {
  const masked = maskTokens(row, options);
  const places = [...ids.keys()].filter((i) => masked.labels[i] !== IGNORE_INDEX);
  expect(places).toHaveLength(294); // 15 % of 1960
  expect(masked.targets).toBe(294);
  expect(places.every((i) => masked.labels[i] === ids[i] && ids[i] !== 0)).toBe(true);
  const hidden = places.filter((i) => masked.ids[i] === 4).length / 294;
  const same = places.filter((i) => masked.ids[i] === ids[i]).length / 294;
  expect(Math.abs(hidden - 0.8)).toBeLessThan(0.07); // three standard deviations
  expect(Math.abs(same - 0.1)).toBeLessThan(0.055);
  expect([...ids.keys()].filter((i) => masked.labels[i] === IGNORE_INDEX).every((i) => masked.ids[i] === ids[i])).toBe(
    true,
  );
});

it('repeats itself for the same seed, epoch and row, and for no others', () => {
  const draw = (change: object, index = 3): number[] => [
    ...maskTokens({ ...row, index }, { ...options, ...change }).labels,
  ];
  expect(draw({})).toEqual(draw({}));
  for (const other of [draw({ epoch: 1 }), draw({ seed: 43 }), draw({}, 4)]) expect(other).not.toEqual(draw({}));
});

it('finds a target even in a row of one token, and none where all are special', () => {
  expect(maskTokens({ ...row, ids: Int32Array.of(9) }, options).targets).toBe(1);
  expect(maskTokens({ ...row, ids: Int32Array.of(0) }, options).targets).toBe(0);
});
