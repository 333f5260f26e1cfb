import { readFileSync } from 'node:fs';
import { findTask, normaliseRow, type Row, viewRow } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, type TemplateCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { bigBenchPrompts } from './bigbench.js';
import { bigBenchPipelinePrompts } from './bigbench-pipeline.js';
import { type CreatePromptsOptions, createPrompts } from './create-prompts.js';
import { drawOtherTask } from './draw-other-task.js';
import { extractSamples } from './extract-samples.js';
import { trainTestSplit } from './partition.js';
import { pipelinePrompt } from './pipeline-prompt.js';
import type { PromptRow } from './prompt-row.js';
import { firstChoice, testRows } from './test-rows.js';

interface Made extends Partial<CreatePromptsOptions> {
  readonly change?: Row;
}

/** The first prompt of a task; `change` overwrites columns of its normalised rows. */
function prompt(name: string, compat: boolean, { change = {}, ...more }: Made = {}): PromptRow {
  const { task, rows } = testRows(name, compat);
  const changed = rows.map((row) => ({ ...row, ...change }));
  const options = { task, rows: changed, kind: 'gold-pipeline', use: 'test', random: firstChoice(), compat } as const;
  return [...createPrompts({ ...options, numInner: 1, ...more })][0]!;
}
const block = (name: string, compat: boolean, change: Row = {}): string => prompt(name, compat, { change }).text;

/** A published row of a task, normalised; undefined when it is left out. */
function normalised(name: string, raw: Row, compat: boolean): Row | undefined {
  return normaliseRow(findTask(name), raw, { compat, random: new PythonRandom(1) });
}
function view(name: string, row: Row, compat: boolean) {
  return viewRow(findTask(name), row, { compat });
}

const choices = testRows('logical_deduction');
/** The first question of a task in a format, for a base model. */
function question(format: string, compat: boolean, row: Row = choices.rows[0]!, templates = BUILTIN_CATALOGUE): string {
  return [...bigBenchPrompts({ task: choices.task, rows: [row], run: 'base', format, templates, compat })][0]!.text;
}
function solved(compat: boolean, more: Partial<Parameters<typeof bigBenchPipelinePrompts>[0]> = {}): string {
  const { task, rows } = testRows('causal_judgment');
  const [row, ...goldRows] = rows;
  return [...bigBenchPipelinePrompts({ task, rows: [row!], goldRows, random: firstChoice(), compat, ...more })][0]!
    .text;
}
const withTemplate = (key: string, input: string): TemplateCatalogue => ({
  ...BUILTIN_CATALOGUE,
  tasks: { [key]: [{ id: `${key}/0`, input, target: '{answer}' }] },
});

const refusal = (code: string) => expect.objectContaining({ code });

