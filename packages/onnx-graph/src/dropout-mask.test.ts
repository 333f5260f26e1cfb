import { describe, expect, it } from 'vitest';
import { dropoutMask } from './dropout-mask.js';
import { GraphBuilder } from './graph-builder.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';

const SHAPE = [8, 16, 96];

async function openMask(probability: number, salt = 3) {
  const g = new GraphBuilder();
  const like = g.input('x', 'float32', ['B', 'T', SHAPE[2]!]);
  const seed = g.input('seed', 'int32', []);
  const step = g.input('step', 'int64', []);
  g.output('mask', dropoutMask(g, like, { seed, step, salt, probability }));
  const run = await openWithOnnxRuntime(g.toBytes());
  return async (seedValue: number, stepValue: number): Promise<readonly number[]> => {
    const { mask } = await run({
      x: { type: 'float32', shape: SHAPE, data: new Float32Array(8 * 16 * 96) },
      seed: { type: 'int32', shape: [], data: [seedValue] },
      step: { type: 'int64', shape: [], data: [stepValue] },
    });
    return Array.from(mask!);
  };
}

/** The same in JavaScript: what the graph must give bit for bit. */
function reference(seed: number, step: number, salt: number, probability: number): number[] {
  const KEY = 0x548c9decbce65297n;
  const u64 = (x: bigint) => BigInt.asUintN(64, x);
  const turned = (x: bigint) => u64((x << 32n) | (x >> 32n));
  const squares = (counter: bigint): bigint => {
    const y = u64(counter * KEY);
    const z = u64(y + KEY);
    let x = turned(u64(y * y + y));
    x = turned(u64(x * x + z));
    x = turned(u64(x * x + y));
    return u64(x * x + z) >> 32n;
  };
  const behind = (hash: bigint, next: bigint) => u64((hash << 32n) + next);
  const key = squares(behind(squares(behind(squares(u64(BigInt(seed))), BigInt(step))), BigInt(salt)));
  const hash = (place: number, lane: bigint) => Number(squares(behind(key, (lane << 30n) + BigInt(place))));
  const [rows, columns] = [SHAPE[0]! * SHAPE[1]!, SHAPE[2]!];
  const mask: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const first = (hash(r, 0n) + hash(c, 2n)) | 0;
      const drawn = Math.imul(first, 2 * hash(r, 1n) + 1 + 2 * hash(c, 3n)) >>> 0;
      mask.push(drawn < Math.round(probability * 2 ** 32) ? 0 : Math.fround(1 / (1 - probability)));
    }
  }
  return mask;
}

/** Share of places where both masks drop. */
function jointShare(a: readonly number[], b: readonly number[]): number {
  return a.filter((value, k) => value === 0 && b[k] === 0).length / a.length;
}

describe('dropoutMask', () => {
  it.each([
    [1, 1, 0.1],
    [-7, 2 ** 31, 0.5],
    [12345, 0, 0.9],
  ])('seed %i, step %i, p %f: equals the reference bit for bit', async (seed, step, probability) => {
    expect(await (await openMask(probability))(seed, step)).toEqual(reference(seed, step, 3, probability));
  });

  it('repeats in the same session and in a new one', async () => {
    const run = await openMask(0.3);
    const first = await run(5, 9);
    expect(await run(5, 9)).toEqual(first);
    expect(await (await openMask(0.3))(5, 9)).toEqual(first);
  });

  it('drops the share that was asked for, independently of seed, step, salt and neighbours', async () => {
    const probability = 0.25;
    const run = await openMask(probability);
    const mask = await run(1, 1);
    const n = mask.length;
    // Four standard deviations of a share: √(p(1 − p) / n) with n = 12288.
    const spread = (p: number) => 4 * Math.sqrt((p * (1 - p)) / n);
    expect(Math.abs(mask.filter((value) => value === 0).length / n - probability)).toBeLessThan(spread(probability));
    const neighbours = [mask.slice(1), mask.slice(SHAPE[2])];
    const others = [await run(2, 1), await run(1, 2), await (await openMask(probability, 4))(1, 1)];
    for (const other of [...neighbours, ...others]) {
      const together = jointShare(other, mask) * (other.length / n);
      expect(Math.abs(together - probability ** 2)).toBeLessThan(spread(probability ** 2) + SHAPE[2]! / n);
    }
    for (let column = 0; column < SHAPE[2]!; column += 13) {
      const dropped = mask.filter((value, k) => k % SHAPE[2]! === column && value === 0).length;
      expect(Math.abs(dropped / 128 - probability)).toBeLessThan(4 * Math.sqrt(0.1875 / 128));
    }
  });

  it('keeps everything at probability 0, and refuses 1', async () => {
    expect(new Set(await (await openMask(0))(1, 1))).toEqual(new Set([1]));
    await expect(openMask(1)).rejects.toMatchObject({ code: 'GRAPH_ARGUMENT_INVALID' });
  });
});
