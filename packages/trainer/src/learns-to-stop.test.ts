import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGenerator } from '@flanlab/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, FULL, openTestFolder } from './test-runs.js';
import { TINY_ROWS } from './tiny-model.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  runs = await openTestFolder();
});
afterAll(() => runs.remove());

/** How answers to the trained prompts end. */
async function endings(appendEos: boolean): Promise<string[]> {
  const options = runs.prepare({ ...FULL, epochs: 30, appendEos, saveEvery: 0 });
  await collect(options);
  await using generator = await openGenerator({ modelDir: options.out, threads: 1 });
  const prompts = TINY_ROWS.map(({ text, labelStart }) => text.slice(0, labelStart));
  const ends: string[] = [];
  for await (const { finish } of generator.generate(prompts, { maxNewTokens: 12 })) ends.push(finish);
  return ends;
}

it('a model whose padding is its end of sequence learns to stop, and only when rows have an end', async () => {
  const path = join(runs.modelDir, 'tokenizer_config.json');
  const settings = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...settings, pad_token: settings.eos_token }));
  const stopped = (ends: readonly string[]): number => ends.filter((finish) => finish === 'stop').length;
  expect(stopped(await endings(true))).toBeGreaterThanOrEqual(6);
  expect(stopped(await endings(false))).toBe(0);
}, 60_000);
