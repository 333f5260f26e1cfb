import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { MetricsLog } from './metrics-log.js';

it('takes out the rows that a resumed run repeats, and a torn last line', async () => {
  const folder = await mkdtemp(`${tmpdir()}/metrics-`);
  const path = `${folder}/metrics.jsonl`;
  await writeFile(path, '{"step":2,"loss":1}\n{"step":2,"eval_loss":9}\n{"step":4,"loss":2}\n{"step":5,"lo');
  const log = await MetricsLog.open(path, { step: 2, evaluatedStep: 0 }, { now: () => 0 });
  await log.append({ step: 4, eval_loss: 3, eval_targets: 1, epoch: 1, time: '' });
  await log[Symbol.asyncDispose]();
  expect(await readFile(path, 'utf8')).toBe(
    '{"step":2,"loss":1}\n{"step":4,"eval_loss":3,"eval_targets":1,"epoch":1,"time":""}\n',
  );
  await rm(folder, { recursive: true });
});
