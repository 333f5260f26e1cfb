import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PAPERS } from './data/papers.js';
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

it('names the paper of every task, and has no paper for nothing', () => {
  const tasks: readonly TaskSpec[] = Object.values(TASKS);
  for (const task of tasks) expect([task.name, describeTask(task).paper]).toEqual([task.name, expect.anything()]);
  const used = new Set(tasks.map(({ name, source }) => (source.kind === 'hub' ? source.path : name)));
  expect(Object.keys(PAPERS).filter((key) => !used.has(key))).toEqual([]);
});
