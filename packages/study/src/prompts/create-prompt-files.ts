import { embeddedDataDir, findTaskIn } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import type { PromptKind, PromptUse } from '@flanlab/samplegen';
import { throwIfInterrupted } from '../errors.js';
import type { PromptVariants } from './make-prompts.js';
import { runPromptJobs } from './run-prompt-jobs.js';
import {
  type PromptFile,
  type PromptJob,
  preparePromptSplits,
  taskRandom,
  writePromptSplits,
} from './write-task-prompts.js';

export interface CreatePromptFilesOptions extends PromptVariants {
  readonly tasks: readonly string[];
  /** File of tasks of the user's own, which `tasks` may name. */
  readonly taskFile?: string | undefined;
  readonly kind: PromptKind;
  readonly use: PromptUse;
  /** Training rows wanted of each task; all rows when left out. */
  readonly num?: number | undefined;
  /** Folder of `<task>/<split>` in any format; the embedded rows when left out. */
  readonly data?: string | undefined;
  /** `builtin`, or a folder with a catalogue. */
  readonly templates: string;
  /** Decides, with a task's name, what the task draws. In compat mode one generator serves all tasks, in their order. */
  readonly seed: number;
  readonly compat?: boolean;
  /** `messages`: JSON Lines of chats, with a list of roles and texts in each row. */
  readonly format: 'arrow' | 'jsonl' | 'messages';
  /** Model folder whose chat template the prompts are put into; not with `messages`. */
  readonly chatTemplate?: string | undefined;
  readonly out: string;
  /** Worker threads (default 1): at most one for each task. The files are the same whatever their number. */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Makes the prompts of tasks and writes them as `<out>/<kind>/<task>/<split>`: `train` and `validation` for training, `test`
 * for tests. What was made for another use stays. All tasks are checked before the first file is written.
 *
 * @returns the files, in the order of the tasks
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, …; `PromptError`; `TemplateError`; `FilesError`
 */
export async function createPromptFiles(options: CreatePromptFilesOptions): Promise<readonly PromptFile[]> {
  const { tasks, data = embeddedDataDir(), compat = false, workers = 1, signal, ...rest } = options;
  for (const task of tasks) await findTaskIn(task, rest.taskFile);
  const templates = rest.templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(rest.templates);
  const jobs = [...new Set(tasks)].map((task): PromptJob => ({ ...rest, task, data, compat }));
  const shared = new PythonRandom(rest.seed);
  // Which task lends adversarial samples is drawn before its rows are read, so that tasks cannot go on without each other.
  const inOrder = compat && rest.adversarial === 'same_cat_as_target' && rest.adversarialTask === undefined;
  if (workers > 1 && jobs.length > 1 && !inOrder) {
    const random = compat ? shared : undefined;
    return (await runPromptJobs(jobs, { workers, templates, random, signal })).flat();
  }
  const files: PromptFile[] = [];
  let writing: Promise<readonly PromptFile[]> = Promise.resolve([]);
  try {
    for (const job of jobs) {
      throwIfInterrupted(signal);
      // The rows of a task are read while the disk is busy with the task before.
      const splits = await preparePromptSplits(job, templates, compat ? shared : taskRandom(job));
      files.push(...(await writing));
      writing = writePromptSplits(job, templates, splits);
      writing.catch(() => {}); // Thrown where it is awaited.
    }
    files.push(...(await writing));
  } finally {
    // Nothing goes on after an error.
    await writing.catch(() => {});
  }
  return files;
}
