import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSession, type Tensor } from './index.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}.onnx`, import.meta.url));
const float = (data: number[], dims = [data.length]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
});

describe('a run', () => {
  it('multiplies, from bytes and from a path, and tells what the model takes', async () => {
    for (const model of [fixture('matmul'), new Uint8Array(await readFile(fixture('matmul')))]) {
      await using session = await openSession(model, { threads: 1 });
      expect(session.inputs).toEqual([
        { name: 'a', type: 'float32', dims: ['M', 'K'] },
        { name: 'b', type: 'float32', dims: ['K', 'N'] },
      ]);
      expect(session.outputs).toEqual([{ name: 'c', type: 'float32', dims: ['M', 'N'] }]);
      const { c } = await session.run({ a: float([1, 2, 3, 4], [2, 2]), b: float([5, 6], [2, 1]) });
      expect(c).toEqual(float([17, 39], [2, 1]));
    }
  });

  it('leaves the feeds to the caller, or takes their memory when told to', async () => {
    await using session = await openSession(fixture('matmul'));
    const a = float([1, 2], [1, 2]);
    const b = float([3, 4], [2, 1]);
    await session.run({ a, b });
    expect(a.data).toHaveLength(2);
    await session.run({ a, b }, { transfer: true });
    expect(a.data).toHaveLength(0);
  });

  it('passes every element type through unchanged', async () => {
    await using session = await openSession(fixture('identity'));
    const feeds: Record<string, Tensor> = {
      float32: { type: 'float32', dims: [2], data: Float32Array.of(0.1, -3e38) },
      float64: { type: 'float64', dims: [2], data: Float64Array.of(0.1, 1e300) },
      float16: { type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xfbff) },
      int8: { type: 'int8', dims: [2], data: Int8Array.of(-128, 127) },
      uint8: { type: 'uint8', dims: [2], data: Uint8Array.of(0, 255) },
      int16: { type: 'int16', dims: [2], data: Int16Array.of(-32768, 1) },
      uint16: { type: 'uint16', dims: [2], data: Uint16Array.of(0, 65535) },
      int32: { type: 'int32', dims: [2], data: Int32Array.of(-(2 ** 31), 7) },
      uint32: { type: 'uint32', dims: [2], data: Uint32Array.of(2 ** 32 - 1, 7) },
      int64: { type: 'int64', dims: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 60n + 1n) },
      uint64: { type: 'uint64', dims: [2], data: BigUint64Array.of(2n ** 64n - 1n, 0n) },
      bool: { type: 'bool', dims: [2], data: Uint8Array.of(0, 1) },
      string: { type: 'string', dims: [2], data: ['', 'grüße 👋'] },
    };
    const outputs = await session.run(feeds);
    expect(outputs).toEqual(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [`${name}_out`, tensor])));
  });

  it('finds external data beside the model, in a folder, and in memory', async () => {
    const { mkdtemp, writeFile, copyFile, rm } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const folder = await mkdtemp(`${tmpdir()}/onnx-session-`);
    const data = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    await writeFile(`${folder}/weights.bin`, data);
    await copyFile(fixture('external'), `${folder}/external.onnx`);
    const bytes = new Uint8Array(await readFile(fixture('external')));
    const ways = [
      openSession(`${folder}/external.onnx`),
      openSession(bytes, { externalDataFolder: folder }),
      openSession(bytes, { externalData: [{ path: 'weights.bin', data }] }),
    ];
    for (const way of ways) {
      await using session = await way;
      expect((await session.run({ x: float([1, 1, 1, 1]) })).y).toEqual(float([2, 3, 4, 5]));
    }
    await rm(folder, { recursive: true });
  });
});

