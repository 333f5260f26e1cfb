import type { Row, TaskSpec } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, bigBenchFormat, type TemplateCatalogue } from '@flanlab/prompt-templates';
import { fillQuestion, type Question, questionOf } from './bigbench-question.js';
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
  /** `closed` (default), `closed-adv`, `adv`, `plain`, `open`, `bad-prompt-1` to `6`; with `-translated` in Gaelic. */
  readonly format?: string;
  readonly templates?: TemplateCatalogue;
  readonly compat?: boolean;
}

/** Only the reference's bad prompts trim their questions. */
export function keepsEnd(format: string, compat: boolean): boolean {
  return compat && !format.startsWith('bad-prompt');
}

/**
 * Direct prompts of a task with choices (behaviour 11.4), in row order. All formats that the catalogue has can be used; the
 * reference fails on `plain`, `closed-adv` and `open` (Q49).
 *
 * @throws {PromptError} `PROMPT_TASK_UNSUPPORTED`; `TemplateError` `TEMPLATE_FRAME_UNKNOWN` for an unknown format
 */
export function* bigBenchPrompts(options: BigBenchOptions): Generator<PromptRow, void, undefined> {
  const { task, rows, run, format = 'closed', templates = BUILTIN_CATALOGUE, compat = false } = options;
  const frames = parseFrames(templates.frames);
  const { question: source, numbering } = bigBenchFormat(templates, format);
  const how = { id: `bigbench-${format}`, numbering, untrimmed: keepsEnd(format, compat) };
  for (const row of rows) {
    const question = questionOf(task, row);
    const plain = fillQuestion(source, question, how);
    const frame = run === 'samplegen' ? frames.samplegenSystem : frames.bigbenchRegular;
    const text = run === 'base' ? plain : instruct(frame, plain).text;
    yield bigBenchRow(task, format, question, text, [row]);
  }
}

/** A test row with nothing to learn. */
export function bigBenchRow(
  task: TaskSpec,
  format: string,
  question: Question,
  text: string,
  shown: readonly Row[],
): PromptRow {
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
