import { findTask, partitionIndices } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { createPrompts } from './create-prompts.js';
import type { PromptRow } from './prompt-row.js';
import { solvedBlock } from './solved-block.js';
import { firstChoice, TEST_TASKS, testRows } from './test-rows.js';

const WITH_TEMPLATES = TEST_TASKS.filter((name) => findTask(name).templateKey !== null);

describe.each([false, true])('with unified headings: %s', (unify) => {
  it.each(WITH_TEMPLATES)('shows what a row of %s solves as that row looks as a sample', (name) => {
    const { task, rows } = testRows(name);
    const options = { task, rows, kind: 'samplegen', use: 'train', unify, numInner: 1, num: 1 } as const;
    const [solved] = createPrompts({ ...options, random: firstChoice() });
    const context = { task, rows: [rows[partitionIndices(rows.length).main[0]!]!] };
    const [{ text, label_start }] = [...createPrompts({ ...options, random: firstChoice(), context })] as [PromptRow];
    expect(solvedBlock(solved!, { n: 1, unify })).toBe(text.slice(label_start + 1, text.lastIndexOf('\nSolution:')));
  });
});

it('takes unified headings from a unified row, and gives them to any', () => {
  const text =
    '<s>[INST] q[/INST]\n\nSolution:\nPremise Solution: a\nOptions Solution: b; c\nAnswer Solution: b\nEND_EXAMPLES\n</s>';
  expect(solvedBlock({ text, label_start: 17 }, { n: 2, unify: true })).toBe(
    '\nExample 2:\nInput 1: a\nInput 2: b; c\nAnswer 2: b\n',
  );
  const unified = text.replace('Premise', 'Input 1').replace('Options', 'Input 2');
  expect(solvedBlock({ text: unified, label_start: 17 }, { n: 3 })).toBe(
    '\nExample 3:\nInput 1: a\nInput 2: b; c\nAnswer 3: b\n',
  );
});

it('has nothing of a prompt that solves nothing', () => {
  const { task, rows } = testRows('rte');
  for (const kind of ['regular', 'samplegen', 'gold-pipeline'] as const) {
    const [row] = createPrompts({ task, rows, kind, use: 'test', random: new PythonRandom(1) });
    expect(solvedBlock(row!, { n: 1 })).toBeUndefined();
  }
});
