import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedDataDir } from './embedded.js';
import { findTask } from './find-task.js';
import { loadTask } from './load-task.js';
import type { Row } from './row.js';
import { splitFor } from './splits.js';
import { TASK_CLUSTERS } from './task-spec.js';
import { viewRow } from './view-row.js';

const folder = embeddedDataDir();
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.jsonl'))
  .sort();
const splits = files.map((file) => {
  const end = file.lastIndexOf('/');
  return { file, task: file.slice(0, end), split: file.slice(end + 1, -'.jsonl'.length) };
});
const tasks = [...new Set(splits.map(({ task }) => task))];
const read = (file: string): Row[] =>
  readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const script = (name: string) => import(new URL(`../scripts/${name}`, import.meta.url).href);

describe('the embedded rows', () => {
  it('cover every cluster and BIG-bench', () => {
    const clusters = new Set(tasks.map((task) => findTask(task).cluster));
    expect(TASK_CLUSTERS.filter((cluster) => !clusters.has(cluster))).toEqual([]);
    expect(tasks.filter((task) => findTask(task).group === 'bigbench').length).toBeGreaterThanOrEqual(2);
  });

  it.each(tasks)('%s has the split it is tested on', (task) => {
    const spec = findTask(task);
    for (const compat of [true, false]) expect(files).toContain(`${task}/${splitFor(spec, 'test', { compat })}.jsonl`);
  });

  it.each(splits.filter(({ file }) => !isUnlabelled(file)))(
    '$file can be shown, with every label among its options',
    async ({ task, split }) => {
      const labels = new Set<string | number>();
      for await (const row of loadTask(task, { split })) {
        const { label, options, fields } = viewRow(findTask(task), row);
        expect(fields.length).toBeGreaterThan(0);
        expect(fields.every(({ text }) => text !== '')).toBe(true);
        if (options.length > 0) expect(options).toContain(label);
        labels.add(label);
      }
      expect(labels.size).toBeGreaterThan(1);
    },
  );

  it('never share a row between splits, whatever its label', () => {
    for (const task of tasks) {
      const keys = splits.filter((split) => split.task === task).flatMap(({ file }) => read(file).map(inputsOf));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('are what their script makes, byte for byte', async () => {
    const made: Readonly<Record<string, string>> = (await script('make-embedded-data.mjs')).embeddedFiles();
    expect(Object.keys(made).sort()).toEqual(files);
    for (const file of files) expect(readFileSync(join(folder, file), 'utf8') === made[file], file).toBe(true);
  });
});

const texts = join(import.meta.dirname, '../../study/embedded');

describe.runIf(existsSync(texts))('the pre-training texts', () => {
  it('are what their script makes, byte for byte', async () => {
    const made: Readonly<Record<string, string>> = (await script('make-embedded-text.mjs')).textFiles();
    for (const [file, text] of Object.entries(made))
      expect(readFileSync(join(texts, file), 'utf8') === text, file).toBe(true);
  });

  it('never hold all inputs of a row that is tested', async () => {
    const held = ['pretraining-text.jsonl', 'encoder-text.jsonl'].flatMap((file) =>
      readFileSync(join(texts, file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): string => JSON.parse(line).text),
    );
    for (const { task, split, file } of splits) {
      if (split === 'train' || isUnlabelled(file)) continue;
      for await (const row of loadTask(task, { split })) {
        const inputs = viewRow(findTask(task), row).fields.map(({ text }) => text);
        expect(held.find((text) => inputs.every((input) => text.includes(input)))).toBeUndefined();
      }
    }
  });

  it('hold no sentence of a translation, summary or description that is tested', () => {
    const held = ['pretraining-text.jsonl', 'encoder-text.jsonl']
      .map((file) => readFileSync(join(texts, file), 'utf8'))
      .join('');
    for (const { translation } of read('wmt16/de-en/test.jsonl') as { translation: { de: string; en: string } }[]) {
      expect(held.includes(translation.de) && held.includes(translation.en), translation.en).toBe(false);
    }
  });
});

/** Test splits whose labels are withheld, as on the hub. */
function isUnlabelled(file: string): boolean {
  return read(file).every(({ label }) => label === -1);
}

function inputsOf({
  idx,
  id,
  concept_set_idx,
  label,
  answerKey,
  targets,
  multiple_choice_scores,
  ...rest
}: Row): string {
  return JSON.stringify(rest);
}
