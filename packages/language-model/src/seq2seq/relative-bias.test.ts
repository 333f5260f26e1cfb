import { readFileSync } from 'node:fs';
import { GraphBuilder } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { type BucketSpec, behindPastBias, bucketTable, lastRowBias, squareBias } from './relative-bias.js';
import { seq2seqFixture } from './test-seq2seq.js';

interface BucketGolden extends BucketSpec {
  /** Of distances from -2 · maxDistance to 2 · maxDistance. */
  readonly table: readonly number[];
}

const GOLDEN = JSON.parse(readFileSync(seq2seqFixture('buckets.json'), 'utf8')) as readonly BucketGolden[];

describe('bucketTable', () => {
  it.each(GOLDEN)('is that of transformers: $buckets to $maxDistance, both ways $bidirectional', (golden) => {
    const table = bucketTable(golden);
    const clamped = golden.table.map((_, i) => {
      const distance = i - 2 * golden.maxDistance;
      return table[Math.max(-golden.maxDistance, Math.min(golden.maxDistance, distance)) + golden.maxDistance];
    });
    expect(clamped).toEqual(golden.table);
  });
});

describe.each([true, false])('biases of a stack that sees both ways: %s', (bidirectional) => {
  const spec: BucketSpec = { buckets: 8, maxDistance: 12, bidirectional };
  const H = 3;
  const weights = Float32Array.from({ length: 8 * H }, (_, i) => i + 0.5);
  const table = bucketTable(spec);
  const wanted = (h: number, query: number, key: number): number => {
    const distance = Math.max(-12, Math.min(12, key - query));
    return weights[table[distance + 12]! * H + h]!;
  };

  it.each([1, 2, 9, 30])('of %i tokens lie on the diagonals of a square', async (T) => {
    const g = new GraphBuilder();
    const biases = g.initializer('biases', { type: 'float32', shape: [8, H], data: weights });
    g.output('bias', squareBias(g, biases, spec, g.input('like', 'int32', ['B', 'T'])));
    await using session = await openSession(g.toBytes(), { threads: 1 });
    const like = { type: 'int32', dims: [2, T], data: new Int32Array(2 * T) } as const;
    const { bias } = await session.run({ like });
    expect(bias!.dims).toEqual([1, H, T, T]);
    const square = Array.from({ length: H * T * T }, (_, i) =>
      wanted(Math.floor(i / (T * T)), Math.floor(i / T) % T, i % T),
    );
    expect([...(bias!.data as Float32Array)]).toEqual(square);
  });

  it.each([0, 1, 20])('of the token at place %i alone are the last row of that square', async (turn) => {
    const g = new GraphBuilder();
    const biases = g.initializer('biases', { type: 'float32', shape: [8, H], data: weights });
    g.output('bias', lastRowBias(g, biases, spec, g.input('turn', 'int64', [])));
    await using session = await openSession(g.toBytes(), { threads: 1 });
    const { bias } = await session.run({ turn: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(turn)) } });
    expect(bias!.dims).toEqual([1, H, 1, turn + 1]);
    const row = Array.from({ length: H * (turn + 1) }, (_, i) =>
      wanted(Math.floor(i / (turn + 1)), turn, i % (turn + 1)),
    );
    expect([...(bias!.data as Float32Array)]).toEqual(row);
  });

  it('of tokens behind others are the last rows of that square, without what stands ahead', async () => {
    const g = new GraphBuilder();
    const biases = g.initializer('biases', { type: 'float32', shape: [8, H], data: weights });
    const past = g.input('past', 'int64', []);
    g.output('bias', behindPastBias(g, biases, spec, g.input('like', 'int32', ['B', 'S']), past));
    await using session = await openSession(g.toBytes(), { threads: 1 });
    const [before, S] = [7, 5];
    const { bias } = await session.run({
      like: { type: 'int32', dims: [1, S], data: new Int32Array(S) },
      past: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(before)) },
    });
    const T = before + S;
    expect(bias!.dims).toEqual([1, H, S, T]);
    const rows = Array.from({ length: H * S * T }, (_, i) => {
      const [h, query, key] = [Math.floor(i / (S * T)), before + (Math.floor(i / T) % S), i % T];
      return key <= query ? wanted(h, query, key) : Math.fround(-1e9);
    });
    expect([...(bias!.data as Float32Array)]).toEqual(rows);
  });
});
