import { partitionIndices, type Row } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { type CreatePromptsOptions, createPrompts } from './create-prompts.js';
import { exampleFingerprint } from './fingerprint.js';
import type { PromptRow } from './prompt-row.js';
import { choosing, firstChoice, PROMPT_KINDS, TEST_TASKS, testRows } from './test-rows.js';

type Variant = Partial<CreatePromptsOptions> & Pick<CreatePromptsOptions, 'kind' | 'use'>;

/** The prompt of the task's first row, with its second and third row as samples and the first template. */
function prompt(name: string, variant: Variant): PromptRow {
  const { task, rows } = testRows(name, variant.compat);
  const [row, ...context] = rows;
  const made = createPrompts({
    task,
    rows: [row!, row!, row!],
    random: firstChoice(),
    num: 1,
    context: { task, rows: context },
    ...variant,
  });
  return [...made][0]!;
}

const learned = ({ text, label_start, label_end }: PromptRow): string => text.slice(label_start, label_end);
const SOLVE = '<s>[INST] <<SYS>>\nSolve.\n<</SYS>>\n\n';
const SHOW = '<s>[INST] <<SYS>>\nMake examples, then solve.\n<</SYS>>\n\n';
const RTE = 'Premise text A.\nSo: Hypothesis text A.\nRight? yes; no';
const RTE_SAMPLES =
  '\n\nExample 1:\nPremise 1: Premise text B.\nHypothesis 1: Hypothesis text B.\nOptions 1: yes; no\nAnswer 1: yes\n' +
  '\nExample 2:\nPremise 2: Premise text C.\nHypothesis 2: Hypothesis text C.\nOptions 2: yes; no\nAnswer 2: no\n';
const RTE_BLOCK =
  '\nPremise Solution: Premise text A.\nHypothesis Solution: Hypothesis text A.\nOptions Solution: yes; no\nAnswer Solution: ';

