import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '@flanlab/errors';
import { withFileErrors, writeFileAtomic, writeJson } from '@flanlab/files';
import { type Row, writeDatasetDict } from '@flanlab/flan-datasets';
import {
  type BuildMixtureOptions,
  buildMixture,
  formatMixtureCard,
  type MixtureCard,
  resolveSetup,
} from '@flanlab/mixtures';
import { PROMPT_KINDS, type PromptRow } from '@flanlab/samplegen';
import { StudyError } from '../errors.js';
import { findSplitFile, readSplit } from './read-split.js';

export interface CreateMixtureOptions extends Omit<BuildMixtureOptions, 'prompts' | 'guard'> {
  /** Folder of `<task>/train` in any format; or of one folder of these for each kind of prompt. */
  readonly prompts: string;
  /** Which kind to take where the folder has several. */
  readonly kind?: string | undefined;
  /** Folder of prompts that must not show up in training, as `<task>/test`. */
  readonly guard?: string | undefined;
  readonly out: string;
}

/** The folder that has the tasks' folders: the one given, or the one of the wanted kind in it. */
async function kindFolder(prompts: string, kind: string | undefined): Promise<string> {
  const names = await withFileErrors('read', prompts, () => readdir(prompts));
  const kinds = PROMPT_KINDS.filter((name) => names.includes(name));
  if (kind !== undefined && names.includes(kind)) return join(prompts, kind);
  if (kind === undefined && kinds.length === 0) return prompts;
  if (kind === undefined && kinds.length === 1) return join(prompts, kinds[0]!);
  const near = kind === undefined ? undefined : nearest(kind, kinds);
  throw new StudyError(
    'STUDY_PROMPTS_AMBIGUOUS',
    {
      what: kind === undefined ? `${prompts} holds several kinds of prompts.` : `${prompts} holds no ${kind} prompts.`,
      why: `It has: ${names.join(', ')}.`,
      fix: near === undefined ? 'Name one of the kinds with --kind, or its folder.' : `Did you mean ${near}?`,
    },
    { kind: 'usage' },
  );
}

/** All prompts of `<folder>/<task>/<split>`, or `undefined` where there is no such file or folder. */
async function taskPrompts(folder: string, task: string, split: string): Promise<readonly PromptRow[] | undefined> {
  const path = await findSplitFile(join(folder, task), split);
  return path === undefined
    ? undefined
    : ((await readSplit(path, split)) as readonly unknown[] as readonly PromptRow[]);
}

/**
 * Mixes the training prompts below a folder and writes one dataset folder with `train` and `test`, and the card as
 * `card.json` and `README.md`.
 * @throws {MixtureError} see `buildMixture`; `StudyError` `STUDY_PROMPTS_AMBIGUOUS`
 */
export async function createMixture(options: CreateMixtureOptions): Promise<MixtureCard> {
  const { out, kind, guard, prompts: folder, compat = false, ...rest } = options;
  const setup = typeof options.setup === 'string' ? resolveSetup(options.setup, { compat }) : options.setup;
  const tasks = ('tasks' in setup && setup.tasks) || [];
  const from = await kindFolder(folder, kind);
  const prompts: Record<string, readonly PromptRow[]> = {};
  const guarded: PromptRow[] = [];
  for (const task of tasks) {
    const rows = await taskPrompts(from, task, 'train');
    if (rows !== undefined) prompts[task] = rows;
    if (guard !== undefined) guarded.push(...((await taskPrompts(guard, task, 'test')) ?? []));
  }
  const { train, test, card } = await buildMixture({ ...rest, setup, compat, prompts, guard: guarded });
  await writeDatasetDict(out, { train: await collected(train), test: await collected(test) }, { replace: true });
  await writeJson(join(out, 'card.json'), card);
  await writeFileAtomic(join(out, 'README.md'), formatMixtureCard(card));
  return card;
}

/** One column order for all: Regular and SampleGen rows come with different ones. */
async function collected(rows: AsyncIterable<PromptRow>): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const { text, labels, gold_options, label_start, label_end, task, template, examples } of rows) {
    all.push({ text, labels, gold_options, label_start, label_end, task, template, examples });
  }
  return all;
}
