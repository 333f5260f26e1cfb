import type { Row } from '@flanlab/flan-datasets';
import { type BigBenchFormat, BUILTIN_CATALOGUE, bigBenchFormat, TemplateError } from '@flanlab/prompt-templates';
import { NumpyGenerator, type PythonRandom } from '@flanlab/random';
import { type BigBenchOptions, bigBenchRow, keepsEnd } from './bigbench.js';
import { fillQuestion, type Question, questionOf, shownChoices } from './bigbench-question.js';
import { PromptError } from './errors.js';
import type { PromptRow } from './prompt-row.js';
import { replacedHeadings, type TranslatedHeadings, translatedHeadings } from './replaced-headings.js';

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

const TRANSLATED = '-translated';

/**
 * Prompts of a base model with solved samples for a task with choices (behaviour 11.4). A format that ends in
 * `-translated` brings Gaelic headings (behaviour 11.5).
 *
 * In compat mode the headings are put in by replacement in the finished text, as in the reference: equal option lines get the
 * labels of both samples, and quoted text in a question counts as options (Q52); bad prompts show samples without answers
 * (Q53). By default each block is built from its parts: `Question n: `, `Options n: `, `Answer n: ` where the format is a
 * question with choices, else the format's wording and `Answer n: `.
 *
 * @throws {PromptError} `PROMPT_CONTEXT_TOO_SMALL`, `PROMPT_TASK_UNSUPPORTED`; `TemplateError` `TEMPLATE_FRAME_UNKNOWN`
 * for an unknown format, and in compat mode for one without a form for solved samples
 */
export function* bigBenchPipelinePrompts(options: BigBenchPipelineOptions): Generator<PromptRow, void, undefined> {
  const { task, rows, goldRows, random, numInner = 2, format: name = 'closed' } = options;
  if (goldRows.length < numInner) {
    throw new PromptError('PROMPT_CONTEXT_TOO_SMALL', {
      what: `${task.name} has ${goldRows.length} row(s) to show solved.`,
      why: `Each prompt shows ${numInner} different ones.`,
      fix: 'Use more rows, or show fewer.',
    });
  }
  const build = builder(options, name);
  for (const row of rows) {
    const question = questionOf(task, row);
    const samples = random.sample(goldRows, numInner);
    const text = build(
      samples.map((sample) => questionOf(task, sample)),
      question,
    );
    yield bigBenchRow(task, name, question, text, [row, ...samples]);
  }
}

type Builder = (gold: readonly Question[], question: Question) => string;

function builder(options: BigBenchPipelineOptions, name: string): Builder {
  const { task, templates = BUILTIN_CATALOGUE, unify = false, compat = false } = options;
  const format = bigBenchFormat(templates, name);
  const headings = translatedHeadings(name.endsWith(TRANSLATED) ? 'gaelic' : 'english');
  const how = { id: `bigbench-${name}`, numbering: format.numbering, untrimmed: keepsEnd(name, compat) };
  if (!compat || format.numbering !== undefined || !format.question.includes('{options}')) {
    return blocks(format, headings, unify, (question) => fillQuestion(format.question, question, how));
  }
  const { gold } = format;
  if (gold === undefined) throw noGold(name, templates.source);
  return (samples, question) =>
    replacedHeadings(
      samples.map((sample) => fillQuestion(gold, sample, how)),
      fillQuestion(format.question, question, how),
      { optionsOnOwnLine: OPTIONS_ON_OWN_LINE.has(task.name), unify, translated: name.endsWith(TRANSLATED) },
    );
}

// Tasks whose stories hold quotations: only a quoted run at the start of a line is taken for options (behaviour 11.4).
const OPTIONS_ON_OWN_LINE: ReadonlySet<string> = new Set(['strange_stories']);

/** A wording that is a heading, the question, and the choices if any: its parts get headings of their own. */
const PARTS = /^(\S+): \{question\}(?:\n\{(?:numbered_)?options\})?$/;

function blocks(
  { question: source, numbering }: BigBenchFormat,
  { example, solution, answer, options, of }: TranslatedHeadings,
  unify: boolean,
  worded: (question: Question) => string,
): Builder {
  const heading = PARTS.exec(source)?.[1];
  const [ask, choose] = unify ? ['Input 1', 'Input 2'] : [heading ?? '', options];
  const offers = source.includes('options}');
  const block = (n: number | 'solution', question: Question): string => {
    const parts =
      heading === undefined
        ? [worded(question)]
        : [
            `${of(ask, n)}: ${question.text.trim()}`,
            ...(offers ? [`${of(choose, n)}: ${shownChoices(question, numbering)}`] : []),
          ];
    return [...parts, `${of(answer, n)}:`].join('\n');
  };
  return (gold, question) => {
    const samples = gold.map(
      (sample, index) => `${example} ${index + 1}:\n${block(index + 1, sample)} ${sample.label}\n\n`,
    );
    return `${samples.join('')}${solution}:\n${block('solution', question)}`;
  };
}

function noGold(name: string, source: string): TemplateError {
  return new TemplateError(
    'TEMPLATE_FRAME_UNKNOWN',
    {
      what: `The BIG-bench format "${name}" has no form for solved samples.`,
      why: `The catalogue (${source}) has no bigbench-…-samplegen template for it.`,
      fix: 'Use the format closed, or leave compat out: solved samples are then built from their parts.',
    },
    { kind: 'usage' },
  );
}
