import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import golden from '../fixtures/tensorboard.json' with { type: 'json' };
import type { MetricsRow } from './metrics-log.js';
import { encodeEvent, type TensorBoardEvent } from './tensorboard-event.js';
import { TensorBoardLog, toTensorBoard } from './tensorboard-log.js';
import { crc32c, tfRecord } from './tf-record.js';

it.each([
  ['', 0x00000000],
  ['123456789', 0xe3069283],
  ['\0'.repeat(32), 0x8a9136aa], // RFC 3720, B.4
])('the check value of %j is right', (text, expected) => {
  expect(crc32c(Buffer.from(text))).toBe(expected);
});

it("writes the bytes of Python's tensorboard", () => {
  for (const { event, record } of golden) {
    const given: TensorBoardEvent = { ...event, ...('scalars' in event ? { scalars: scalars(event.scalars) } : {}) };
    expect(Buffer.from(tfRecord(encodeEvent(given))).toString('base64')).toBe(record);
  }
});

function scalars(given: Readonly<Record<string, number | undefined>> | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(given ?? {}).map(([tag, value]) => [tag, value!]));
}

const row = (step: number): MetricsRow => ({
  step,
  loss: 2 / step,
  learning_rate: 0.1,
  grad_norm: 1,
  tokens_per_second: 100,
  epoch: step / 4,
  targets: 3,
  time: '2026-01-02T03:04:05.678Z',
});

it('names numbers as the Hugging Face trainer does', () => {
  expect(toTensorBoard(row(2))).toEqual({
    wallTime: 1767323045.678,
    step: 2,
    scalars: {
      'train/loss': 1,
      'train/learning_rate': 0.1,
      'train/grad_norm': 1,
      'train/tokens_per_second': 100,
      'train/epoch': 0.5,
      'train/targets': 3,
    },
  });
  const evaluated = { step: 2, eval_loss: 1, eval_targets: 4, eval_accuracy: 0.5, epoch: 1, time: row(2).time };
  expect(toTensorBoard(evaluated).scalars).toEqual({
    'eval/loss': 1,
    'eval/targets': 4,
    'eval/accuracy': 0.5,
  });
});

describe('the file', () => {
  it('takes the place of that of the run before, with its rows, and leaves files of others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tensorboard-'));
    const theirs = 'events.out.tfevents.1.another-host';
    await writeFile(join(folder, theirs), '');
    const first = await TensorBoardLog.open(folder, [], 5_000);
    for (const step of [1, 2, 3]) await first.append(row(step));
    await first[Symbol.asyncDispose]();
    const second = await TensorBoardLog.open(folder, [row(1)], 7_000);
    await second.append(row(2));
    await second[Symbol.asyncDispose]();
    expect((await readdir(folder)).sort()).toEqual([theirs, 'events.out.tfevents.0000000007.flanlab'].sort());
    const head = tfRecord(encodeEvent({ wallTime: 7, step: 0, fileVersion: 'brain.Event:2' }));
    const rows = [1, 2].map((step) => tfRecord(encodeEvent(toTensorBoard(row(step)))));
    const bytes = await readFile(join(folder, 'events.out.tfevents.0000000007.flanlab'));
    expect(bytes.equals(Buffer.concat([head, ...rows]))).toBe(true);
    await rm(folder, { recursive: true });
  });
});
