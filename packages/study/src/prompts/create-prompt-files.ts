import { embeddedDataDir, findTaskIn } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { PromptError, type PromptKind, type PromptUse } from '@flanlab/samplegen';
import type { PromptVariants } from './make-prompts.js';
import { runPromptJobs } from './run-prompt-jobs.js';
import type { PromptFile, PromptJob } from './write-task-prompts.js';

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
  /**
   * Threads, the calling one among them: at most one for each task. When left out, one for each core, once the work has lasted a
   * while. The files are the same whatever their number.
   */
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
  const { tasks, data = embeddedDataDir(), compat = false, workers, signal, ...rest } = options;
  checkCounts(options);
  for (const task of tasks) await findTaskIn(task, rest.taskFile);
  const templates = rest.templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(rest.templates);
  const jobs = [...new Set(tasks)].map((task): PromptJob => ({ ...rest, task, data, compat }));
  // Tasks that draw before their rows are read cannot go on without each other.
  const drawsFirst =
    (rest.adversarial === 'same_cat_as_target' && rest.adversarialTask === undefined) || rest.goldSamples;
  return runPromptJobs(jobs, {
    threads: workers,
    templates,
    random: compat ? new PythonRandom(rest.seed) : undefined,
    inOrder: compat && Boolean(drawsFirst),
    signal,
  });
}

function checkCounts({ tasks, use, num, workers, goldSamples }: CreatePromptFilesOptions): void {
  const counts = { tasks: tasks.length, num: use === 'train' ? num : undefined, workers, goldSamples };
  for (const [name, value] of Object.entries(counts)) {
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    const [what, why] =
      name === 'tasks'
        ? ['without tasks', 'No task was named.']
        : [`with ${name} = ${value}`, 'It has to be a whole number from 1 up.'];
    const message = { what: `Prompts cannot be made ${what}.`, why, fix: 'Correct the option, or leave it out.' };
    throw new PromptError('PROMPT_OPTION_INVALID', message, { kind: 'usage' });
  }
}
