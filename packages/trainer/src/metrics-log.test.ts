import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { openMetricsLog } from './metrics-log.js';

it('takes out the rows that a resumed run repeats, and a torn last line', async () => {
  const folder = await mkdtemp(`${tmpdir()}/metrics-`);
  const path = `${folder}/metrics.jsonl`;
  await writeFile(path, '{"step":2,"loss":1}\n{"step":4,"loss":2}\n{"step":5,"lo');
  const log = await openMetricsLog(path, 2);
  await log.append({ step: 4, loss: 3 });
  await log.close();
  expect(await readFile(path, 'utf8')).toBe('{"step":2,"loss":1}\n{"step":4,"loss":3}\n');
  await rm(folder, { recursive: true });
});
