import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSession, type Tensor } from './index.js';

const matmul = fileURLToPath(new URL('../fixtures/matmul.onnx', import.meta.url));
const square = (...data: number[]): Tensor => ({ type: 'float32', dims: [2, 2], data: Float32Array.from(data) });

/** Adds the product, times a factor, to the tensor `total` and to the resident input `b`. */
const ACCUMULATE = new URL(
  `data:text/javascript,${encodeURIComponent(`
  export function finish({ outputs, resident, argument }) {
    for (const name of ['total', 'b']) {
      const { data } = resident(name);
      outputs.c.data.forEach((value, i) => { data[i] += argument.factor * value; });
    }
  }
`)}`,
);

it('works on outputs and resident tensors in the worker, and the next run sees it', async () => {
  await using session = await openSession(matmul, { threads: 1 });
  await session.put('b', square(1, 0, 0, 1));
  await session.put('total', square(0, 0, 0, 0), { aside: true });
  const finish = { module: ACCUMULATE, outputs: ['c'], argument: { factor: 2 } };
  expect(await session.run({ a: square(1, 2, 3, 4) }, { finish })).toEqual({});
  expect(await session.read(['total', 'b'])).toEqual({ total: square(2, 4, 6, 8), b: square(3, 4, 6, 9) });
  const { c } = await session.run({ a: square(1, 0, 0, 1) }, { finish, fetch: ['c'] });
  expect(c).toEqual(square(3, 4, 6, 9));
  expect(await session.read(['total'])).toEqual({ total: square(8, 12, 18, 26) });
});

it('says what is wrong, and stays usable', async () => {
  await using session = await openSession(matmul, { threads: 1 });
  await session.put('b', square(1, 0, 0, 1));
  const run = (finish: { module: URL; outputs: string[]; argument?: unknown }) =>
    session.run({ a: square(1, 2, 3, 4) }, { finish }).catch((error) => error);
  expect(await run({ module: ACCUMULATE, outputs: ['c'], argument: { factor: 1 } })).toMatchObject({
    code: 'SESSION_RUN_FAILED',
    why: 'There is no resident tensor "total".',
  });
  expect(await run({ module: ACCUMULATE, outputs: ['d'] })).toMatchObject({ code: 'SESSION_NAME_UNKNOWN' });
  expect(await run({ module: new URL('file:///nowhere.js'), outputs: ['c'] })).toMatchObject({
    code: 'SESSION_RUN_FAILED',
    why: expect.stringContaining('nowhere.js'),
  });
  expect((await session.run({ a: square(1, 2, 3, 4) })).c).toEqual(square(1, 2, 3, 4));
});
