import { expect, it } from 'vitest';
import { collect } from '../collect.js';
import { channel } from './channel.js';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

it('hands on what is emitted, in order, then ends', async () => {
  const items = channel<number>(async (emit) => {
    emit(1);
    emit(2);
    await pause();
    emit(3);
  });
  expect(await collect(items)).toEqual([1, 2, 3]);
});

it('throws a failure after what came before it', async () => {
  const seen: number[] = [];
  const reading = async (): Promise<void> => {
    const items = channel<number>(async (emit) => {
      emit(1);
      await pause();
      throw new Error('broken');
    });
    for await (const item of items) seen.push(item);
  };
  await expect(reading()).rejects.toThrow('broken');
  expect(seen).toEqual([1]);
});

it('stops the work of a reader that leaves', async () => {
  let stopped = false;
  const items = channel<number>(async (emit, signal) => {
    while (!signal.aborted) {
      emit(1);
      await pause();
    }
    stopped = true;
  });
  for await (const _item of items) break;
  expect(stopped).toBe(true);
});
