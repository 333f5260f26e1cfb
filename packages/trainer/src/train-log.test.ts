import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { appendTrainLog, TRAIN_LOG_COLUMNS } from './train-log.js';

it("writes the reference's columns first, ours after them, and each run once", async () => {
  const folder = await mkdtemp(`${tmpdir()}/train-log-`);
  const path = `${folder}/train_logs.csv`;
  const row = {
    job_id: 'job-1',
    seed: 42,
    run_name: '20250101_000000',
    model_name: 'm',
    dataset: 'mix',
    outer_template: 'o,1',
    inner_template: 'i',
    num_inner: 2,
    epochs: 1,
    num_train: 10,
    batch_size: 2,
    device: 'cpu',
  } as const;
  await appendTrainLog(path, row);
  await appendTrainLog(path, row);
  await appendTrainLog(path, { ...row, run_name: 'b', extra: { final_loss: 0.5 } });
  expect(await readFile(path, 'utf8')).toBe(
    `${TRAIN_LOG_COLUMNS.join(',')},final_loss\njob-1,42,20250101_000000,m,mix,"o,1",i,2,1,10,2,cpu,\njob-1,42,b,m,mix,"o,1",i,2,1,10,2,cpu,0.5\n`,
  );
  await rm(folder, { recursive: true });
});