/** What each mode does, for each numbered quirk that touches prompts. */
const QUIRKS: Readonly<Record<string, (compat: boolean) => void>> = {
  Q2: (compat) => {
    expect(block('rte', compat)).toContain('\nPremise Solution: ');
    expect(prompt('rte', compat, { kind: 'samplegen' }).text).toMatch(/\[\/INST\]$/);
  },
  Q3: () => {
    const other = drawOtherTask(findTask('rte'), new PythonRandom(1));
    expect([other.category, other.cluster === 'nli']).toEqual(['nlu', false]);
  },
  Q10: (compat) => {
    const label = (value: number) => prompt('wic', compat, { change: { label: value } }).labels;
    expect([label(0), label(1)]).toEqual(compat ? ['True', 'False'] : ['False', 'True']);
  },
  Q11: (compat) => expect(prompt('stsb', compat, { change: { label: 2.6 } }).labels).toBe(compat ? 2 : '3'),
  Q12: (compat) => {
    const unlabelled = () => prompt('cola', compat, { change: { label: -1 } }).labels;
    if (compat) expect(unlabelled()).toBe('acceptable');
    else expect(unlabelled).toThrowError(refusal('DATASET_VALUE_INVALID'));
  },
  Q14: (compat) => {
    const row = normalised('wmt16/ro-en', { translation: { ro: 'unu', en: 'one' } }, compat)!;
    expect(row).toMatchObject({ lang1: 'English', lang2: 'Romanian', sent1: 'one', sent2: 'unu' });
  },
  Q15: (compat) => {
    const raw = { passage: 'p', query: 'So @placeholder won.', entities: ['Zoe', 'Ann'], entity_spans: {}, answers: ['Ann'], idx: 0 }; // biome-ignore format: one line is clearer
    const { options } = view('record', normalised('record', raw, compat)!, compat);
    expect(options.map((option) => option.slice(0, 3))).toEqual(['Zoe', 'Ann']);
  },
  Q16: (compat) => expect(block('common_gen', compat)).not.toContain('Concept_set_idx'),
  Q17: (compat) => {
    const raw = { question: 'q', choices: { text: ['a; b', 'c'], label: ['A', 'B'] }, answerKey: 'B' };
    const { options, label } = view('arc', normalised('arc', raw, compat)!, compat);
    expect([options, label]).toEqual(compat ? [['a', 'b', 'c'], 'b'] : [['a; b', 'c'], 'c']);
  },
  Q18: (compat) => {
    const drop = {
      section_id: 's',
      query_id: 'q',
      passage: 'p',
      question: 'q',
      answers_spans: { spans: [], types: [] },
    };
    const row = normalised('drop', drop, compat);
    if (compat) expect(block('drop', true, row)).not.toBe('');
    else expect(row).toBeUndefined();
  },
  Q20: (compat) => {
    const raw = { utterance: 'Well, fine.', corrupted_cased: 'well ', corrupted: 'well ' };
    const row = normalised('fix_punct', raw, compat)!;
    expect(row.no_punct).toBe('well fine');
  },
  Q21: (compat) => {
    const tripleset = [['A', 'year', '1973'], ['Mars', 'is', 'red']]; // biome-ignore format: one line is clearer
    expect(block('dart', compat, { tripleset })).toContain('1973Mars');
  },
  Q22: (compat) => {
    expect(block('qnli', compat).includes('Question Solution: ""')).toBe(compat);
    expect(block('hellaswag', compat).includes(';  ')).toBe(compat);
  },
  Q23: (compat) => {
    for (const name of ['dpr_raw', 'wic']) expect(block(name, compat).includes('Options Solution: ')).toBe(!compat);
  },
  Q24: (compat) => {
    const { text, labels } = prompt('newsroom', compat);
    expect(text.includes(`Solution: ${labels}`)).toBe(compat);
  },
  Q25: (compat) => {
    const row = { quote: 'the hero said he won', pronoun: 'he', options: ['Al', 'Bo'] };
    const shown = view('wsc273', { ...testRows('wsc273', compat).rows[0]!, ...row }, compat).shownOptions!;
    expect(shown.includes('Alro said Al won')).toBe(compat);
  },
  Q26: (compat) => {
    expect(view('record', testRows('record', compat).rows[0]!, compat).fields.find(({ name }) => name === 'query')!.text).toContain('@placeholder'); // biome-ignore format: one line is clearer
    expect(block('winogrande', compat)).toContain('_');
  },
  Q27: (compat) => {
    const raw = { source: 's', story: 'x', questions: ['a?'], answers: { input_text: ['1', '2'], answer_start: [], answer_end: [] } }; // biome-ignore format: one line is clearer
    const row = normalised('coqa', raw, compat)!;
    expect(view('coqa', row, compat).label).not.toContain('2');
  },
  Q28: (compat) => {
    const made = prompt('rte', compat, {
      kind: 'regular',
      change: { premise: 'say "x"' },
      templates: withTemplate('rte', '"{premise}" "so"'),
    });
    expect(made.text).toContain('\n\nsay "x" so[/INST]');
  },
  Q29: (compat) => {
    const text = block('rte', compat, { premise: 'Solution', hypothesis: 'yes; no' });
    expect(text).toContain('\nPremise Solution: Solution\nHypothesis Solution: yes; no\n');
  },
  Q30: (compat) => {
    const made = (unify: boolean) => prompt('rte', compat, { kind: 'regular', unify }).text;
    expect(made(true)).toBe(made(false));
  },
  Q31: (compat) => {
    const premise = 'Input 1 1 is\nExample Solution: kept';
    const { text } = prompt('rte', compat, { unify: true, change: { premise } });
    expect(text.includes(premise)).toBe(!compat);
  },
  Q32: (compat) => {
    const { text, labels } = prompt('rte', compat, { kind: 'samplegen', use: 'train', corrupt: true });
    expect(text).toContain('\nExample 1:\n(blank)\nAnswer 1: \n(blank)\n');
    expect(text).toContain(
      `\nPremise Solution: None\nHypothesis Solution: None\nOptions Solution: None\nAnswer Solution: ${labels}`,
    );
    const choice = prompt('logical_deduction', compat, { kind: 'samplegen', use: 'train', corrupt: true }).text;
    expect(choice).toContain('\nExample 1:\n(blank)\nAnswer 1: \n(blank)\n');
    expect(choice.includes('\nText Solution: None\n')).toBe(!compat);
  },
  Q33: (compat) => {
    const source = testRows('sst2', compat);
    const options = { ...source, kind: 'samplegen', use: 'train', random: firstChoice(), compat, numInner: 1 } as const;
    const [other] = createPrompts(options);
    const own = { ...other!, task: 'rte' };
    const made = prompt('rte', compat, { kind: 'samplegen', use: 'train', contextPrompts: [own, other!] });
    const solves = /\nSolution:\n(Sentence) Solution: (.*)\n/.exec(other!.text)!;
    expect(made.text).toContain(`[/INST]\n\nExample 1:\n${solves[1]} 1: ${solves[2]}\n`);
    expect(made.text).toContain('\nSolution:\nPremise Solution: ');
    expect(made.examples).toEqual([expect.anything(), other!.examples[0]]);
    const lacking = () => prompt('rte', compat, { kind: 'samplegen', use: 'train', contextPrompts: [own] });
    expect(lacking).toThrowError(refusal('PROMPT_CONTEXT_TOO_SMALL'));
    const corrupt = { contextPrompts: [other!], corrupt: true } as const;
    expect(() => prompt('rte', compat, corrupt)).toThrowError(refusal('PROMPT_OPTION_INVALID'));
  },
  Q34: () => {
    const draw = () => drawOtherTask(findTask('mnli_matched'), new PythonRandom(1));
    expect(draw).toThrowError(refusal('PROMPT_TASK_UNSUPPORTED'));
  },
  Q35: () => {
    // What train_test_split gives with a seed.
    const test = [0, 12, 7];
    expect(trainTestSplit(13, 0.2, 42)).toEqual({ test, train: [10, 9, 3, 6, 5, 2, 4, 11, 1, 8] });
    expect(trainTestSplit(13, 0.2, 43).test).not.toEqual(test);
  },
  Q49: (compat) => {
    expect(question('plain', compat)).not.toContain('"');
    expect(question('open', compat)).toMatch(/^Question: /);
    expect(question('closed-adv', compat)).toContain('\nA) "The red book is the leftmost", B) "');
    expect(question('adv', compat)).toContain('\n(a) "The red book is the leftmost", (b) "');
  },
  Q50: (compat) => {
    const row =
      '<s>[INST] q[/INST]\n\nExample 1:\nText 1: a\nAnswer 1: b\n\nSolution:\nText Solution: c\n\nd\nAnswer Solution: e\n';
    expect(extractSamples(row, { compat })!.includes('Text Solution: c')).toBe(compat);
  },
  Q51: (compat) => {
    const samples = ['Example 1:\nText 1: a\nAnswer 1: b\n\n', 'Example 1:\nText 1: c\nAnswer 1: d\n\n'];
    const text = pipelinePrompt('\nText Solution: e\nAnswer Solution: ', samples, { compat });
    expect(text).toContain(compat ? 'Example 2:\nText 1: c\nAnswer 1: d\n' : 'Example 2:\nText 2: c\nAnswer 2: d\n');
  },
  Q52: (compat) => expect(solved(compat).includes('Options 1:Options 2: ')).toBe(compat),
  Q53: (compat) => {
    const wording = 'Think of {question} Pick from {options}';
    const bigbench = { 'bad-prompt-1': { question: wording, gold: wording } };
    const templates = { ...BUILTIN_CATALOGUE, frames: { ...BUILTIN_CATALOGUE.frames, bigbench } };
    const text = solved(compat, { format: 'bad-prompt-1', templates });
    expect(text.includes('\nAnswer 1: ')).toBe(!compat);
    expect(text.endsWith('\nAnswer Solution:')).toBe(true);
  },
  Q56: (compat) => {
    const text = question('closed-translated', compat, { ...choices.rows[0]!, text: 'Ceist: Carson?' });
    expect(text.startsWith(compat ? 'Ceist: Ceist: Carson?\n' : 'Ceist: Carson?\n')).toBe(true);
  },
  Q70: (compat) => {
    const raw = { question: 'q', answer: 'It is 7, that is 7 and 7.\n#### 7' };
    const { multiple_choice_targets: shown } = normalised('gsm8k', raw, compat)!;
    const sevens = (shown as readonly string[]).filter((number) => number === '7');
    expect(sevens).toHaveLength(compat ? 2 : 1);
  },
  Q75: (compat) => {
    const made = prompt('rte', compat, { kind: 'samplegen', use: 'train', withoutAnswer: true });
    expect(made.text).toContain('\nAnswer Solution: \nEND_EXAMPLES');
    expect(made.text).toMatch(/\nAnswer 1: (yes|no)\n/);
    expect(made.labels).not.toBe('');
  },
  Q76: (compat) => {
    const { task, rows } = testRows('causal_judgment');
    const row = { ...rows[0]!, text: 'Are the Options of this Question good?' };
    const asked = 'Are the Options of this Question good?';
    expect(solved(compat, { task, rows: [row], unify: true }).includes(asked)).toBe(!compat);
    expect(solved(compat, { task, rows: [row], format: 'closed-translated' }).includes(asked)).toBe(!compat);
  },
  Q80: (compat) => {
    const [made] = bigBenchPrompts({ ...choices, run: 'base', compat });
    expect(made!.text).toContain('"The blue book is the leftmost"');
    expect(made!.labels).toBe('The blue book is the leftmost.');
  },
};

describe.each(Object.entries(QUIRKS))('%s', (_, check) => {
  it('in compat mode', () => check(true));
  it('by default', () => check(false));
});

it('has a row in docs/compat.md for each, and none besides', () => {
  const page = readFileSync(new URL('../../../docs/compat.md', import.meta.url), 'utf8');
  const section = page.split('\n## ').find((part) => part.startsWith('Prompts'));
  const named = [...section!.matchAll(/^\| (Q\d+) \|.*quirks\.test\.ts/gm)].map(([, quirk]) => quirk);
  expect(named).toEqual(Object.keys(QUIRKS));
});
