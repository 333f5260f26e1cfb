import { TorchGenerator } from '@flanlab/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collateSteps } from './batches.js';
import { packLengths, packRows } from './packing.js';
import { collect, FULL, LORA, losses, openTestFolder } from './test-runs.js';
import { IGNORE_INDEX, type TokenisedRow } from './tokenise.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  runs = await openTestFolder();
});
afterAll(() => runs.remove());

/** The obvious way: every bin is looked at for every length. */
function packNaively(lengths: readonly number[], capacity: number): number[][] {
  const bins: { room: number; places: number[] }[] = [];
  const order = lengths.map((_, place) => place).sort((a, b) => lengths[b]! - lengths[a]!);
  for (const place of order) {
    const open = bins.filter(({ room }) => room >= lengths[place]!);
    const tightest = Math.min(...open.map(({ room }) => room));
    const bin = open.find(({ room }) => room === tightest) ?? { room: capacity, places: [] };
    if (open.length === 0) bins.push(bin);
    bin.places.push(place);
    bin.room -= lengths[place]!;
  }
  return bins.map(({ places }) => places);
}

describe('bins', () => {
  it('are best-fit decreasing', () => {
    expect(packLengths([6, 5, 3, 7, 3, 4], 10)).toEqual([
      [3, 2],
      [0, 5],
      [1, 4],
    ]);
    expect(packLengths([], 8)).toEqual([]);
    expect(packLengths([8, 8], 8)).toEqual([[0], [1]]);
  });

  it.each([1, 2, 3, 4, 5])('are those of the obvious way, and hold every row once (seed %i)', (seed) => {
    const random = new TorchGenerator(seed);
    const lengths = Array.from(random.randperm(300), (x) => 1 + (x % 61));
    const bins = packLengths(lengths, 64);
    expect(bins).toEqual(packNaively(lengths, 64));
    expect(bins.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, place) => place));
    for (const bin of bins) expect(bin.reduce((sum, place) => sum + lengths[place]!, 0)).toBeLessThanOrEqual(64);
  });
});

describe('packed rows', () => {
  const row = (index: number, ...ids: readonly number[]): TokenisedRow => ({
    index,
    ids: Int32Array.from(ids),
    labels: Int32Array.from(ids),
    offsets: new Int32Array(2 * ids.length),
    targets: ids.length - 1,
    truncated: false,
    doubleBos: false,
    learnsToStop: true,
  });

  it('keep ids and labels, but for the first token of each document, whose prediction would cross', () => {
    const packed = packRows([row(0, 1, 2), row(1, 3, 4, 5), row(2, 6, 7)], 5);
    expect(packed.map(({ ids }) => [...ids])).toEqual([
      [3, 4, 5, 1, 2],
      [6, 7],
    ]);
    expect([...packed[0]!.labels]).toEqual([IGNORE_INDEX, 4, 5, IGNORE_INDEX, 2]);
    expect(packed.map(({ lengths, targets, learnsToStop }) => ({ lengths, targets, learnsToStop }))).toEqual([
      { lengths: [3, 2], targets: 3, learnsToStop: true },
      { lengths: [2], targets: 1, learnsToStop: true },
    ]);
  });

  it("bring the number of each token's document and its place in it", () => {
    const { tokens } = collateSteps([[packRows([row(0, 1, 2), row(1, 3, 4, 5), row(2, 6, 7)], 5)]], 0);
    expect(tokens.dims).toEqual([1, 1, 4, 2, 5]);
    const planes = Array.from({ length: 8 }, (_, i) => [...(tokens.data as Int32Array).subarray(5 * i, 5 * (i + 1))]);
    expect(planes.slice(4)).toEqual([
      [0, 0, 0, 1, 1],
      [0, 0, -1, -1, -1],
      [0, 1, 2, 0, 1],
      [0, 1, 0, 0, 0],
    ]);
  });
});

describe('a packed run', () => {
  const WHOLE = { batchSize: 7, epochs: 8, warmupRatio: 0, schedule: 'constant', saveEvery: 0 } as const;

  it.each([
    ['full', { ...FULL, ...WHOLE }],
    ['lora', { ...LORA, ...WHOLE, gradientAccumulation: 1, lora: { ...LORA.lora!, dropout: 0 } }],
    // A packed row has places for no more than the model has: positions of a table restart as well.
    ['all text', { ...FULL, ...WHOLE, target: 'all' as const }],
  ])('learns what the same rows teach apart: losses and gradients of each step (%s)', async (_name, recipe) => {
    const apart = await collect(runs.prepare(recipe));
    const packed = await collect(runs.prepare({ ...recipe, packing: true, maxLength: 60 }));
    const started = packed[0] as Extract<(typeof packed)[number], { type: 'started' }>;
    expect(started.packedRows).toBeLessThan(started.data.usedRows);
    const norms = (events: typeof packed) =>
      events.flatMap((event) => (event.type === 'step-end' ? [event.gradNorm] : []));
    expect(losses(packed)).toHaveLength(8);
    for (const [step, loss] of losses(apart).entries()) {
      // Sums of float32 in another order, through eight optimizer steps.
      expect(Math.abs(losses(packed)[step]! / loss - 1)).toBeLessThan(2e-4);
      expect(Math.abs(norms(packed)[step]! / norms(apart)[step]! - 1)).toBeLessThan(2e-3);
    }
    expect(Math.abs(losses(packed)[0]! / losses(apart)[0]! - 1)).toBeLessThan(2e-6);
    expect(Math.abs(norms(packed)[0]! / norms(apart)[0]! - 1)).toBeLessThan(2e-6);
  });
});
