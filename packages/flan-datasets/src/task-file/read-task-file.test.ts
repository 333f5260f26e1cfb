import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { TASKS } from '../data/tasks.js';
import { loadTask } from '../load-task.js';
import { normaliseRow } from '../normalise.js';
import { describeTask } from '../tasks-page.js';
import { viewRow } from '../view-row.js';
import { findTaskIn, readTaskFile } from './own-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-tasks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const documented = readFileSync(join(import.meta.dirname, '../../../../docs/own-tasks.md'), 'utf8');
const MODULE_EXAMPLE = /```js\n([\s\S]*?)```/.exec(documented)![1]!;
const EXAMPLE = /```yaml\n([\s\S]*?)```/.exec(documented)![1]!;

const SMALL = {
  name: 'small',
  columns: ['question', 'answers'],
  prompt: { label: { firstAnswer: { column: 'answers', none: 'none' } } },
};

describe('a task file', () => {
  it('makes the task that the documentation shows', async () => {
    const [task] = await readTaskFile(file('doc.yaml', EXAMPLE));
    const source = file(
      'rows.jsonl',
      [0, 2, 1]
        .map((gold) => JSON.stringify({ uid: 'u', sentence1: 'It rains.', sentence2: 'It is wet.', gold }))
        .join('\n'),
    );
    const rows = await collect(loadTask(task!, { split: 'train', source }));
    expect(describeTask(task!).keeps).toBe('whose gold is 0 or 1');
    expect(rows).toEqual([
      { premise: 'It rains.', hypothesis: 'It is wet.', label: 0, genre: 'weather' },
      { premise: 'It rains.', hypothesis: 'It is wet.', label: 1, genre: 'weather' },
    ]);
    expect(viewRow(task!, rows[1]!)).toMatchObject({
      fields: [
        { name: 'premise', text: '"It rains."' },
        { name: 'hypothesis', text: 'It is wet.' },
        { name: 'options', text: 'yes; no' },
      ],
      label: 'no',
    });
    expect(await findTaskIn('weather_nli', join(folder, 'doc.yaml'))).toMatchObject({ name: 'weather_nli' });
    await expect(findTaskIn('weather_nly', join(folder, 'doc.yaml'))).rejects.toThrow('Did you mean "weather_nli"?');
    expect(await findTaskIn('rte', undefined)).toBe(TASKS.rte);
  });

  it('is also JSON, of one task', async () => {
    const [task] = await readTaskFile(file('one.json', JSON.stringify(SMALL)));
    expect(viewRow(task!, { question: 'Q', answers: ['a', 'b'] })).toMatchObject({
      fields: [{ name: 'question', text: 'Q' }],
      label: 'a',
    });
    expect(task).toMatchObject({ metric: 'simple_accuracy', cluster: null, splits: { train: 'train', test: 'test' } });
  });

  it('is also a module', async () => {
    const code =
      'export const tasks = [{ name: "m", splits: {}, columns: [], normalise: [], prompt: {}, source: {} }];';
    expect((await readTaskFile(file('tasks.mjs', code)))[0]!.name).toBe('m');
    await expect(readTaskFile(file('none.mjs', 'export const task = 1;'))).rejects.toThrow('must be an exported list');
    await expect(readTaskFile(file('broken.mjs', 'export const'))).rejects.toThrow('cannot be imported');
  });

  it('is also the module that the documentation shows', async () => {
    // Below the package, so that the module finds it by its name.
    const below = mkdtempSync(join(import.meta.dirname, '../../.own-tasks-'));
    try {
      writeFileSync(join(below, 'tasks.mjs'), MODULE_EXAMPLE);
      const [task] = await readTaskFile(join(below, 'tasks.mjs'));
      const row = normaliseRow(task!, { report: 'Wet.', days: ['rain', 'sun'] }, { compat: false });
      expect(row).toEqual({ report: 'Wet.', label: 1 });
      expect(viewRow(task!, row!)).toMatchObject({ options: ['none', 'some', 'all'], label: 'some' });
    } finally {
      rmSync(below, { recursive: true });
    }
  });

  it('says where it comes from', async () => {
    const paper = { authors: 'A', year: 2020, title: 'T', venue: 'V', link: 'https://example.org/paper' };
    const licence = { id: 'MIT', source: 'https://example.org/licence' };
    const [task] = await readTaskFile(file('from.json', JSON.stringify({ ...SMALL, provenance: { paper, licence } })));
    expect(task!.provenance).toEqual({ paper, licence });
    const wrong = { ...SMALL, provenance: { licence: { id: 'MIT', source: 'somewhere' } } };
    await expect(readTaskFile(file('bad.json', JSON.stringify(wrong)))).rejects.toThrow('provenance.licence.source');
  });

  it('names wrong columns beside wrong settings', async () => {
    const wrong = { ...SMALL, colour: 1, metric: 'acuracy', normalise: [{ rename: { qestion: 'q' } }] };
    const error = await readTaskFile(file('both.json', JSON.stringify(wrong))).catch((caught: unknown) => caught);
    for (const part of ['colour: unknown setting', 'did you mean accuracy?', 'did you mean question?'])
      expect((error as { why: string }).why).toContain(part);
  });

  it.each([
    ['two.mjs', "{ name: 'a' }, { name: 'a' }", 'tasks.1.name: "a" is there twice'],
    ['known.mjs', "{ name: 'rte' }", 'is a task of the table'],
  ])('refuses names that are taken, in a module too: %s', async (name, tasks, message) => {
    const rest = 'splits: {}, columns: [], normalise: [], prompt: {}, source: {}';
    const code = `export const tasks = [${tasks}].map((task) => ({ ...task, ${rest} }));`;
    await expect(readTaskFile(file(name, code))).rejects.toThrow(message);
  });

  it('names all mistakes at once', async () => {
    const wrong = { ...SMALL, colums: [], metric: 'f1', normalise: [{ rename: { a: 'b' }, keep: ['x'] }], prompt: {} };
    const error = await readTaskFile(file('wrong.json', JSON.stringify(wrong))).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'DATASET_TASK_INVALID', kind: 'usage' });
    for (const part of [
      'colums: unknown setting; did you mean columns?',
      '"f1" is none of accuracy,',
      'normalise.0',
      'exactly one of',
      'prompt.label',
    ])
      expect((error as { why: string }).why).toContain(part);
  });

  it.each<[string, object, string]>([
    ['a column that is not there', { normalise: [{ remove: ['qestion'] }] }, 'did you mean question?'],
    [
      'a column renamed before',
      { normalise: [{ rename: { question: 'q' } }, { first: 'question' }] },
      'no column "question" here',
    ],
    ['a label among options that are missing', { prompt: { label: { option: 'answers' } } }, 'are needed by a label'],
    ['two sources of templates', { templateKey: 'rte', templates: ['{question}'] }, 'stand in place of templateKey'],
    ['a name of the table', { name: 'rte' }, 'is a task of the table'],
    ['a name that leaves its folder', { name: '../rte' }, 'must hold letters'],
  ])('refuses %s', async (_what, change, message) => {
    const path = file('changed.json', JSON.stringify({ ...SMALL, ...change }));
    await expect(readTaskFile(path)).rejects.toThrow(message);
  });

  it('refuses what is no YAML, with the line, and two tasks of one name', async () => {
    await expect(readTaskFile(file('no.yaml', 'a: [1\nb: 2'))).rejects.toThrow(/line \d/);
    await expect(readTaskFile(file('twice.json', JSON.stringify({ tasks: [SMALL, SMALL] })))).rejects.toThrow('twice');
    await expect(readTaskFile(join(folder, 'gone.yaml'))).rejects.toThrow(
      expect.objectContaining({ code: 'FILES_NOT_FOUND' }),
    );
  });
});
