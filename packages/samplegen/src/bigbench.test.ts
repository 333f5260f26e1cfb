import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { bigBenchPrompts } from './bigbench.js';
import { bigBenchPipelinePrompts, drawGoldRows } from './bigbench-pipeline.js';
import { firstChoice, TEST_TASKS, testRows } from './test-rows.js';

const withChoices = TEST_TASKS.filter((name) => testRows(name).task.multipleChoice);
const QUESTION =
  'Question: The following paragraphs each describe a set of three objects A.\n\nOn a shelf, there are three books.\n' +
  '"The red book is the leftmost", "The blue book is the leftmost", "The gray book is the leftmost"';

it('covers two kinds of BIG-bench tasks', () => {
  expect(withChoices).toEqual(expect.arrayContaining(['logical_deduction', 'causal_judgment']));
});

describe('bigBenchPrompts', () => {
  it.each([
    ['base', QUESTION],
    ['samplegen', `<s>[INST] <<SYS>>\nMake examples, then solve.\n<</SYS>>\n\n${QUESTION}[/INST]`],
    ['regular', `<s>[INST] <<SYS>>\nSolve.\n<</SYS>>\n\n${QUESTION}[/INST]`],
  ] as const)('puts a question to a %s model', (run, text) => {
    const [row] = bigBenchPrompts({ ...testRows('logical_deduction'), run });
    expect(row).toMatchObject({
      text,
      labels: 'The blue book is the leftmost.',
      gold_options: [
        'The red book is the leftmost.',
        'The blue book is the leftmost.',
        'The gray book is the leftmost.',
      ],
      task: 'logical_deduction',
      template: 'bigbench-closed',
      label_start: text.length,
    });
  });

  it.each(withChoices)('offers the answer of %s and leaves nothing unfilled', (name) => {
    for (const format of ['closed', 'bad-prompt-1', 'bad-prompt-2']) {
      for (const row of bigBenchPrompts({ ...testRows(name), run: 'base', format })) {
        expect(row.gold_options).toContain(row.labels);
        expect(row.text).not.toMatch(/\{\w+\}/);
        expect(row.text).toContain(`"${row.gold_options[0]!.replace(/\.$/, '')}"`);
      }
    }
  });

  it.each([
    [testRows('rte'), 'closed', 'PROMPT_TASK_UNSUPPORTED'],
    [testRows('logical_deduction'), 'opne', 'TEMPLATE_FRAME_UNKNOWN'],
  ])('refuses what has no such prompt (%#)', (data, format, code) => {
    const run = (): unknown => [...bigBenchPrompts({ ...data, run: 'base', format })];
    expect(run).toThrowError(expect.objectContaining({ code }));
  });
});

describe('bigBenchPipelinePrompts', () => {
  const { task, rows } = testRows('causal_judgment');
  const [row, ...goldRows] = rows;
  const make = (more: { readonly compat?: boolean; readonly unify?: boolean }): string =>
    [...bigBenchPipelinePrompts({ task, rows: [row!], goldRows, random: firstChoice(), ...more })][0]!.text;

  it('labels the options of each sample with its own number', () => {
    expect(make({})).toBe(
      'Example 1:\nQuestion 1: How would a typical person answer B?\n\n- Yes\n- No\nOptions 1: "Yes", "No"\nAnswer 1: No\n\n' +
        'Example 2:\nQuestion 2: How would a typical person answer C?\n\n- Yes\n- No\nOptions 2: "Yes", "No"\nAnswer 2: No\n\n' +
        'Solution:\nQuestion Solution: How would a typical person answer A?\n\n- Yes\n- No\nOptions Solution: "Yes", "No"\nAnswer Solution:',
    );
  });

  it('labels equal options with both numbers in compat mode (Q52)', () => {
    expect(make({ compat: true })).toContain('\nOptions 1:Options 2: "Yes", "No"\n');
  });

  it('names question and options Input 1 and Input 2 when unified', () => {
    expect(make({ unify: true })).toContain('\nInput 1 Solution: How would a typical person answer A?');
    expect(make({ unify: true })).toContain('\nInput 2 Solution: "Yes", "No"\nAnswer Solution:');
  });

  it('keeps quoted text in a question in place', () => {
    const quoting = { ...row!, text: 'Did she mean "yes" or "no"?' };
    const [made] = bigBenchPipelinePrompts({ task, rows: [quoting], goldRows, random: new PythonRandom(1) });
    expect(made?.text).toContain(
      '\nQuestion Solution: Did she mean "yes" or "no"?\nOptions Solution: "Yes", "No"\nAnswer Solution:',
    );
  });

  it('takes every copy of the first quotation for options in compat mode (Q52)', () => {
    const quoting = { ...row!, text: 'He said "go".\nDid "go" mean "stop"?' };
    const [made] = bigBenchPipelinePrompts({ task, rows: [quoting], goldRows, random: firstChoice(), compat: true });
    const asOptions = 'Options Solution: "go"\nAnswer Solution:';
    expect(made?.text).toContain(`\nQuestion Solution: He said ${asOptions}.\nDid ${asOptions} mean "stop"?\n`);
  });

  it('refuses too few solved rows', () => {
    const run = (): unknown => [...bigBenchPipelinePrompts({ task, rows, goldRows: [row!], random: firstChoice() })];
    expect(run).toThrowError(expect.objectContaining({ code: 'PROMPT_CONTEXT_TOO_SMALL' }));
  });
});

it('draws solved rows after a shuffle with seed 42', () => {
  const numbers = Array.from({ length: 10 }, (_, n) => ({ n }));
  const order = [5, 6, 0, 7, 3, 2, 4, 9, 1, 8]; // default_rng(42).permutation(10)
  expect(drawGoldRows(numbers, { random: firstChoice(), numTest: 2 })).toEqual(order.slice(0, 4).map((n) => ({ n })));
  expect(drawGoldRows(numbers, { random: firstChoice(), numTest: 50 })).toHaveLength(10);
});
