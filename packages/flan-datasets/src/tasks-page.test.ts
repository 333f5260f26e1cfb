import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TASKS } from './data/tasks.js';
import type { TaskSpec } from './task-spec.js';
import { describeTask, tasksPage } from './tasks-page.js';

it('docs/tasks.md is up to date (node packages/flan-datasets/scripts/make-tasks-page.mjs)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/tasks.md'), 'utf8')).toBe(tasksPage());
});

it('lists each task once', () => {
  const page = tasksPage();
  for (const name of Object.keys(TASKS)) expect(page.split(`| \`${name}\``)).toHaveLength(2);
});

it('says which options are the same for each row', () => {
  expect(describeTask(TASKS.rte).options).toEqual(['yes', 'no']);
  expect(describeTask(TASKS.copa).options).toBe('by row');
  expect(describeTask(TASKS.samsum).options).toBe('none');
});

it('says what every rule does, in words', () => {
  const tasks: readonly TaskSpec[] = Object.values(TASKS);
  const silent = tasks.filter((task) => {
    const { keeps, normalise, rewrites, options, optionsFrom, answer } = describeTask(task);
    const words = [keeps, ...normalise, ...Object.values(rewrites), answer, options === 'by row' ? optionsFrom : ''];
    return words.some((text) => text === undefined || text === 'by a rule of its own');
  });
  expect(silent.map(({ name }) => name)).toEqual([]);
  expect(describeTask(TASKS.rte)).toMatchObject({
    ...{ keeps: null, rewrites: {}, answer: 'the option at the number in label', optionsFrom: null },
    normalise: ['rename sentence1 to premise and sentence2 to hypothesis', 'add options ""'],
  });
  expect(describeTask(TASKS.qnli).rewrites).toEqual({ question: 'in quotes', sentence: 'in quotes' });
  expect(describeTask(TASKS.copa).optionsFrom).toBe('choice1 and choice2');
  expect(describeTask({ ...TASKS.rte, normalise: [(row) => row] }).normalise).toEqual(['by a rule of its own']);
});

it('says what columns hold, where the task does', () => {
  expect(describeTask(TASKS.arc).columnTypes).toEqual({
    ...{ id: 'text', question: 'text', choices: '{ text: [text], label: [text] }', answerKey: 'text' },
  });
  const { columnTypes: _left, ...own } = TASKS.arc;
  expect(describeTask({ ...own, name: 'own' })).toMatchObject({ columnTypes: {}, inTable: false });
});

it('says paper, collection and licence, and nothing of a task that names none', () => {
  expect(describeTask(TASKS.rte)).toMatchObject({
    paper: { authors: 'Dagan et al.' },
    collection: { authors: 'Wang et al.', year: 2019 },
    licence: { id: 'research-only' },
  });
  const { provenance: _left, ...own } = TASKS.rte;
  expect(describeTask(own)).toMatchObject({ paper: null, collection: null, licence: null });
});
