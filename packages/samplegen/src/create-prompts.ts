import { partitionIndices, type Row, type TaskSpec } from '@flanlab/flan-datasets';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PythonRandom } from '@flanlab/random';
import { type DrawNeeds, drawPrompts, type PromptDraws } from './draw-prompts.js';
import { PromptError } from './errors.js';
import { PromptMaker } from './prompt-maker.js';
import type { PromptKind, PromptRow, PromptUse } from './prompt-row.js';

export interface CreatePromptsOptions {
  readonly task: TaskSpec;
  /** All normalised rows of the split, in stored order. SampleGen training data shuffles and halves them itself. */
  readonly rows: readonly Row[];
  readonly kind: PromptKind;
  /** Gold-pipeline prompts exist for tests only. */
  readonly use: PromptUse;
  /** Draws, for each row, the template and then (SampleGen training) the samples. The reference seeds it with 12345, once for all tasks. */
  readonly random: PythonRandom;
  /** The built-in wording when left out. */
  readonly templates?: TemplateCatalogue;
  /** At most this many prompts; all rows when left out. See {@link rowsToGenerate} for the reference's surplus. */
  readonly num?: number;
  /** Samples shown in a SampleGen training row (default 2). */
  readonly numInner?: number;
  /** Only the first so many templates of a task are drawn (default 5, as in the reference). */
  readonly eligibleTemplates?: number;
  /** Byte for byte the reference, quirks included (default false). */
  readonly compat?: boolean;
  /** Letter keys become option text (default true). */
  readonly letters?: boolean;
  /** Headings `Input 1`, `Input 2`, … (default false). */
  readonly unify?: boolean;
  /** Blank samples and solution fields (default false). */
  readonly corrupt?: boolean;
  /** SampleGen training rows end without an answer (default false); `labels` keeps it. */
  readonly withoutAnswer?: boolean;
  /** Samples from another task (adversarial): its rows as a whole, not halved. Draws one template of that task per row. */
  readonly context?: { readonly task: TaskSpec; readonly rows: readonly Row[] };
  /**
   * Samples from what other prompts solve (adversarial, Q33): SampleGen training rows, such as the test part of a finished mixture. Those of
   * the task itself and those that solve nothing are passed over. Not with `context` or `corrupt`.
   */
  readonly contextPrompts?: readonly PromptRow[];
}

/** {@link CreatePromptsOptions} without the draws. */
export type PromptOptions = Omit<CreatePromptsOptions, 'random'>;

/** Prompts that are made when they are asked for, in any order; a list of them is one too. */
export interface PromptSeries extends Iterable<PromptRow> {
  readonly length: number;
  at(index: number): PromptRow | undefined;
}

/** Prompts of which all is known but what is drawn. */
export interface PreparedPrompts {
  readonly needs: DrawNeeds;
  readonly with: (draws: PromptDraws) => PromptSeries;
}

/**
 * Makes the prompts of one task in order, one at a time; all that is drawn is drawn before the first.
 *
 * Differences of the default mode from `compat` (numbers are the reference's quirks): values are never formatted twice, so
 * no doubled quotes or spaces (Q22); options are shown in every block, copa, dpr_raw and wic included (Q23); a field that is
 * the answer is not shown among the inputs (Q24); headings are built without numbers where the reference deletes
 * numbers from the finished text, values included (Q31).
 *
 * @throws {PromptError} `PROMPT_OPTION_INVALID`, `PROMPT_TASK_UNSUPPORTED` (a task without instruction templates),
 * `PROMPT_CONTEXT_TOO_SMALL`, `PROMPT_FRAME_INVALID`; `TemplateError` for slots that the task does not provide;
 * `DatasetError` for values that do not fit the task
 */
export function* createPrompts(options: CreatePromptsOptions): Generator<PromptRow, void, undefined> {
  const prepared = preparePrompts(options);
  yield* prepared.with(drawPrompts(prepared.needs, options.random));
}

/**
 * The prompts of {@link createPrompts} in two steps, for those who draw elsewhere ({@link drawPrompts}) or want the prompts in
 * another order.
 * @throws as createPrompts does; errors of single rows come when the prompt is made
 */
export function preparePrompts(options: PromptOptions): PreparedPrompts {
  const { task, rows, kind, use } = options;
  check(options);
  const halves = kind === 'samplegen' && use === 'train' ? partitionIndices(rows.length) : undefined;
  const size = halves?.main.length ?? rows.length;
  if (size === 0) throw noRows(task, halves !== undefined);
  const maker = new PromptMaker(options, halves);
  const length = Math.min(options.num ?? size, size);
  return {
    needs: maker.needs(length),
    with: (draws) => ({
      length,
      at: (index) => (index < length ? maker.make(index, draws) : undefined),
      *[Symbol.iterator]() {
        for (let i = 0; i < length; i++) yield maker.make(i, draws);
      },
    }),
  };
}

function check({ kind, use, num, numInner, eligibleTemplates, ...more }: PromptOptions): void {
  if (more.contextPrompts && (more.context || more.corrupt)) {
    throw invalid(
      `contextPrompts and ${more.context ? 'context' : 'corrupt'}`,
      more.context ? 'Both say where samples come from.' : 'Corrupt samples show nothing of their rows.',
      'Give one of the two.',
    );
  }
  if (kind === 'gold-pipeline' && use === 'train') {
    throw invalid(
      'gold-pipeline prompts for training',
      'They hold no answer, so there is nothing to learn.',
      'Use the kind samplegen, or ask for test prompts.',
    );
  }
  for (const [name, value, least] of [
    ['num', num, 0],
    ['numInner', numInner, 1],
    ['eligibleTemplates', eligibleTemplates, 1],
  ] as const) {
    if (value === undefined || (Number.isInteger(value) && value >= least)) continue;
    throw invalid(`${name} = ${value}`, `It has to be a whole number from ${least} up.`, 'Correct the option.');
  }
}

function invalid(what: string, why: string, fix: string): PromptError {
  return new PromptError(
    'PROMPT_OPTION_INVALID',
    { what: `Prompts cannot be made with ${what}.`, why, fix },
    { kind: 'usage' },
  );
}

function noRows(task: TaskSpec, halved: boolean): PromptError {
  return new PromptError('PROMPT_SOURCE_EMPTY', {
    what: `There are no rows of ${task.name} to make prompts from.`,
    why: halved ? 'Half of the rows serve as samples, and the other half is empty.' : 'The data set is empty.',
    fix: 'Check the data folder and the split.',
  });
}
