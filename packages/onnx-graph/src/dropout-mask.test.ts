import { describe, expect, it } from 'vitest';
import { dropoutMask, repeatableDropout } from './dropout-mask.js';
import { gradients } from './gradients.js';
import { GraphBuilder } from './graph-builder.js';
import { readModel } from './read-model.js';
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

  it('draws some rows of a mask as they are in the whole', async () => {
    const g = new GraphBuilder();
    const word = (value: number) => g.constant('int64', value);
    const options = { seed: word(4), step: word(6), salt: 1, probability: 0.4 };
    g.output('whole', dropoutMask(g, g.input('x', 'float32', [3, 5, 7]), options));
    // The second and fourth row of the first and last of three.
    const rows = g.constant('int64', [1, 3, 11, 13]);
    g.output('part', dropoutMask(g, g.input('y', 'float32', [2, 2, 7]), { ...options, rows }));
    const run = await openWithOnnxRuntime(g.toBytes());
    const { whole, part } = await run({
      x: { type: 'float32', shape: [3, 5, 7], data: new Float32Array(105) },
      y: { type: 'float32', shape: [2, 2, 7], data: new Float32Array(28) },
    });
    expect(Array.from(part!)).toEqual([1, 3, 11, 13].flatMap((row) => Array.from(whole!).slice(7 * row, 7 * row + 7)));
  });
});

describe('repeatableDropout', () => {
  it('drops the same on the way back, by a mask that is drawn again', async () => {
    const g = new GraphBuilder();
    const [x, batch] = [g.input('x', 'float32', ['B', 40]), g.input('batch', 'int64', [])];
    const options = { seed: g.constant('int64', 2), step: batch, salt: 5, probability: 0.5 };
    const y = repeatableDropout(g, x, options);
    const [dX] = gradients(g, g.op.reduceSum(g.op.mul(y, 3), undefined, { keepDims: false }), [x]);
    g.output('mask', dropoutMask(g, x, options));
    g.output('y', y);
    g.output('dX', dX);
    const run = await openWithOnnxRuntime(g.toBytes());
    const data = Float32Array.from({ length: 120 }, (_, i) => i - 60.5);
    const outputs = await run({
      x: { type: 'float32', shape: [3, 40], data },
      batch: { type: 'int64', shape: [], data: [7] },
    });
    const mask = Array.from(outputs.mask!);
    expect(new Set(mask)).toEqual(new Set([0, 2]));
    expect(Array.from(outputs.y!)).toEqual(mask.map((kept, i) => kept * data[i]!));
    expect(Array.from(outputs.dX!)).toEqual(mask.map((kept) => 3 * kept));
    // One mask is compared on the way there and `mask` is the same nodes; another is compared on the way back.
    const drawn = readModel(g.toBytes()).nodes.filter(({ operator }) => operator === 'Less');
    expect(drawn).toHaveLength(2);
  });
});
