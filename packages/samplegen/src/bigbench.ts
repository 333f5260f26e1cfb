import { isList, pythonText, type Row, type TaskSpec } from '@flanlab/flan-datasets';
import {
  BUILTIN_CATALOGUE,
  bigBenchFormat,
  fillTemplate,
  parseTemplate,
  type TemplateCatalogue,
} from '@flanlab/prompt-templates';
import { NumpyGenerator, type PythonRandom } from '@flanlab/random';
import { PromptError } from './errors.js';
import { exampleFingerprint } from './fingerprint.js';
import { instruct, parseFrames } from './frames.js';
import type { PromptRow } from './prompt-row.js';

/** Whom the prompt is for: a base model (no system prompt), or a model trained on SampleGen or Regular rows. */
export const BIG_BENCH_RUNS = ['base', 'samplegen', 'regular'] as const;

export type BigBenchRun = (typeof BIG_BENCH_RUNS)[number];

export interface BigBenchOptions {
  /** A task with choices: BIG-bench or gsm8k. */
  readonly task: TaskSpec;
  readonly rows: readonly Row[];
  readonly run: BigBenchRun;
  /** `closed` (default), `bad-prompt-1`, … */
  readonly format?: string;
  readonly templates?: TemplateCatalogue;
  readonly compat?: boolean;
}

/** A question in its parts. */
interface Question {
  readonly text: string;
  /** The choices as shown: quoted, without last dots, joined with commas. */
  readonly shown: string;
  readonly options: readonly string[];
  readonly label: string;
}

function questionOf(task: TaskSpec, row: Row): Question {
  const spec = task.multipleChoice;
  if (spec === undefined) {
    throw new PromptError(
      'PROMPT_TASK_UNSUPPORTED',
      {
        what: `The task ${task.name} has no questions with choices.`,
        why: `It belongs to the group "${task.group}".`,
        fix: 'Use createPrompts for it.',
      },
      { kind: 'usage' },
    );
  }
  const choices = row[spec.choices];
  const options = isList(choices) ? choices.map(pythonText) : [];
  return {
    text: spec.question(pythonText(row.text)),
    shown: options.map((option) => `"${option.replace(/\.+$/, '')}"`).join(', '),
    options,
    label: pythonText(row[spec.label]),
  };
}

function filled(question: Question, format: string, part: 'question' | 'gold', options: BigBenchOptions): string {
  const { templates = BUILTIN_CATALOGUE, compat = false } = options;
  const source = bigBenchFormat(templates, format)[part];
  const text = compat && format === 'closed' ? question.text : question.text.replace(/ +$/, '').replace(/\n+$/, '');
  const values = { question: text, options: question.shown, answer: question.label };
  return fillTemplate(parseTemplate(source, { id: `bigbench-${format}`, slots: Object.keys(values) }), values);
}

/**
 * Direct prompts of a task with choices (behaviour 11.4), in row order.
 *
 * @throws {PromptError} `PROMPT_TASK_UNSUPPORTED`; `TemplateError` `TEMPLATE_FRAME_UNKNOWN` for an unknown format
 */
export function* bigBenchPrompts(options: BigBenchOptions): Generator<PromptRow, void, undefined> {
  const { task, rows, run, format = 'closed', templates = BUILTIN_CATALOGUE } = options;
  const frames = parseFrames(templates.frames);
  for (const row of rows) {
    const question = questionOf(task, row);
    const plain = filled(question, format, 'question', options);
    const frame = run === 'samplegen' ? frames.samplegenSystem : frames.bigbenchRegular;
    const text = run === 'base' ? plain : instruct(frame, plain).text;
    yield promptRow(task, format, question, text, [row]);
  }
}

function promptRow(task: TaskSpec, format: string, question: Question, text: string, shown: readonly Row[]): PromptRow {
  return {
    text,
    labels: question.label,
    gold_options: question.options,
    label_start: text.length,
    label_end: text.length,
    task: task.name,
    template: `bigbench-${format}`,
    examples: shown.map(exampleFingerprint),
  };
}

const SHUFFLE_SEED = 42;

/**
 * The solved rows of a run, in the order to draw from (behaviour 11.4): shuffled with seed 42, then a sample of as many as
 * `numTest` prompts with `numInner` samples each need, at most all.
 */
export function drawGoldRows(
  rows: readonly Row[],
  {
    random,
    numTest,
    numInner = 2,
  }: { readonly random: PythonRandom; readonly numTest: number; readonly numInner?: number },
): Row[] {
  const shuffled = [...new NumpyGenerator(SHUFFLE_SEED).permutation(rows.length)].map((index) => rows[index]!);
  return random.sample(shuffled, Math.min(rows.length, numTest * numInner));
}

