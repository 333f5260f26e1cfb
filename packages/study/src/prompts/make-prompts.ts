import type { SplitUse, TaskSpec } from '@flanlab/flan-datasets';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PythonRandom } from '@flanlab/random';
import {
  bigBenchPipelinePrompts,
  bigBenchPrompts,
  type CreatePromptsOptions,
  type DrawNeeds,
  drawGoldRows,
  drawOtherTask,
  drawPrompts,
  type PromptDraws,
  type PromptKind,
  type PromptRow,
  type PromptSeries,
  preparePrompts,
  rowsToGenerate,
  trainTestSplit,
} from '@flanlab/samplegen';
import { StudyError } from '../errors.js';
import { loadRows } from './load-rows.js';
import { readSplit } from './read-split.js';

/**
 * Where adversarial samples come from: a task of another cluster of the same category, or what the validation part of a finished
 * SampleGen mixture solves, other tasks only (Q3, Q33).
 */
export const ADVERSARIAL = ['same_cat_as_target', 'same_cat_as_training'] as const;

export type Adversarial = (typeof ADVERSARIAL)[number];

/** Variants of prompts. */
export interface PromptVariants {
  /** Samples shown in a SampleGen training row (default 2). */
  readonly numInner?: number | undefined;
  /** Headings `Input 1`, `Input 2`, … (default false). */
  readonly unify?: boolean | undefined;
  /** Blank samples and solution fields (default false). */
  readonly corrupt?: boolean | undefined;
  /** SampleGen training rows end without an answer (default false). */
  readonly withoutAnswer?: boolean | undefined;
  /** Letter keys become option text (default true). */
  readonly letters?: boolean | undefined;
  /** Samples of SampleGen training rows come from elsewhere (behaviour 6.5); see {@link ADVERSARIAL}. */
  readonly adversarial?: Adversarial | undefined;
  /** The task that lends them for `same_cat_as_target`; drawn when left out, as in the study. */
  readonly adversarialTask?: string | undefined;
  /** Folder of the finished SampleGen mixture, for `same_cat_as_training`. */
  readonly adversarialMixture?: string | undefined;
  /** Solved rows before each gold-pipeline test prompt of a task with choices of its own (default none; behaviour 11.4). */
  readonly goldSamples?: number | undefined;
  /** How to put tasks with choices of their own (default `closed`). */
  readonly bigBenchFormat?: string | undefined;
}

export interface MakePromptsOptions extends PromptVariants {
  /** A task, or the name of one of the table. */
  readonly task: string | TaskSpec;
  readonly kind: PromptKind;
  readonly use: SplitUse;
  /** Folder of the rows. */
  readonly data: string;
  readonly templates: TemplateCatalogue;
  /** One generator for all tasks of a run, as in the reference. */
  readonly random: PythonRandom;
  /** Draws in place of `random` what the prompts need; what lends adversarial samples has to be named then. */
  readonly draw?: ((needs: DrawNeeds) => Promise<PromptDraws>) | undefined;
  /** Training rows wanted; a fifth more is made for validation. All rows when left out, and for tests. */
  readonly num?: number | undefined;
  readonly compat?: boolean;
  /** Decides which rows are for validation. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Prompts of one task by split: `train` and `test` (validation) for training, `test` for tests. Each is made when asked for. */
export type PromptSplits = Readonly<Record<string, PromptSeries>>;

/**
 * Reads the rows of one task and draws what its prompts need. Tasks with choices of their own (BIG-bench, gsm8k) have test prompts only.
 * @throws {PromptError} `PROMPT_TASK_UNSUPPORTED` and others; `DatasetError` for missing files and columns
 */
export async function makePrompts(options: MakePromptsOptions): Promise<PromptSplits> {
  const { use, num, seed } = options;
  const training = use === 'train' && num !== undefined;
  const prompts = await promptsInOrder({ ...options, num: training ? rowsToGenerate(num) : undefined });
  if (use === 'test') return { test: prompts };
  const split = trainTestSplit(prompts.length, 0.2, seed);
  return { train: reordered(prompts, split.train), test: reordered(prompts, split.test) };
}

function reordered(prompts: PromptSeries, order: readonly number[]): PromptSeries {
  const at = (index: number): PromptRow | undefined => prompts.at(order[index] ?? prompts.length);
  return {
    length: order.length,
    at,
    *[Symbol.iterator]() {
      for (const index of order) yield prompts.at(index)!;
    },
  };
}

/** At most `num` prompts of one task, in the order of its rows. */
export async function promptsInOrder(options: Omit<MakePromptsOptions, 'seed'>): Promise<PromptSeries> {
  const { kind, use, templates, random, num, compat = false, bigBenchFormat: format } = options;
  // Training SampleGen shuffles all rows of a task before it takes some.
  const limit = kind === 'samplegen' && use === 'train' ? undefined : num;
  const { task, rows } = await loadRows({ ...options, limit });
  if (task.multipleChoice !== undefined && use === 'test') {
    const how = { task, rows: rows.slice(0, num), templates, compat, ...given({ format }) } as const;
    if (kind !== 'gold-pipeline') return [...bigBenchPrompts({ ...how, run: kind })];
    const { goldSamples: numInner } = options;
    if (numInner === undefined) return [...bigBenchPrompts({ ...how, run: 'base' })];
    const { rows: lending } = await loadRows({ ...options, task, use: 'train' });
    const goldRows = drawGoldRows(lending, { random, numTest: how.rows.length, numInner });
    return [...bigBenchPipelinePrompts({ ...how, goldRows, random, numInner, ...given({ unify: options.unify }) })];
  }
  const samples = kind === 'samplegen' && use === 'train' ? await adversarialSamples(task, options) : {};
  const { numInner, unify, corrupt, withoutAnswer, letters } = options;
  const variants = given({ num, numInner, unify, corrupt, withoutAnswer, letters, ...samples });
  const prepared = preparePrompts({ task, rows, kind, use, templates, compat, ...variants });
  const draws = options.draw ? await options.draw(prepared.needs) : drawPrompts(prepared.needs, random);
  return prepared.with(draws);
}

/** What lends adversarial samples, where these are wanted. */
async function adversarialSamples(
  task: TaskSpec,
  { adversarial, adversarialTask, adversarialMixture, ...options }: Omit<MakePromptsOptions, 'seed'>,
): Promise<Pick<CreatePromptsOptions, 'context' | 'contextPrompts'>> {
  if (adversarial === undefined) return {};
  if (adversarial === 'same_cat_as_target') {
    const other = adversarialTask ?? drawOtherTask(task, options.random);
    return { context: await loadRows({ ...options, task: other, use: 'train' }) };
  }
  if (adversarialMixture === undefined) throw needsMixture(task);
  const rows: readonly unknown[] = await readSplit(adversarialMixture, 'test');
  return { contextPrompts: rows as readonly PromptRow[] };
}

function needsMixture({ name }: TaskSpec): StudyError {
  return new StudyError(
    'STUDY_MIXTURE_MISSING',
    {
      what: `There are no samples for the prompts of ${name}.`,
      why: 'same_cat_as_training takes them from the validation part of a finished SampleGen mixture, and none was named.',
      fix: 'Name its folder with --adversarial-mixture, or use --adversarial same_cat_as_target.',
    },
    { kind: 'usage' },
  );
}

/** Without the options that were left out. */
function given<Options extends object>(options: Options): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Options]?: NonNullable<Options[Name]> };
}
