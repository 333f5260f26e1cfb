import { join } from 'node:path';
import { embeddedDataDir, findTask, type Row, writeDatasetDict, writeRows } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import type { PromptKind, PromptRow, PromptUse } from '@flanlab/samplegen';
import { makePrompts } from './make-prompts.js';

export interface CreatePromptFilesOptions {
  readonly tasks: readonly string[];
  readonly kind: PromptKind;
  readonly use: PromptUse;
  /** Training rows wanted of each task; all rows when left out. */
  readonly num?: number | undefined;
  readonly numInner?: number | undefined;
  /** Folder of `<task>/<split>` in any format; the embedded rows when left out. */
  readonly data?: string | undefined;
  /** `builtin`, or a folder with a catalogue. */
  readonly templates: string;
  /** Seed of the one generator that all tasks draw from, in order. */
  readonly seed: number;
  readonly compat?: boolean;
  readonly format: 'arrow' | 'jsonl';
  readonly out: string;
  readonly signal?: AbortSignal;
}

export interface PromptFile {
  readonly task: string;
  readonly split: string;
  readonly path: string;
  readonly rows: number;
}

/** The cut into training and validation rows; unseeded in the reference (Q35). */
const VALIDATION_SEED = 42;

/**
 * Makes the prompts of tasks and writes them as `<out>/<kind>/<task>/<split>`. All tasks are checked before the first file
 * is written.
 * @returns the files, in the order written
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, …; `PromptError`; `TemplateError`; `FilesError`
 */
export async function createPromptFiles(options: CreatePromptFilesOptions): Promise<readonly PromptFile[]> {
  const { tasks, kind, use, num, numInner, data = embeddedDataDir(), compat = false, format, out, signal } = options;
  for (const task of tasks) findTask(task);
  const templates = options.templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(options.templates);
  const random = new PythonRandom(options.seed);
  const files: PromptFile[] = [];
  for (const task of tasks) {
    const splits = await makePrompts({
      task,
      kind,
      use,
      data,
      templates,
      random,
      compat,
      seed: VALIDATION_SEED,
      ...(num === undefined ? {} : { num }),
      ...(numInner === undefined ? {} : { numInner }),
      ...(signal === undefined ? {} : { signal }),
    });
    const folder = join(out, kind, task);
    if (format === 'arrow' && use === 'train') {
      await writeDatasetDict(folder, splits as unknown as Readonly<Record<string, readonly Row[]>>, { replace: true });
    }
    for (const [split, rows] of Object.entries(splits)) {
      const path = join(folder, format === 'jsonl' ? `${split}.jsonl` : split);
      if (format === 'jsonl' || use === 'test') await writeRows(path, asRows(rows));
      files.push({ task, split, path, rows: rows.length });
    }
  }
  return files;
}

const asRows = (prompts: readonly PromptRow[]): readonly Row[] => prompts as readonly unknown[] as readonly Row[];
