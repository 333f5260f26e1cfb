import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { sourceToday, TASKS, writeRows } from '@flanlab/flan-datasets';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { flanlab } from './test-workspace.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Server;
let endpoint: string;

const TOKEN = 'hf_secret_of_the_test';
const ROWS = [
  { sentence1: 'A.', sentence2: 'B.', label: 0, idx: 0 },
  { sentence1: 'C.', sentence2: 'D.', label: 1, idx: 1 },
];

/** A hub with one data set, and one that is gated. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeRows(join(folder.path, 'rte.parquet'), ROWS);
  const bytes = await readFile(join(folder.path, 'rte.parquet'));
  const oid = createHash('sha256').update(bytes).digest('hex');
  const files = ['train', 'validation'].map((split) => ({
    type: 'file',
    path: `rte/${split}-00000-of-00001.parquet`,
    size: bytes.length,
    oid: 'f'.repeat(40),
    lfs: { oid, size: bytes.length, pointerSize: 130 },
  }));
  server = createServer(({ url = '' }, response) => {
    if (url.includes('/snli/')) return response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end();
    if (url.includes('/tree/'))
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(files));
    if (url.includes('/resolve/')) return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await folder[Symbol.asyncDispose]();
});

const run = (line: string) =>
  flanlab(folder.path, line.split(' '), { HF_ENDPOINT: endpoint, HF_HOME: join(folder.path, 'hf'), HF_TOKEN: TOKEN });

it('fetches what it can, says how to get the rest, and ends with the code for the environment', async () => {
  const { code, stdout, stderr } = await run(
    'data fetch rte,snli,story_cloze --split train --manifest out/fetched.json',
  );
  expect(code).toBe(4);
  expect(stdout).toMatch(/rte +train +fetched +2 /);
  expect(stdout).toMatch(/snli +train +failed/);
  expect(stdout).toMatch(/story_cloze +train +by-hand/);
  expect(stdout).toMatch(/DATASET_HUB_GATED[\s\S]*fix: Open http.*stanfordnlp\/snli, accept the terms/);
  expect(stdout).toMatch(/DATASET_MANUAL_MISSING[\s\S]*Put it at data\/manual_downloads\/story_cloze/);
  expect(stderr).toContain('[1/3] rte train');
  expect(stdout + stderr).not.toContain(TOKEN);
  const written = JSON.parse(await readFile(join(folder.path, 'out/fetched.json'), 'utf8'));
  const today = sourceToday(TASKS.rte);
  expect(written[0].manifest).toMatchObject({
    repo: 'nyu-mll/glue',
    rows: { found: 2 },
    revision: 'revision' in today ? today.revision : '',
  });
});

it('is done at once the second time, also without a network', async () => {
  const { code, stdout } = await run('data fetch rte --split train --offline --json --endpoint http://127.0.0.1:9');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([{ split: 'train', status: 'cached', bytes: 0, rows: 2 }]);
});

it('feeds other commands through the same cache', async () => {
  const { code, stdout } = await run('data convert rte --from hub --split train --to out/rte.jsonl --json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout).rows).toBe(2);
});

it.each([
  ['data fetch', /Name tasks, or give --all/],
  ['data fetch rte,snli --revision main', /--revision goes with one task/],
  ['data fetch rte --endpoint nowhere', /HF_ENDPOINT/],
])('%s says what to type instead', async (line, text) => {
  const { code, stdout, stderr } = await run(line);
  expect(stdout + stderr).toMatch(text);
  expect(code).toBe(2);
});
