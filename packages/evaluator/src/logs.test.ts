import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readDelimited } from '@flanlab/files';
import { expect, it } from 'vitest';

/** A process that tests one task, as a job of a Slurm array does. */
const job = (out: string, task: string, metric: string): Promise<unknown> => {
  const program = `
    import { runTest } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const responder = {
      fingerprint: { weights: 'w' },
      async *respond(prompts) {
        for (const index of prompts.keys()) yield { index, response: 'Answer Solution: 1', tokens: [1], finish: 'stop' };
      },
    };
    const rows = [1, 2, 3].map((n) => ({ prompt: 'question ' + n, target: String(n), options: [] }));
    const [out, task, metric] = process.argv.slice(1);
    const run = { mode: 'direct', runName: 'tuned', promptFormat: 'mix_prompts', codeVersion: '1' };
    for await (const event of runTest({ out, task, metric, responder, rows, ...run }));
  `;
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, out, task, metric]);
};

it('logs each evaluation once when several processes test at the same time', async () => {
  const out = await mkdtemp(join(tmpdir(), 'flanlab-evaluator-'));
  try {
    const jobs = { rte: 'accuracy', squad: 'squad', stsb: 'pearson_spearman', gigaword: 'rouge', wmt16: 'bleu' };
    await Promise.all([...Object.entries(jobs), ['rte', 'accuracy']].map(([task, metric]) => job(out, task!, metric!)));
    const { columns, rows } = await readDelimited(join(out, 'eval_logs.csv'), ',');
    expect(rows.map(({ test_task }) => test_task).toSorted()).toEqual(Object.keys(jobs).toSorted());
    // Every metric has its columns, in the one header.
    expect(columns).toEqual(expect.arrayContaining(['accuracy', 'em', 'f1', 'pearson_corrcoef', 'rouge1', 'bleu']));
    expect(new Set(columns).size).toBe(columns.length);
    for (const row of rows) expect(row.eval_key).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
