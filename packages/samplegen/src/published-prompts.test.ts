import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTask, normaliseRow, type Row } from '@flanlab/flan-datasets';
import { loadCatalogue, type TemplateCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPrompts } from './create-prompts.js';
import type { PromptKind, PromptUse } from './prompt-row.js';

// What the reference itself made of public rows. These files hold published sentences, so they are not in the repository.
const shared = process.env.FLANLAB_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const golden = join(shared, 'golden/prompts');

interface Case {
  readonly task: string;
  readonly kind: string;
  readonly rows_from: string;
  readonly num_datapoints: number;
  readonly result: string;
}

const KINDS: Readonly<Record<string, { kind: PromptKind; use: PromptUse; unify?: boolean }>> = {
  regular: { kind: 'regular', use: 'train' },
  'regular-test': { kind: 'regular', use: 'test' },
  samplegen: { kind: 'samplegen', use: 'train' },
  'samplegen-unified': { kind: 'samplegen', use: 'train', unify: true },
  'samplegen-test': { kind: 'samplegen', use: 'test' },
  'gold-pipeline': { kind: 'gold-pipeline', use: 'test' },
};

const present = existsSync(join(golden, 'manifest.json'));
const manifest: Readonly<Record<string, Case>> = present
  ? JSON.parse(readFileSync(join(golden, 'manifest.json'), 'utf8'))
  : {};
const cases = Object.entries(manifest).filter(([, { result }]) => result === 'ok');

const readLines = (path: string): Row[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe.runIf(present)('with the published templates, compat prompts are the reference’s', () => {
  let templates: TemplateCatalogue;
  beforeAll(async () => {
    templates = await loadCatalogue(join(shared, 'reference'));
  });

  it.each(cases)('%s', (file, { task: name, kind, rows_from, num_datapoints }) => {
    const task = findTask(name);
    const mode = { compat: true };
    const rows = readLines(join(shared, 'data', rows_from))
      .map((row) => normaliseRow(task, row, mode))
      .filter((row) => row !== undefined);
    const made = createPrompts({
      task,
      rows,
      ...KINDS[kind]!,
      random: new PythonRandom(12345),
      templates,
      num: num_datapoints,
      compat: true,
    });
    const columns = [...made].map(({ text, labels, gold_options }) => ({ text, labels, gold_options }));
    expect(columns).toEqual(readLines(join(golden, file)));
  });
});
