import { join } from 'node:path';
import { exists, hashFile, hashJson, readJson, writeJson } from '@flanlab/files';
import { embeddedDataDir } from '@flanlab/flan-datasets';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PromptFile, PromptJob } from './write-task-prompts.js';

/** How the prompts of one task were made: lies beside them, so that a mixture can say where its rows come from. */
export interface PromptRecord extends Omit<PromptJob, 'out' | 'data'> {
  /** Folder of the rows; the embedded ones when left out. */
  readonly data?: string;
  /** Hash of the templates used; the folder's name says nothing of what is in it. */
  readonly templatesSha256: string;
  /** Hash of the file of the user's own tasks, where one was named. */
  readonly taskFileSha256?: string;
  readonly splits: Readonly<Record<string, number>>;
}

const recordPath = (folder: string, use: string): string => join(folder, `prompts-${use}.json`);

const hashes = new WeakMap<TemplateCatalogue, string>();

/** All tasks of a run share one catalogue. */
function catalogueHash(templates: TemplateCatalogue): string {
  const hash = hashes.get(templates) ?? hashJson(templates);
  hashes.set(templates, hash);
  return hash;
}

/** Writes the record of a job beside its files, as `prompts-<use>.json`. */
export async function writePromptRecord(
  folder: string,
  { out: _, data, ...job }: PromptJob,
  { templates, files }: { readonly templates: TemplateCatalogue; readonly files: readonly PromptFile[] },
): Promise<void> {
  const splits = Object.fromEntries(files.map(({ split, rows }) => [split, rows]));
  const rows = data === embeddedDataDir() ? {} : { data };
  const ownTasks = job.taskFile === undefined ? {} : { taskFileSha256: await hashFile(job.taskFile) };
  const record: PromptRecord = { ...job, ...rows, templatesSha256: catalogueHash(templates), ...ownTasks, splits };
  await writeJson(recordPath(folder, job.use), record);
}

/** The record of a task's prompts, where there is one. */
export async function readPromptRecord(folder: string, use: 'train' | 'test'): Promise<PromptRecord | undefined> {
  const path = recordPath(folder, use);
  return (await exists(path)) ? ((await readJson(path)) as PromptRecord) : undefined;
}

/** The command that makes the same prompts again. */
export function promptsCommand(record: PromptRecord): string {
  const flags: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ['tasks', record.task],
    ['kind', record.kind],
    ['for', record.use === 'train' ? 'train+val' : 'test'],
    ['num', record.num],
    ['seed', record.seed],
    ['task-file', record.taskFile],
    ['data', record.data],
    ['templates', record.templates],
    ['num-inner', record.numInner],
    ['format', record.format],
    ['chat-template', record.chatTemplate],
    ['bigbench-format', record.bigBenchFormat],
    ['gold-samples', record.goldSamples],
    ['unify', record.unify],
    ['corrupt', record.corrupt],
    ['without-answer', record.withoutAnswer],
    ['option-letters', record.letters === false],
    ['adversarial', record.adversarial],
    ['adversarial-task', record.adversarialTask],
    ['adversarial-mixture', record.adversarialMixture],
    ['compat', record.compat],
  ];
  const given = flags.flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
  return ['flanlab prompts create', ...given].join(' ');
}
