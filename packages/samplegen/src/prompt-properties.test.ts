import { findTask, isList, type Row, viewRow } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { bigBenchPrompts } from './bigbench.js';
import { type CreatePromptsOptions, createPrompts } from './create-prompts.js';
import { exampleFingerprint } from './fingerprint.js';
import type { PromptRow } from './prompt-row.js';
import { PROMPT_KINDS, TEST_TASKS, testRows } from './test-rows.js';

/** Pieces of values that look like pieces of the format. */
const PIECES = [
  ...[
    'word',
    'Zug',
    '東京',
    '🙂',
    '"',
    "'",
    '; ',
    ', ',
    '. ',
    '\n',
    '\n\n',
    '\t',
    '\u2028',
    '\r',
    '$&',
    '\\',
    '<s>',
    '</s>',
  ],
  ...[
    '[/INST]',
    '[INST] ',
    '<<SYS>>\n',
    '\n<</SYS>>\n\n',
    '\nExample 1:\n',
    '\nExample Solution:',
    '\nSolution:\n',
    'END_EXAMPLES',
  ],
  ...[
    'Answer Solution: ',
    '\nAnswer 1: ',
    'Input 1 1',
    'Lang1 1',
    'Sent2 2',
    'Options: ',
    'Question',
    '(blank)',
    'None',
  ],
];

/** A text of pieces, with letters at both ends: nothing is trimmed from it. */
function oddText(random: PythonRandom): string {
  const pieces = Array.from({ length: 1 + random.sample(6, 1)[0]! }, () => random.choice(PIECES));
  return `x${pieces.join('')}${random.getrandbits(20)}x`;
}

/** A dozen rows of a task, with odd texts in every column of plain text but those that choose among options. */
function oddRows(name: string, random: PythonRandom): readonly Row[] {
  const { task, rows } = testRows(name);
  const options = { task, rows, kind: 'gold-pipeline', use: 'test', random: new PythonRandom(1) } as const;
  const shown = [...createPrompts(options)];
  const chosen = new Set(shown.flatMap(({ labels, gold_options: [first] }) => (first === '' ? [] : [labels])));
  return Array.from({ length: 12 }, (_, n) =>
    Object.fromEntries(
      Object.entries(rows[n % rows.length]!).map(([column, value]) => {
        const isText = typeof value === 'string' && value.includes(' ');
        const isFree = isText && !chosen.has(value) && !FIXED.has(`${name} ${column}`);
        return [column, isFree ? oddText(random) : value];
      }),
    ),
  );
}

// The pronoun and the entity stand in these.
const FIXED = new Set([
  'record label',
  'wsc273 quote',
  'wsc273 text',
  'dpr_raw sentence',
  'winogrande sentence',
  'record query',
]);

function variant(random: PythonRandom): Partial<CreatePromptsOptions> {
  const flip = (): boolean => random.sample(2, 1)[0] === 1;
  const numInner = 1 + random.sample(3, 1)[0]!;
  return { unify: flip(), corrupt: flip(), withoutAnswer: flip(), letters: flip(), numInner, eligibleTemplates: 10 };
}

/** The answer that the learned part of a training row holds; undefined where it is not built as it should be. */
function reread({ text, label_start, label_end }: PromptRow, kind: CreatePromptsOptions['kind']): string | undefined {
  const learned = text.slice(label_start, label_end);
  if (kind === 'regular') return /^\nAnswer Solution: ([\s\S]*)<\/s>$/.exec(learned)?.[1];
  if (!learned.startsWith('\n\nExample 1:\n') || !learned.endsWith('\nEND_EXAMPLES\n</s>')) return undefined;
  const block = learned.slice(0, -'\nEND_EXAMPLES\n</s>'.length);
  return block.slice(block.lastIndexOf('\nAnswer Solution: ') + '\nAnswer Solution: '.length);
}

describe.each(TEST_TASKS)('whatever the values of %s', (name) => {
  const task = findTask(name);
  it.each(PROMPT_KINDS)('$kind $use prompts are whole, and what is learned re-reads to the label', ({ kind, use }) => {
    for (let seed = 0; seed < 2; seed++) {
      const random = new PythonRandom(1000 * seed + name.length);
      const rows = oddRows(name, random);
      const options = { ...variant(random), task, rows, kind, use, random: new PythonRandom(seed) };
      const made = [...createPrompts(options)];
      if (kind !== 'samplegen' || use === 'test') {
        expect(made.map(({ examples }) => examples)).toEqual(rows.map((row) => [exampleFingerprint(row)]));
      } else expect(made).toHaveLength(6);
      for (const row of made) {
        expect(row.text).not.toMatch(/\{\w+\}/);
        expect(row.label_end).toBe(row.text.length);
        if (row.gold_options[0] !== '' && options.letters) expect(row.gold_options).toContain(row.labels);
        if (use === 'test') {
          expect(row.label_start).toBe(row.text.length);
        } else {
          expect(row.text.slice(0, row.label_start)).toMatch(/\[\/INST\]$/);
          // A label of several lines may hold the words that end it.
          const odd = String(row.labels).includes('\nAnswer Solution: ');
          const empty = kind === 'samplegen' && options.withoutAnswer === true;
          if (!odd) expect(reread(row, kind)).toBe(empty ? '' : String(row.labels));
        }
      }
      if (kind === 'gold-pipeline') {
        for (const [index, { text }] of made.entries()) {
          expect(text).toMatch(/^\n[\s\S]* Solution: [\s\S]*\nAnswer Solution: $/);
          const shown = options.corrupt || task.prompt.target ? [] : viewRow(task, rows[index]!, options).fields;
          for (const field of shown) expect(text).toContain(` Solution: ${field.text}\n`);
        }
      }
      const again = [...createPrompts({ ...options, random: new PythonRandom(seed) })];
      expect(again).toEqual(made);
    }
  });
});

const WITH_CHOICES = TEST_TASKS.filter((name) => findTask(name).multipleChoice !== undefined);

describe.each(WITH_CHOICES)('questions of %s', (name) => {
  it.each(Object.keys(BUILTIN_CATALOGUE.frames.bigbench))(
    'are whole in the format %s, and offer the answer',
    (format) => {
      const { task, rows } = testRows(name);
      for (const run of ['base', 'regular', 'samplegen'] as const) {
        const made = [...bigBenchPrompts({ task, rows, run, format })];
        expect(made.map(({ examples }) => examples)).toEqual(rows.map((row) => [exampleFingerprint(row)]));
        for (const { text, labels, gold_options: gold, label_start, label_end } of made) {
          expect(text).not.toMatch(/\{\w+\}/);
          expect(gold).toContain(labels);
          expect([label_start, label_end]).toEqual([text.length, text.length]);
          const shown = !/^(plain|open)/.test(format);
          for (const option of gold) if (shown) expect(text).toContain(option.replace(/\.+$/, ''));
        }
        expect(made.length).toBe(rows.filter((row) => isList(row[task.multipleChoice!.choices])).length);
      }
    },
  );
});