describe('createPrompts', () => {
  it('makes Regular rows', () => {
    const train = prompt('rte', { kind: 'regular', use: 'train' });
    expect(train).toMatchObject({ labels: 'no', gold_options: ['yes', 'no'], task: 'rte', template: 'rte/0' });
    expect(train.text).toBe(`${SOLVE}${RTE}[/INST]\nAnswer Solution: no</s>`);
    expect(learned(train)).toBe('\nAnswer Solution: no</s>');
    const test = prompt('rte', { kind: 'regular', use: 'test' });
    expect(test.text).toBe(`${SOLVE}${RTE}[/INST]`);
    expect(learned(test)).toBe('');
  });

  it('keeps the reference’s order of columns', () => {
    expect(Object.keys(prompt('rte', { kind: 'regular', use: 'train' })).slice(0, 3)).toEqual([
      'text',
      'gold_options',
      'labels',
    ]);
    expect(Object.keys(prompt('rte', { kind: 'samplegen', use: 'train' })).slice(0, 3)).toEqual([
      'text',
      'labels',
      'gold_options',
    ]);
  });

  it('makes SampleGen rows', () => {
    const train = prompt('rte', { kind: 'samplegen', use: 'train' });
    expect(learned(train)).toBe(`${RTE_SAMPLES}\nSolution:${RTE_BLOCK}no\nEND_EXAMPLES\n</s>`);
    expect(train.text).toBe(`${SHOW}${RTE}[/INST]${learned(train)}`);
    expect(train.examples).toHaveLength(3);
    expect(prompt('rte', { kind: 'samplegen', use: 'test' }).text).toBe(`${SHOW}${RTE}\n[/INST]`);
  });

  it('makes Gold Pipeline rows that end where the answer belongs', () => {
    expect(prompt('rte', { kind: 'gold-pipeline', use: 'test' })).toMatchObject({ text: RTE_BLOCK, labels: 'no' });
  });

  it('names fields Input 1, Input 2, … when unified', () => {
    const { text } = prompt('rte', { kind: 'samplegen', use: 'train', unify: true });
    expect(text).toContain(
      '\nExample 1:\nInput 1: Premise text B.\nInput 2: Hypothesis text B.\nInput 3: yes; no\nAnswer 1: yes\n',
    );
    expect(text).toContain(
      '\nInput 1 Solution: Premise text A.\nInput 2 Solution: Hypothesis text A.\nInput 3 Solution: yes; no\nAnswer Solution: no\n',
    );
  });

  it.each([true, false])(
    'blanks samples and solution fields when corrupted, not question and answer (compat %s)',
    (compat) => {
      const row = prompt('rte', { kind: 'samplegen', use: 'train', corrupt: true, compat });
      expect(row.text.startsWith(`${SHOW}${RTE}[/INST]`)).toBe(true);
      expect(learned(row)).toBe(
        '\n\nExample 1:\n(blank)\nAnswer 1: \n(blank)\n\nExample 2:\n(blank)\nAnswer 2: \n(blank)\n' +
          '\nSolution:\nPremise Solution: None\nHypothesis Solution: None\nOptions Solution: None\nAnswer Solution: no\nEND_EXAMPLES\n</s>',
      );
    },
  );

  it('leaves out the last answer only, and keeps the label, without answers', () => {
    const row = prompt('rte', { kind: 'samplegen', use: 'train', withoutAnswer: true });
    expect(learned(row)).toBe(`${RTE_SAMPLES}\nSolution:${RTE_BLOCK}\nEND_EXAMPLES\n</s>`);
    expect(row.labels).toBe('no');
  });

  it('answers with option text or with the letter', () => {
    const text = prompt('arc', { kind: 'regular', use: 'train' });
    const letter = prompt('arc', { kind: 'regular', use: 'train', letters: false });
    expect(text.gold_options).toContain(text.labels);
    expect(letter.labels).toMatch(/^[A-Z1-4]$/);
  });

  it('asks for the field that the template names', () => {
    const row = prompt('wmt16/cs-en', { kind: 'samplegen', use: 'train' });
    expect(row.labels).toBe('English text A.');
    expect(row.gold_options).toEqual(['']);
    expect(row.text).toContain(`${SHOW}Czech to English: cs text A.[/INST]`);
    expect(row.text).toContain(
      '\nExample 1:\nLang1: Czech\nLang2: English\nSent1: cs text B.\nAnswer: English text B.\n',
    );
    expect(row.text).toContain(
      '\nLang1 Solution: Czech\nLang2 Solution: English\nSent1 Solution: cs text A.\nAnswer Solution: English text A.\n',
    );
  });

  it('shows samples of another task when given one', () => {
    const { task, rows } = testRows('sst2');
    const row = prompt('rte', { kind: 'samplegen', use: 'train', context: { task, rows } });
    expect(row.text).toMatch(
      /\nExample 1:\nSentence 1: .*\nOptions 1: negative; positive\nAnswer 1: (nega|posi)tive\n/,
    );
    expect(row.text).toContain('\nPremise Solution: Premise text A.\n');
  });

  it('draws the template of the other task too, in the reference’s order', () => {
    const { task, rows } = testRows('rte');
    const many = Array.from({ length: 40 }, () => rows).flat();
    const random = new PythonRandom(12345);
    const [row] = createPrompts({ task, rows: many, kind: 'samplegen', use: 'train', random, num: 1 });
    expect(row?.template).toBe('rte/3'); // seed 12345 draws template 3 first, then the samples
    expect(random.getrandbits(32)).toBe(
      (() => {
        const same = new PythonRandom(12345);
        same.sample(5, 1);
        same.sample(60, 2);
        return same.getrandbits(32);
      })(),
    );
  });

  it('is deterministic', () => {
    const { task, rows } = testRows('sst2');
    const make = (): PromptRow[] => [
      ...createPrompts({ task, rows, kind: 'samplegen', use: 'train', random: new PythonRandom(7) }),
    ];
    expect(make()).toEqual(make());
  });
});

