import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSession } from './index.js';
import { residentGrowth } from './test.js';

const MIB = 2 ** 20;

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
  // Leaking one of the tensors would be 200 MiB; what a closed worker's allocator keeps is far less.
  expect((await residentGrowth(cycle)) / MIB).toBeLessThan(100);
}, 240_000);