describe('resident inputs', () => {
  it('stay in the worker, take kept outputs, and can be read', async () => {
    await using session = await openSession(fixture('counter'));
    await session.put('state', float([1, 2]));
    await session.put('step', float([10], []));
    for (let i = 0; i < 3; i++) {
      expect(Object.keys(await session.run({}, { keep: { next: 'state' } }))).toEqual(['sum']);
    }
    expect(await session.read(['state'])).toEqual({ state: float([31, 32]) });
    // Read copies: the resident tensor is still there, and a fetched output that is kept too.
    const { next } = await session.run({ step: float([1], []) }, { fetch: ['next'], keep: { next: 'state' } });
    expect(next).toEqual(float([32, 33]));
    expect((await session.run({}, { keep: { next: 'state' } })).sum).toEqual(float([85], []));
  });

  it('queue up behind runs that were not awaited', async () => {
    await using session = await openSession(fixture('counter'));
    await session.put('state', float([0]));
    const step = float([1], []);
    const runs = Array.from({ length: 20 }, () => session.run({ step }, { keep: { next: 'state' } }).catch((e) => e));
    const sums = (await Promise.all(runs)).map((outputs) => outputs.sum.data[0]);
    expect(sums).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

describe('a model beside another', () => {
  it('has the same resident inputs, and sees what the other keeps', async () => {
    await using session = await openSession(fixture('counter'));
    await session.put('state', float([1, 2], [2]));
    await session.put('step', float([10], []));
    const other = await session.openBeside(fixture('counter'));
    await session.run({}, { keep: { next: 'state' } });
    expect((await other.run({}, { fetch: ['next'] })).next).toEqual(float([21, 22]));
    await other.run({}, { keep: { next: 'state' } });
    expect(await session.read(['state'])).toEqual({ state: float([21, 22]) });
  });

  it('closes alone, or with the other', async () => {
    const session = await openSession(fixture('matmul'));
    const [one, two] = [await session.openBeside(fixture('matmul')), await session.openBeside(fixture('matmul'))];
    const feeds = { a: float([2], [1, 1]), b: float([3], [1, 1]) };
    await one.close();
    await one.close();
    await expect(one.run(feeds)).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect((await two.run(feeds)).c).toEqual(float([6], [1, 1]));
    expect((await session.run(feeds)).c).toEqual(float([6], [1, 1]));
    await session.close();
    await expect(two.run(feeds)).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    await two.close();
    await expect(session.openBeside(fixture('matmul'))).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });

  it('that is refused leaves the other usable', async () => {
    await using session = await openSession(fixture('matmul'));
    await expect(session.openBeside(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'SESSION_MODEL_INVALID' });
    const { c } = await session.run({ a: float([2], [1, 1]), b: float([3], [1, 1]) });
    expect(c).toEqual(float([6], [1, 1]));
  });
});

describe('an abort', () => {
  it('rejects a run in progress with its reason, keeps nothing of it, and leaves the session usable', async () => {
    await using session = await openSession(fixture('slow'));
    const x = (n: number, value: number): Tensor => float(new Array<number>(n * n).fill(value), [n, n]);
    const controller = new AbortController();
    await session.put('x', x(2, 0.5));
    const run = session.run({ x: x(700, 0) }, { signal: controller.signal, keep: { y30: 'x' } });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(run).rejects.toThrow('enough');
    expect((await session.read(['x'])).x).toEqual(x(2, 0.5));
    expect((await session.run({})).y30).toEqual(x(2, 0.5));
  });

  it('before the start refuses at once', async () => {
    const signal = AbortSignal.abort(new Error('never'));
    await expect(openSession(fixture('matmul'), { signal })).rejects.toThrow('never');
  });
});

describe('errors', () => {
  it.each<[string, Record<string, Tensor>, string, RegExp]>([
    ['an unknown input', { aa: float([1], [1, 1]) }, 'SESSION_NAME_UNKNOWN', /Did you mean a/],
    ['a missing input', { a: float([1], [1, 1]) }, 'SESSION_FEED_INVALID', /resident: b\./],
    ['a shape that is not the data', { a: float([1], [2, 1]) }, 'SESSION_FEED_INVALID', /has 2 elements, its data 1/],
    [
      'a type that is not the data',
      { a: { type: 'int32', dims: [1, 1], data: Float32Array.of(1) } },
      'SESSION_FEED_INVALID',
      /int32/,
    ],
    [
      'another type',
      { a: { type: 'int32', dims: [1, 1], data: Int32Array.of(1) } },
      'SESSION_FEED_INVALID',
      /wants float32/,
    ],
    ['shapes that do not fit', { a: float([1], [1, 1]), b: float([1, 2], [2, 1]) }, 'SESSION_RUN_FAILED', /MatMul/i],
  ])('%s is refused', async (_name, feeds, code, message) => {
    await using session = await openSession(fixture('matmul'));
    await expect(session.run(feeds)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('names what is wrong with a model', async () => {
    await expect(openSession(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'SESSION_MODEL_INVALID' });
    await expect(openSession('/nowhere/model.onnx')).rejects.toMatchObject({ code: 'SESSION_MODEL_MISSING' });
  });

  it('refuses a closed session, and closing twice is harmless', async () => {
    const session = await openSession(fixture('matmul'));
    await session.close();
    await session.close();
    await expect(session.run({})).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });
});

it('neither keeps a process alive that forgot it nor lets one end before it is closed', async () => {
  const { execFile } = await import('node:child_process');
  const script = (end: string): string => `
    import { openSession } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const session = await openSession(${JSON.stringify(fixture('matmul'))});
    ${end}`;
  const run = (end: string): Promise<{ code: unknown; stdout: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, ['--input-type=module', '-e', script(end)], (error, stdout) =>
        resolve({ code: error?.code ?? 0, stdout }),
      );
    });
  expect(await run(`console.log('forgotten')`)).toEqual({ code: 0, stdout: 'forgotten\n' });
  expect(await run(`await session.close(); console.log('closed')`)).toEqual({ code: 0, stdout: 'closed\n' });
});

it('leaves the thread that asks free while it computes', async () => {
  await using session = await openSession(fixture('slow'), { threads: 1 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await session.run({ x: float(new Array<number>(400 * 400).fill(0), [400, 400]) });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
});
