import { existsSync, readFileSync } from 'node:fs';
import { TorchGenerator } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { epochOrder, lengthGroupedOrder } from './row-order.js';

interface Golden {
  readonly cases: readonly { lengths: number[]; batch_size: number; generator_seed: number; order: number[] }[];
}
const read = (path: string | URL): Golden => JSON.parse(readFileSync(path, 'utf8')) as Golden;

const golden = [...read(new URL('../fixtures/length-grouped-order.json', import.meta.url)).cases];
const shared = `${process.env.FLANLAB_SHARED ?? new URL('../../../../shared', import.meta.url).pathname}/golden/length-grouped-sampler.json`;
if (existsSync(shared)) golden.push(...read(shared).cases);

describe('grouping by length', () => {
  it.each(golden)('gives the order of transformers for $lengths.length rows, batch $batch_size', (example) => {
    const { lengths, batch_size, generator_seed, order } = example;
    expect(lengthGroupedOrder(lengths, batch_size, new TorchGenerator(generator_seed))).toEqual(order);
  });

  it('starts with the longest row and keeps every row', () => {
    const lengths = Array.from({ length: 200 }, (_, i) => (i * 37) % 101);
    const order = epochOrder(lengths, { seed: 42, epoch: 0, groupByLength: true, windowSize: 4 });
    expect(lengths[order[0]!]).toBe(Math.max(...lengths));
    expect(order.toSorted((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  });

  it('survives empty and tiny data', () => {
    expect(lengthGroupedOrder([], 4, new TorchGenerator(1))).toEqual([]);
    expect(lengthGroupedOrder([5], 4, new TorchGenerator(1))).toEqual([0]);
  });
});

it('draws another order for each epoch, and the same one again', () => {
  const lengths = new Array<number>(20).fill(1);
  const order = (epoch: number): number[] =>
    epochOrder(lengths, { seed: 42, epoch, groupByLength: false, windowSize: 2 });
  expect(order(1)).toEqual(Array.from(new TorchGenerator(43).randperm(20)));
  expect(order(0)).toEqual(order(0));
  expect(order(0)).not.toEqual(order(1));
});
