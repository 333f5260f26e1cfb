import { findTask, TASKS } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';
import { expect, it } from 'vitest';
import { drawOtherTask } from './draw-other-task.js';

/** Seeds whose first draw for copa is the cluster nli, and the task drawn then. */
const NLI_DRAWS = [
  [2, 'anli_r2'],
  [10, 'mnli'],
  [19, 'qnli'],
  [31, 'wnli'],
  [43, 'cb'],
  [56, 'wnli'],
  [57, 'snli'],
];

it('draws from every other cluster of the same category, and from no other', () => {
  const random = new PythonRandom(12345);
  const drawn = new Set(Array.from({ length: 300 }, () => drawOtherTask(findTask('common_gen'), random)));
  expect(new Set([...drawn].map(({ category }) => category))).toEqual(new Set(['nlg']));
  expect(new Set([...drawn].map(({ cluster }) => cluster))).toEqual(new Set(['translation_nlg', 'summarization_nlg']));
});

it('draws in the order of the reference’s clusters', () => {
  const drawn = Array.from({ length: 60 }, (_, seed) => drawOtherTask(findTask('copa'), new PythonRandom(seed)).name);
  const nli = drawn.flatMap((name, seed) => (findTask(name).cluster === 'nli' ? [[seed, name]] : []));
  expect(nli).toEqual(NLI_DRAWS);
});

it.each(['newsroom', 'mnli_matched', 'logical_deduction'] as const)('refuses %s, which has no cluster', (name) => {
  expect(() => drawOtherTask(TASKS[name], new PythonRandom(1))).toThrowError(
    expect.objectContaining({ code: 'PROMPT_TASK_UNSUPPORTED', why: 'It belongs to no cluster.' }),
  );
});
