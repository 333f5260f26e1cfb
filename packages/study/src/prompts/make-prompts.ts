import type { SplitUse } from '@flanlab/flan-datasets';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PythonRandom } from '@flanlab/random';
import {
  bigBenchPrompts,
  createPrompts,
  type PromptKind,
  type PromptRow,
  rowsToGenerate,
  trainTestSplit,
} from '@flanlab/samplegen';
import { loadRows } from './load-rows.js';

export interface MakePromptsOptions {
  readonly task: string;
  readonly kind: PromptKind;
  readonly use: SplitUse;
  /** Folder of the rows. */
  readonly data: string;
  readonly templates: TemplateCatalogue;
  /** One generator for all tasks of a run, as in the reference. */
  readonly random: PythonRandom;
  /** Training rows wanted; a fifth more is made for validation. All rows when left out, and for tests. */
  readonly num?: number;
  readonly numInner?: number;
  readonly compat?: boolean;
  /** Decides which rows are for validation. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Prompts of one task by split: `train` and `test` (validation) for training, `test` for tests. */
export type PromptSplits = Readonly<Record<string, readonly PromptRow[]>>;

/**
 * Makes the prompts of one task. Tasks with choices of their own (BIG-bench, gsm8k) have test prompts only.
 * @throws {PromptError} `PROMPT_TASK_UNSUPPORTED` and others; `DatasetError` for missing files and columns
 */
export async function makePrompts(options: MakePromptsOptions): Promise<PromptSplits> {
  const { kind, use, templates, random, num, numInner, compat = false, seed } = options;
  const { task, rows } = await loadRows(options);
  if (task.multipleChoice !== undefined && use === 'test') {
    const run = kind === 'gold-pipeline' ? 'base' : kind;
    return { test: [...bigBenchPrompts({ task, rows, run, templates, compat })] };
  }
  const wanted = use === 'train' && num !== undefined ? { num: rowsToGenerate(num) } : {};
  const prompts = [
    ...createPrompts({
      task,
      rows,
      kind,
      use,
      random,
      templates,
      compat,
      ...wanted,
      ...(numInner === undefined ? {} : { numInner }),
    }),
  ];
  if (use === 'test') return { test: prompts };
  const split = trainTestSplit(prompts.length, 0.2, seed);
  return {
    train: split.train.map((index) => prompts[index]!),
    test: split.test.map((index) => prompts[index]!),
  };
}
