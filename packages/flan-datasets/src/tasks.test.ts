import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { TASKS } from './data/tasks.js';
import { findTask, TASK_NAMES } from './find-task.js';
import { normaliseRow } from './normalise.js';
import type { Row } from './row.js';
import { splitFor, storedSplit } from './splits.js';
import { TASK_CLUSTERS, type TaskSpec } from './task-spec.js';
import { type RowView, viewRow } from './view-row.js';

interface ReferenceRow {
  readonly raw: Row;
  readonly columns: readonly string[];
  readonly normalised?: Row;
  readonly gold?: { readonly text: string; readonly labels: string | number; readonly gold_options: readonly string[] };
}

const REFERENCE: Readonly<Record<string, ReferenceRow>> = JSON.parse(
  readFileSync(new URL('../fixtures/reference-rows.json', import.meta.url), 'utf8'),
);

/** Draws nothing: the worked example of gsm8k was made without shuffling. */
class Unshuffled extends PythonRandom {
  override shuffle(): void {}
}
const mode = { compat: true, random: new Unshuffled(0) };

const heading = (name: string): string => name[0]!.toUpperCase() + name.slice(1).toLowerCase();

/** The second formatting pass of the reference, as its gold-pipeline prompt prints it. */
function mainBlock(task: TaskSpec, row: Row, targetField?: string): RowView & { readonly text: string } {
  const options = { compat: true, ...(targetField !== undefined && { targetField }) };
  const view = viewRow(task, viewRow(task, row, options).next, options);
  const lines = view.fields.map(({ name, text }) => `${heading(name)} Solution: ${text}\n`).join('');
  return { ...view, text: `\n${lines}Answer Solution: ` };
}

const goldOptions = ({ options }: RowView): readonly string[] => (options.length > 0 ? options : ['']);

describe('the task table', () => {
  it('has the 77 tasks of the reference, each under its own name', () => {
    expect([...TASK_NAMES].sort()).toEqual(Object.keys(REFERENCE).sort());
    for (const name of TASK_NAMES) expect(TASKS[name].name).toBe(name);
  });

  it('fills every cluster', () => {
    expect(new Set(Object.values(TASKS).map(({ cluster }) => cluster))).toEqual(new Set([...TASK_CLUSTERS, null]));
  });

  it('always holds out the fifteen tasks of the reference, and what is in no cluster of it', () => {
    const held = Object.values(TASKS).filter(({ alwaysHeldOut, cluster }) => alwaysHeldOut && cluster !== null);
    expect(held.map(({ name }) => name).sort()).toEqual([
      ...[
        'dart',
        'fix_punct',
        'qnli',
        'record',
        'samsum',
        'squad',
        'squad_v2',
        'story_cloze',
        'stsb',
        'trivia_qa_full',
      ],
      ...['trivia_qa_wiki', 'winogrande', 'wmt16/ro-en', 'wsc273', 'yelp_polarity_reviews'],
    ]);
  });

  it('suggests the nearest name for an unknown one', () => {
    expect(() => findTask('boolq')).toThrow(
      expect.objectContaining({ code: 'DATASET_TASK_UNKNOWN', kind: 'usage', fix: 'Did you mean "bool_q"?' }),
    );
    expect(() => findTask('constructor')).toThrow(expect.objectContaining({ code: 'DATASET_TASK_UNKNOWN' }));
  });
});

describe('compat mode against the reference', () => {
  const examples = Object.entries(REFERENCE).map(([name, example]) => ({ name, ...example }));

  it.each(examples.filter(({ normalised }) => normalised))(
    'normalises a row of $name',
    ({ name, raw, normalised, columns }) => {
      const row = normaliseRow(findTask(name), raw, mode);
      expect(row).toEqual(normalised);
      expect(Object.keys(row!)).toEqual(columns);
    },
  );

  it.each(examples.filter(({ gold }) => gold))('shows a row of $name', ({ name, normalised, gold }) => {
    const view = mainBlock(findTask(name), normalised!);
    expect({ text: view.text, labels: view.label, gold_options: goldOptions(view) }).toEqual(gold);
  });
});

const shared = process.env.FLANLAB_SHARED ?? join(import.meta.dirname, '../../../../shared');
const jsonLines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.runIf(existsSync(join(shared, 'golden/prompts')))('compat mode against the reference on real rows', () => {
  const ALIASES: Readonly<Record<string, string>> = {
    openbookqa_main: 'openbookqa',
    trivia_qa: 'trivia_qa_full',
    'wmt16_cs-en': 'wmt16/cs-en',
    yelp_polarity: 'yelp_polarity_reviews',
  };
  const path = join(shared, 'golden/prompts/manifest.json');
  const manifest: Record<string, { task: string; kind: string; rows_from: string; result: string }> = existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : {};
  const files = Object.entries(manifest).filter(([, { kind, result }]) => kind === 'gold-pipeline' && result === 'ok');

  it.each(files)('%s', (file, entry) => {
    const task = findTask(ALIASES[entry.task] ?? entry.task);
    const rows: Row[] = jsonLines(join(shared, 'data', entry.rows_from));
    const normalised = rows.map((row) => normaliseRow(task, row, { compat: true })).filter((row) => row !== undefined);
    const wanted = jsonLines(join(shared, 'golden/prompts', file));
    expect(wanted.length).toBeGreaterThan(0);
    wanted.forEach((want, i) => {
      // The template drawn decides the direction of a translation: the label tells which it was.
      const target =
        task.cluster === 'translation_nlg' ? (normalised[i]!.sent1 === want.labels ? 'sent1' : 'sent2') : undefined;
      const view = mainBlock(task, normalised[i]!, target);
      expect({ text: view.text, labels: view.label, gold_options: goldOptions(view) }).toEqual(want);
    });
  });

  it('reads the splits that the reference reads', () => {
    const { tasks } = JSON.parse(readFileSync(join(shared, 'reference/tasks.json'), 'utf8'));
    for (const { name, source } of tasks) {
      const task = findTask(name);
      for (const use of ['train', 'test'] as const) {
        const published: string | null = source.kind === 'hub' ? source[`split_for_${use}`] : null;
        if (published === null) continue;
        const stored = storedSplit(task, splitFor(task, use, { compat: true }));
        expect([name, use, stored]).toEqual([name, use, published.replace(/ .*/, '')]);
      }
    }
  });
});