export interface BigBenchPipelineOptions extends Omit<BigBenchOptions, 'run'> {
  /** Rows to show solved, in the order to draw from; see {@link drawGoldRows}. */
  readonly goldRows: readonly Row[];
  /** Draws the solved rows of each prompt. */
  readonly random: PythonRandom;
  /** Solved rows per prompt (default 2). */
  readonly numInner?: number;
  /** Headings `Input 1` and `Input 2` for question and options (default false). */
  readonly unify?: boolean;
}

/**
 * Prompts of a base model with solved samples for a task with choices (behaviour 11.4).
 *
 * In compat mode the headings are put in by replacement in the finished text, as in the reference: equal option lines get the
 * labels of both samples, and quoted text in a question counts as options (Q52). By default each block is built from its
 * parts: `Question n: `, `Options n: `, `Answer n: `.
 *
 * @throws {PromptError} `PROMPT_CONTEXT_TOO_SMALL`, `PROMPT_TASK_UNSUPPORTED`
 */
export function* bigBenchPipelinePrompts(options: BigBenchPipelineOptions): Generator<PromptRow, void, undefined> {
  const { task, rows, goldRows, random, numInner = 2, format = 'closed', unify = false, compat = false } = options;
  if (goldRows.length < numInner) {
    throw new PromptError('PROMPT_CONTEXT_TOO_SMALL', {
      what: `${task.name} has ${goldRows.length} row(s) to show solved.`,
      why: `Each prompt shows ${numInner} different ones.`,
      fix: 'Use more rows, or show fewer.',
    });
  }
  const runOptions = { ...options, run: 'base' } as const;
  for (const row of rows) {
    const question = questionOf(task, row);
    const samples = random.sample(goldRows, numInner);
    const gold = samples.map((sample) => questionOf(task, sample));
    const text =
      compat || format !== 'closed'
        ? replacedHeadings(
            gold.map((sample) => filled(sample, format, 'gold', runOptions)),
            filled(question, format, 'question', runOptions),
            OPTIONS_ON_OWN_LINE.has(task.name),
            unify,
          )
        : builtBlocks(gold, question, unify);
    yield promptRow(task, format, question, text, [row, ...samples]);
  }
}

function builtBlocks(gold: readonly Question[], question: Question, unify: boolean): string {
  const [ask, choose] = unify ? ['Input 1', 'Input 2'] : ['Question', 'Options'];
  const block = (n: number | 'Solution', { text, shown }: Question): string =>
    `${ask} ${n}: ${text.trim()}\n${choose} ${n}: ${shown}\nAnswer ${n}:`;
  const samples = gold.map((sample, index) => `Example ${index + 1}:\n${block(index + 1, sample)} ${sample.label}\n\n`);
  return `${samples.join('')}Solution:\n${block('Solution', question)}`;
}

// Tasks whose stories hold quotations: only a quoted run at the start of a line is taken for options (behaviour 11.4).
const OPTIONS_ON_OWN_LINE: ReadonlySet<string> = new Set(['strange_stories']);

const collapse = (text: string): string => text.replaceAll('\n \n', '\n').replaceAll('\n\n', '\n');

function replacedHeadings(gold: readonly string[], question: string, afterNewline: boolean, unify: boolean): string {
  const quotedRuns = afterNewline ? /\n("[^\n]+")+/g : /("[^\n]+")+/g;
  const blocks = gold.map((text, index) => {
    const n = index + 1;
    const bare = collapse(
      text
        .replaceAll('Q: ', '')
        .replace(/ choice:[\s\S]*/, '')
        .replaceAll('Context: ', ''),
    );
    const named = bare
      .replaceAll('Answer Solution:', `Answer ${n}:`)
      .replaceAll('Question:', `Question ${n}:`)
      .replaceAll('Options:', `Options ${n}:`);
    return `Example ${n}:\n${named}`;
  });
  let samples = blocks.join('\n\n');
  const runs = [...samples.matchAll(quotedRuns)].map(([whole]) => whole.replace(/^\n/, ''));
  runs.forEach((run, index) => {
    samples = samples.replaceAll(run, () => `Options ${index + 1}: ${run}`);
  });
  samples = samples.replaceAll(' Options', 'Options');
  const main = collapse(question)
    .replaceAll('Question', 'Question Solution')
    .replace(/("[^\n]+")+/, (run) => `Options Solution: ${run}\nAnswer Solution:`);
  const text = `${samples}\n\nSolution:\n${main}`;
  return unify ? text.replaceAll('Question', 'Input 1').replaceAll('Options', 'Input 2') : text;
}
