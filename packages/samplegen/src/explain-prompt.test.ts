import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { bigBenchPrompts } from './bigbench.js';
import { toChatRow } from './chat/chat-row.js';
import { createChatTemplate } from './chat/chat-template.js';
import { createPrompts } from './create-prompts.js';
import { explainPrompt } from './explain-prompt.js';
import { toMessages } from './messages.js';
import type { PromptRow } from './prompt-row.js';
import { firstChoice, TEST_TASKS, testRows } from './test-rows.js';

const { task, rows } = testRows('rte');
const parts = (kind: 'regular' | 'samplegen' | 'gold-pipeline', use: 'train' | 'test') =>
  explainPrompt([...createPrompts({ task, rows, kind, use, numInner: 1, random: firstChoice() })][0]!);

describe('explainPrompt', () => {
  it('names the parts of a Regular row', () => {
    expect(parts('regular', 'train').map(({ name, text, learned }) => [name, text, learned])).toEqual([
      ['mark', '<s>[INST] <<SYS>>\n', false],
      ['system', 'Solve.', false],
      ['mark', '\n<</SYS>>\n\n', false],
      ['question', 'Premise text A.\nSo: Hypothesis text A.\nRight? ', false],
      ['options', 'yes; no', false],
      ['mark', '[/INST]', false],
      ['solution', '\nAnswer Solution: ', true],
      ['label', 'no', true],
      ['end', '</s>', true],
    ]);
  });

  it('names samples and solution of a SampleGen row', () => {
    const learned = parts('samplegen', 'train').filter((part) => part.learned);
    expect(learned.map(({ name }) => name)).toEqual([
      ...['sample', 'options', 'sample', 'solution', 'options', 'solution', 'label', 'end'],
    ]);
    expect(learned[0]?.text).toMatch(/^\n\nExample 1:\n/);
    expect(learned.at(-1)?.text).toBe('\nEND_EXAMPLES\n</s>');
  });

  it.each([
    ['closed', '"The red book is the leftmost", "The blue book is the leftmost"'],
    ['closed-adv', 'A) "The red book is the leftmost", B) "The blue book is the leftmost"'],
    ['adv', '(a) "The red book is the leftmost", (b) "The blue book is the leftmost"'],
  ])('finds the options of the format %s', (format, shown) => {
    const [row] = bigBenchPrompts({ ...testRows('logical_deduction'), run: 'regular', format });
    const found = explainPrompt(row!).filter(({ name }) => name === 'options');
    expect(found.map(({ text }) => text.slice(0, shown.length))).toEqual([shown]);
  });

  it('finds the options of samples, which may be others', () => {
    const other = { task: testRows('sst2').task, rows: testRows('sst2').rows };
    const options = { task, rows, kind: 'samplegen', use: 'train', numInner: 1, random: firstChoice() } as const;
    const [row] = createPrompts({ ...options, context: other });
    const found = explainPrompt(row!).filter(({ name }) => name === 'options');
    expect(found.map(({ text }) => text)).toEqual(['yes; no', 'negative; positive', 'yes; no']);
  });

  it('knows that tests teach nothing', () => {
    expect(parts('samplegen', 'test').some(({ learned }) => learned)).toBe(false);
    expect(parts('gold-pipeline', 'test').map(({ name }) => name)).toEqual(['solution', 'options', 'solution']);
  });
});

it('names the parts of a chat in the words of its template', () => {
  const source = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"; // biome-ignore format: one line is clearer
  const chat = createChatTemplate({ template: source });
  const [train] = createPrompts({ task, rows, kind: 'regular', use: 'train', random: firstChoice() });
  const named = (row: PromptRow) =>
    explainPrompt(toChatRow(row, chat), { messages: toMessages(row).messages }).map(({ name, text }) => [name, text]);
  expect(named(train!)).toEqual([
    ['mark', '<system>'],
    ['system', 'Solve.'],
    ['mark', '</>\n<user>'],
    ['question', 'Premise text A.\nSo: Hypothesis text A.\nRight? '],
    ['options', 'yes; no'],
    ['mark', '</>\n<assistant>'],
    ['solution', 'Answer Solution: '],
    ['label', 'no'],
    ['end', '</>'],
    ['end', '\n'],
  ]);
});

it.each(TEST_TASKS)('loses nothing of any prompt of %s', (name) => {
  const data = testRows(name);
  const made =
    data.task.multipleChoice === undefined
      ? [...createPrompts({ ...data, kind: 'samplegen', use: 'train', numInner: 1, random: new PythonRandom(1) })]
      : [...bigBenchPrompts({ ...data, run: 'samplegen' })];
  for (const row of made) {
    const pieces = explainPrompt(row);
    expect(pieces.map(({ text }) => text).join('')).toBe(row.text);
    expect(pieces.filter(({ learned }) => learned).map(({ text }) => text).join('')).toBe(row.text.slice(row.label_start, row.label_end)); // biome-ignore format: one line is clearer
  }
});
