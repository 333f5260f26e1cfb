import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { openSession } from './index.js';

const MIB = 2 ** 20;

// Collecting on demand: what is left then is a leak, and not garbage that a busy machine had no time for.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const residentBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().rss;
};

it('gives memory back: 50 sessions, one after the other, leave no trace of their 16 MiB each', async () => {
  const size = 1024;
  const dims = [size, size];
  const cycle = async (): Promise<void> => {
    await using session = await openSession(fileURLToPath(new URL('../fixtures/matmul.onnx', import.meta.url)));
    const tensor = { type: 'float32', dims, data: new Float32Array(size * size).fill(0.5) } as const;
    await session.put('b', tensor);
    await session.put('a', tensor);
    const { c } = await session.run({});
    expect((c!.data as Float32Array)[0]).toBe(256);
  };
  for (let i = 0; i < 10; i++) await cycle(); // allocators and the code of the worker warm up
  const before = residentBytes();
  for (let i = 0; i < 50; i++) await cycle();
  const grownMiB = (residentBytes() - before) / MIB;
  // Leaking one of the tensors would be 200 MiB; what a closed worker's allocator keeps is far less.
  expect(grownMiB).toBeLessThan(100);
}, 240_000);