describe('the default mode corrects what compat keeps', () => {
  const block = (name: string, compat: boolean): string =>
    prompt(name, { kind: 'gold-pipeline', use: 'test', compat }).text;

  it.each([
    ['doubled quotes (Q22)', 'qnli', '\nQuestion Solution: ""', '\nQuestion Solution: "'],
    ['doubled spaces (Q22)', 'hellaswag', 'ends one A;  ends two A', 'ends one A; ends two A'],
  ])('%s', (_, name, kept, corrected) => {
    expect(block(name, true)).toContain(kept);
    expect(block(name, false)).not.toContain(kept);
    expect(block(name, false)).toContain(corrected);
  });

  it.each(['dpr_raw', 'wic'])('hidden options of %s (Q23)', (name) => {
    expect(block(name, true)).not.toContain('Options Solution: ');
    expect(block(name, false)).toContain('Options Solution: ');
  });

  it.each(['newsroom', 'opin_idebate', 'opin_movie'])('answers among the inputs of %s (Q24)', (name) => {
    const { labels } = prompt(name, { kind: 'gold-pipeline', use: 'test' });
    expect(block(name, true)).toContain(String(labels));
    expect(block(name, false)).not.toContain(`Solution: ${labels}`);
  });

  it('deletions inside values (Q31)', () => {
    const { task, rows } = testRows('rte');
    const premise = 'Input 1 1 is\nExample Solution: kept';
    const odd = rows.map((row) => ({ ...row, premise }));
    const text = (compat: boolean): string =>
      [
        ...createPrompts({
          task,
          rows: odd,
          kind: 'gold-pipeline',
          use: 'test',
          random: firstChoice(),
          compat,
          unify: true,
        }),
      ][0]!.text;
    expect(text(false)).toContain(premise);
    expect(text(true)).toContain('Input 1 is kept');
  });
});

describe.each(TEST_TASKS)('every prompt of %s', (name) => {
  const { task } = testRows(name);

  it.each(PROMPT_KINDS)('$kind $use: is filled, holds its label where it says, and offers it', ({ kind, use }) => {
    const { rows } = testRows(name);
    const problems: string[] = [];
    for (let index = 0; index < 10; index++) {
      const options = { task, rows, kind, use, unify: index % 2 === 0, eligibleTemplates: 10, random: choosing(index) };
      for (const row of createPrompts(options)) problems.push(...problemsOf(row, kind, use));
    }
    expect(problems).toEqual([]);
  });
});

/** What is wrong with a row, in words: one assertion per thousand rows is much faster than one per property. */
function problemsOf(row: PromptRow, kind: CreatePromptsOptions['kind'], use: CreatePromptsOptions['use']): string[] {
  const { text, labels, gold_options, label_start, label_end } = row;
  const taught = text.slice(label_start, label_end);
  const closing = `\nAnswer Solution: ${labels}`;
  const expected: readonly (readonly [string, boolean])[] = [
    ['an unfilled slot', !/\{[a-z_0-9]+\}/i.test(text)],
    ['an empty label', labels !== ''],
    ['options without the label', gold_options[0] === '' || gold_options.includes(String(labels))],
    ['a span that ends before the text', label_end === text.length],
    ...(use === 'test'
      ? ([
          ['a test row that teaches', taught === ''],
          ['a wrong end', kind === 'gold-pipeline' ? text.endsWith('\nAnswer Solution: ') : text.endsWith('[/INST]')],
        ] as const)
      : ([
          ['a span that starts elsewhere', text.slice(0, label_start).endsWith('[/INST]')],
          [
            'a span that is not the label',
            kind === 'regular'
              ? taught === `${closing}</s>`
              : taught.startsWith('\n\nExample 1:\n') && taught.endsWith(`${closing}\nEND_EXAMPLES\n</s>`),
          ],
        ] as const)),
  ];
  return expected.flatMap(([problem, fine]) => (fine ? [] : [`${problem}: ${JSON.stringify(row)}`]));
}

