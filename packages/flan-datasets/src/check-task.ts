import { embeddedDataDir } from './embedded.js';
import { DatasetError } from './errors.js';
import { findTask } from './find-task.js';
import { type LoadTaskOptions, loadTask, locateSplit } from './load-task.js';
import { normaliseRow } from './normalise.js';
import { splitFor, storedSplit } from './splits.js';
import type { Mode, TaskSpec } from './task-spec.js';
import { viewRow } from './view-row.js';

/** A row that cannot be used. */
export interface RowProblem {
  /** Its number among the published rows, from 1. */
  readonly row: number;
  readonly code: string;
  readonly message: string;
}

/** What {@link checkTask} found in one split of a task. */
export interface TaskCheck {
  readonly task: string;
  readonly split: string;
  /** Published rows. */
  readonly read: number;
  /** Rows that become examples; the others were left out by the task's filter, or are broken. */
  readonly kept: number;
  readonly leftOut: number;
  readonly broken: number;
  /** The first broken rows. */
  readonly problems: readonly RowProblem[];
  /** The most frequent answers, with their counts. */
  readonly labels: readonly (readonly [label: string, count: number])[];
  /** Different answers; counting stops at 100,000. */
  readonly differentLabels: number;
  readonly warnings: readonly string[];
}

const MOST_PROBLEMS = 10;
const MOST_LABELS = 10;
const MOST_COUNTED = 100_000;

/**
 * Reads a whole split, normalises and shows every row, and goes on where one is broken.
 * @throws {DatasetError} when the split cannot be found or its file not be read
 */
export async function checkTask(
  task: string | TaskSpec,
  options: Omit<LoadTaskOptions, 'raw' | 'random'>,
): Promise<TaskCheck> {
  const spec = typeof task === 'string' ? findTask(task) : task;
  const mode: Mode = { compat: options.compat ?? false };
  const problems: RowProblem[] = [];
  const labels = new Map<string, number>();
  let read = 0;
  let kept = 0;
  let broken = 0;
  for await (const row of loadTask(spec, { ...options, raw: true })) {
    read += 1;
    try {
      const normalised = normaliseRow(spec, row, mode);
      if (normalised === undefined) continue;
      const label = String(viewRow(spec, normalised, mode).label);
      kept += 1;
      if (labels.has(label) || labels.size < MOST_COUNTED) labels.set(label, (labels.get(label) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      broken += 1;
      if (problems.length < MOST_PROBLEMS)
        problems.push({ row: read, code: error.code, message: `${error.what} ${error.why}` });
    }
  }
  const counts = [...labels].sort(([, a], [, b]) => b - a);
  return {
    task: spec.name,
    split: storedSplit(spec, options.split),
    read,
    kept,
    leftOut: read - kept - broken,
    broken,
    problems,
    labels: counts.slice(0, MOST_LABELS),
    differentLabels: labels.size,
    warnings: [...warningsOf(spec, counts, kept), ...(await sharedFileWarnings(spec, options))],
  };
}

/** What the reference does without a word (Q9, Q13). */
function warningsOf(spec: TaskSpec, counts: readonly (readonly [string, number])[], kept: number): readonly string[] {
  const warnings: string[] = [];
  const { train, test } = spec.splits;
  if (spec.prompt.options !== null && kept > 1 && counts.length === 1)
    warnings.push(`Every row has the same answer, ${JSON.stringify(counts[0]![0])}: the file may be sorted by label.`);
  if (storedSplit(spec, train) === storedSplit(spec, test))
    warnings.push(`Training and test rows both come from the split ${storedSplit(spec, test)}.`);
  if (kept === 0) warnings.push('No row can be used.');
  return warnings;
}

/** A task downloaded by hand as one file, without a name for each split, trains and tests on the same rows (Q13). */
async function sharedFileWarnings(
  task: TaskSpec,
  { source = embeddedDataDir(), compat = false }: Pick<LoadTaskOptions, 'source' | 'compat'>,
): Promise<readonly string[]> {
  if (task.source.kind !== 'manual' || task.source.file.includes('{split}') || typeof source !== 'string') return [];
  const [train, test] = await Promise.all(
    (['train', 'test'] as const).map((use) => locateSplit(task, { split: splitFor(task, use, { compat }), source })),
  );
  return train !== undefined && train === test ? [`Training and test rows are the same: one file, ${train}.`] : [];
}
