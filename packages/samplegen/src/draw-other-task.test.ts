import { findTask, TASKS } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';
import { expect, it } from 'vitest';
import { drawOtherTask } from './draw-other-task.js';

it('draws from every other cluster of the same category, and from no other', () => {
  const random = new PythonRandom(12345);
  const drawn = new Set(Array.from({ length: 300 }, () => drawOtherTask(findTask('common_gen'), random)));
  expect(new Set([...drawn].map(({ category }) => category))).toEqual(new Set(['nlg']));
  expect(new Set([...drawn].map(({ cluster }) => cluster))).toEqual(new Set(['translation_nlg', 'summarization_nlg']));
});

it.each(['newsroom', 'mnli_matched', 'logical_deduction'] as const)('refuses %s, which has no cluster', (name) => {
  expect(() => drawOtherTask(TASKS[name], new PythonRandom(1))).toThrowError(
    expect.objectContaining({ code: 'PROMPT_TASK_UNSUPPORTED', why: 'It belongs to no cluster.' }),
  );
});
