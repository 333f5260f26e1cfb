import { expect, it } from 'vitest';
import { dropoutMask } from './dropout-mask.js';
import { gradients } from './gradients.js';
import { GraphBuilder } from './graph-builder.js';
import { readModel } from './read-model.js';
import { sharedDropout } from './shared-dropout.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';

const SHAPE = [3, 5, 7];
const SALTS = [4, 2 ** 24, 9];

/** A graph with two tensors of a shape, and the dropout of both. */
function build() {
  const g = new GraphBuilder();
  const [seed, step] = [g.input('seed', 'int64', []), g.input('step', 'int64', [])];
  const x = g.input('x', 'float32', ['B', 'T', 7]);
  const y = g.input('y', 'float32', ['B', 'T', 7]);
  const options = { seed, step, probability: 0.4 };
  const [rows, columns] = [g.op.div(g.op.size(x), 7), g.constant('int64', 7)];
  return { g, x, y, options, drop: sharedDropout(g, { ...options, salts: SALTS, rows, columns }) };
}

async function run(g: GraphBuilder): Promise<Record<string, readonly number[]>> {
  const numbers = (factor: number) => Float32Array.from({ length: 105 }, (_, i) => factor * (i + 1));
  const session = await openWithOnnxRuntime(g.toBytes());
  const outputs = await session({
    seed: { type: 'int64', shape: [], data: [12] },
    step: { type: 'int64', shape: [], data: [7] },
    x: { type: 'float32', shape: SHAPE, data: numbers(1) },
    y: { type: 'float32', shape: SHAPE, data: numbers(-2) },
  });
  return Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, Array.from(data!)]));
}

it('drops what dropoutMask drops at each place, on the way back too', async () => {
  const { g, x, y, options, drop } = build();
  const sum = g.op.add(drop(g, x, SALTS[0]!), drop(g, y, SALTS[2]!));
  const [dX, dY] = gradients(g, g.op.reduceSum(sum, undefined, { keepDims: false }), [x, y]);
  g.output('sum', sum);
  g.output('dX', dX);
  g.output('dY', dY);
  g.output('maskX', dropoutMask(g, x, { ...options, salt: SALTS[0]! }));
  g.output('maskY', dropoutMask(g, y, { ...options, salt: SALTS[2]! }));
  const { maskX, maskY, ...outputs } = await run(g);
  expect(new Set(maskX)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
  expect(outputs.dX).toEqual(maskX);
  expect(outputs.dY).toEqual(maskY);
  expect(maskX).not.toEqual(maskY);
  const expected = maskX!.map((mask, i) => Math.fround((i + 1) * mask) + Math.fround(-2 * (i + 1) * maskY![i]!));
  for (const [i, value] of expected.entries()) expect(outputs.sum![i]).toBeCloseTo(value, 3);
});

it('drops of a part what it drops of the whole, also inside a loop', async () => {
  const { g, x, drop } = build();
  const [rows, columns] = [g.constant('int64', [1, 3, 11, 13]), g.constant('int64', 4)];
  const taken = g.op.slice(g.op.gather(g.op.reshape(x, [-1, 7]), rows), { starts: [0], ends: [4], axes: [1] });
  const { state } = g.op.loop({
    tripCount: 1,
    state: [taken],
    body: (c, _turn, [part]) => ({ state: [drop(c, part, SALTS[1]!, { rows, columns })] }),
  });
  g.output('whole', drop(g, x, SALTS[1]!));
  g.output('part', state[0]);
  const { whole, part } = await run(g);
  expect(part).toEqual([1, 3, 11, 13].flatMap((row) => whole!.slice(7 * row, 7 * row + 4)));
});

it('costs a place a dozen nodes', () => {
  const nodes = (places: number): number => {
    const { g, x, drop } = build();
    let last = x;
    for (let i = 0; i < places; i++) last = drop(g, last, SALTS[i]!);
    g.output('last', last);
    return readModel(g.toBytes()).nodes.length;
  };
  expect(nodes(3) - nodes(2)).toBeLessThanOrEqual(12);
});

it('refuses to drop everything', () => {
  const { g, x, options } = build();
  const one = g.constant('int64', 1);
  const drop = sharedDropout(g, { ...options, probability: 1, salts: [1], rows: one, columns: one });
  expect(() => drop(g, x, 1)).toThrow(expect.objectContaining({ code: 'GRAPH_ARGUMENT_INVALID' }));
});