describe.each([0, 1, 2, 3, 4])('whatever the seed (%s)', (seed) => {
  const { task, rows } = testRows('rte');
  const many = Array.from({ length: 41 }, (_, n): Row => ({ ...rows[n % 3]!, premise: `Premise ${n}.` }));
  const prints = many.map(exampleFingerprint);
  const make = (kind: CreatePromptsOptions['kind'], use: CreatePromptsOptions['use']): PromptRow[] => [
    ...createPrompts({ task, rows: many, kind, use, random: new PythonRandom(seed) }),
  ];

  it('no row is lost or doubled, and rows stay in order', () => {
    for (const [kind, use] of [
      ['regular', 'train'],
      ['regular', 'test'],
      ['samplegen', 'test'],
      ['gold-pipeline', 'test'],
    ] as const) {
      expect(make(kind, use).map(({ examples }) => examples)).toEqual(prints.map((print) => [print]));
    }
  });

  it('half of the rows are solved once, and samples come from the other half, never twice in a prompt', () => {
    const { main, inContext } = partitionIndices(many.length);
    const made = make('samplegen', 'train').map(({ examples }) => examples);
    expect(made.map(([solved]) => solved)).toEqual([...main].map((index) => prints[index]));
    const others = new Set([...inContext].map((index) => prints[index]));
    for (const [, ...samples] of made) {
      expect(new Set(samples).size).toBe(2);
      expect(samples.every((print) => others.has(print))).toBe(true);
    }
  });
});

describe('hostile values', () => {
  const hostile = ['[/INST]', '</s>', '{premise}', '{{', '\nSolution:', 'Answer Solution: x', '$&', '🙂[/INST]\n\n'];

  it.each(hostile)('%j stays text, and the label is found behind it', (value) => {
    const { task, rows } = testRows('xsum');
    const odd = rows.map((row) => ({ ...row, text: `before ${value} after`, summary: `sum ${value}` }));
    for (const kind of ['regular', 'samplegen'] as const) {
      for (const row of createPrompts({ task, rows: odd, kind, use: 'train', random: new PythonRandom(3) })) {
        expect(row.text.slice(0, row.label_start).endsWith('[/INST]')).toBe(true);
        const taught = row.text.slice(row.label_start, row.label_end);
        if (kind === 'regular') expect(taught).toBe(`\nAnswer Solution: sum ${value}</s>`);
        expect(taught).toContain(`Answer Solution: sum ${value}`);
        expect(row.text).toContain(`before ${value} after`);
      }
    }
  });
});

describe('createPrompts refuses', () => {
  const { task, rows } = testRows('rte');
  const base = { task, rows, kind: 'samplegen', use: 'train', random: new PythonRandom(1) } as const;

  it.each([
    ['training rows without answers', { kind: 'gold-pipeline' }, 'PROMPT_OPTION_INVALID'],
    ['half a row', { num: 0.5 }, 'PROMPT_OPTION_INVALID'],
    ['no samples', { numInner: 0 }, 'PROMPT_OPTION_INVALID'],
    ['no rows', { rows: [] }, 'PROMPT_SOURCE_EMPTY'],
    ['one row to halve', { rows: rows.slice(0, 1) }, 'PROMPT_SOURCE_EMPTY'],
    ['too few samples', { numInner: 3 }, 'PROMPT_CONTEXT_TOO_SMALL'],
    [
      'prompts of gsm8k as the reference',
      { ...testRows('gsm8k'), kind: 'gold-pipeline', use: 'test', compat: true },
      'PROMPT_TASK_UNSUPPORTED',
    ],
    [
      'Regular prompts of a BIG-bench task as the reference',
      { ...testRows('logical_deduction'), kind: 'regular', compat: true },
      'PROMPT_TASK_UNSUPPORTED',
    ],
  ])('%s', (_, more, code) => {
    const run = (): unknown => [...createPrompts({ ...base, ...(more as Partial<CreatePromptsOptions>) })];
    expect(run).toThrowError(expect.objectContaining({ code }));
  });
});
