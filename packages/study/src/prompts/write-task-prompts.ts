import { join } from 'node:path';
import { exists, hashBytes, writeJson, writeJsonLines } from '@flanlab/files';
import { findTaskIn, inferFeatures, type Row, writeDataset } from '@flanlab/flan-datasets';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import {
  loadChatTemplate,
  type PromptKind,
  type PromptRow,
  type PromptSeries,
  type PromptUse,
  toChatRow,
  toMessages,
} from '@flanlab/samplegen';
import { type MakePromptsOptions, makePrompts, type PromptSplits, type PromptVariants } from './make-prompts.js';
import { writePromptRecord } from './prompt-record.js';

/** The prompts of one task: all that a worker thread needs to know, as plain data. */
export interface PromptJob extends PromptVariants {
  readonly task: string;
  /** File of tasks of the user's own, which `task` may name. */
  readonly taskFile?: string | undefined;
  readonly kind: PromptKind;
  readonly use: PromptUse;
  readonly num?: number | undefined;
  readonly data: string;
  /** `builtin`, or a folder with a catalogue. */
  readonly templates: string;
  readonly seed: number;
  readonly compat: boolean;
  readonly format: 'arrow' | 'jsonl' | 'messages';
  /** Model folder whose chat template the prompts are put into. */
  readonly chatTemplate?: string | undefined;
  readonly out: string;
}

export interface PromptFile {
  readonly task: string;
  readonly split: string;
  readonly path: string;
  readonly rows: number;
}

/** The cut into training and validation rows; unseeded in the reference (Q35). */
const VALIDATION_SEED = 42;

/** The generator of one task, which no other task's draws move. */
export function taskRandom({ seed, task }: Pick<PromptJob, 'seed' | 'task'>): PythonRandom {
  return new PythonRandom(BigInt(`0x${hashBytes(`${seed}\n${task}`).slice(0, 16)}`));
}

/** Splits of a task in the order of its dataset folder. */
const SPLITS = ['train', 'validation', 'test'] as const;

/** The first step of making the prompts of one task: all that is read and drawn, by `draw` where it is given. */
export async function preparePromptSplits(
  job: PromptJob,
  templates: TemplateCatalogue,
  random: PythonRandom,
  draw?: MakePromptsOptions['draw'],
): Promise<PromptSplits> {
  const task = await findTaskIn(job.task, job.taskFile);
  return makePrompts({ ...job, task, templates, random, draw, seed: VALIDATION_SEED });
}

/** The second step: all that is made and written, split by split; splits of another use stay. */
export async function writePromptSplits(
  job: PromptJob,
  templates: TemplateCatalogue,
  made: PromptSplits,
): Promise<readonly PromptFile[]> {
  const { task, kind, use, format, out } = job;
  const chat = job.chatTemplate === undefined ? undefined : await loadChatTemplate(job.chatTemplate);
  const folder = join(out, kind, task);
  const write = async ([name, plain]: readonly [string, PromptSeries]): Promise<PromptFile> => {
    const prompts = chat === undefined ? plain : mapped(plain, (prompt) => toChatRow(prompt, chat));
    const split = use === 'train' && name === 'test' ? 'validation' : name;
    const path = join(folder, format === 'arrow' ? split : `${split}.jsonl`);
    if (format === 'arrow') await writePrompts(path, split, prompts);
    else await writeJsonLines(path, format === 'messages' ? mapped(prompts, toMessages) : prompts);
    return { task, split, path, rows: plain.length };
  };
  // Side by side: the prompts of one are made while the disk is busy with the other.
  const files = await allDone(Object.entries(made).map(write));
  if (format === 'arrow') {
    const present = await Promise.all(SPLITS.map((split) => exists(join(folder, split, 'state.json'))));
    await writeJson(join(folder, 'dataset_dict.json'), { splits: SPLITS.filter((_, index) => present[index]) });
  }
  await writePromptRecord(folder, job, { templates, files });
  return files;
}

async function writePrompts(path: string, split: string, prompts: Iterable<PromptRow>): Promise<void> {
  const rows = prompts as Iterable<unknown> as Iterable<Row>;
  // All prompts of a task have the types of its first.
  const [first] = rows;
  await writeDataset(path, rows, { features: inferFeatures(first ? [first] : []), split, replace: true });
}

/** The results of all; the first error when none goes on any more. */
async function allDone<Result>(work: readonly Promise<Result>[]): Promise<readonly Result[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Made anew at each turn, as they are. */
function mapped<Item, Result>(items: Iterable<Item>, map: (item: Item) => Result): Iterable<Result> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield map(item);
    },
  };
}
