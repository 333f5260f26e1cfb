import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '@flanlab/errors';
import { withFileErrors, writeFileAtomic, writeFolderAtomic, writeJson } from '@flanlab/files';
import { type Row, writeDatasetDict } from '@flanlab/flan-datasets';
import {
  type BuildMixtureOptions,
  buildMixture,
  formatMixtureCard,
  type MixtureCard,
  openPrompts,
  type PromptFile,
  resolveSetup,
  type SetupName,
  type SetupSpec,
} from '@flanlab/mixtures';
import { PROMPT_KINDS, type PromptRow } from '@flanlab/samplegen';
import { StudyError } from '../errors.js';
import { findSplitFile } from './read-split.js';

export interface CreateMixtureOptions extends Omit<BuildMixtureOptions, 'prompts' | 'guard' | 'setup'> {
  /** Folder of `<task>/train` in any format; or of one folder of these for each kind of prompt. */
  readonly prompts: string;
  /** Which kind to take where the folder has several. */
  readonly kind?: string | undefined;
  /** Folder of prompts that must not show up in training, as `<task>/test`. */
  readonly guard?: string | undefined;
  readonly out: string;
  /** A named set-up, or lists of your own. */
  readonly setup: SetupName | SetupSpec | (string & {});
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

/** The prompts of `<folder>/<task>/<split>`, or `undefined` where there is no such file or folder. */
async function taskPrompts(
  folder: string,
  task: string,
  split: string,
  open: (path: string) => Promise<PromptFile>,
): Promise<PromptFile | undefined> {
  const path = await findSplitFile(join(folder, task), split);
  return path === undefined ? undefined : open(path);
}

/**
 * Mixes the training prompts below a folder and writes one dataset folder with `train` and `test`, and the card as
 * `card.json` and `README.md`. All or nothing; rows are streamed, so that memory stays flat.
 * @throws {MixtureError} see `buildMixture`; `StudyError` `STUDY_PROMPTS_AMBIGUOUS`
 */
export async function createMixture(options: CreateMixtureOptions): Promise<MixtureCard> {
  const { out, kind, guard, prompts: folder, compat = false, ...rest } = options;
  const { name } = options;
  const setup = resolveSetup(options.setup, { compat, ...(name !== undefined && { name }) });
  const from = await kindFolder(folder, kind);
  const opened: PromptFile[] = [];
  const open = async (path: string): Promise<PromptFile> => {
    options.signal?.throwIfAborted();
    const file = await openPrompts(path, { signal: options.signal });
    opened.push(file);
    return file;
  };
  try {
    const prompts: Record<string, PromptFile> = {};
    const guards: PromptFile[] = [];
    for (const task of setup.tasks) {
      const rows = await taskPrompts(from, task, 'train', open);
      if (rows !== undefined) prompts[task] = rows;
    }
    for (const task of guard === undefined ? [] : [...setup.tasks, ...setup.heldOut]) {
      const kept = await taskPrompts(guard!, task, 'test', open);
      if (kept !== undefined) guards.push(kept);
    }
    const { train, test, features, card } = await buildMixture({
      ...rest,
      setup,
      compat,
      prompts,
      guard: rowsOf(guards),
    });
    await writeFolderAtomic(
      out,
      async (temporary) => {
        await writeDatasetDict(temporary, { train: asRows(train), test: asRows(test) }, { features, replace: true });
        await writeJson(join(temporary, 'card.json'), card);
        await writeFileAtomic(join(temporary, 'README.md'), formatMixtureCard(card));
      },
      { replace: true },
    );
    return card;
  } finally {
    for (const file of opened) await file.close();
  }
}

async function* rowsOf(files: readonly PromptFile[]): AsyncGenerator<PromptRow> {
  for (const file of files) for await (const rows of file.blocks(file.length)) yield* rows;
}

/** The columns of `features` are taken out of them, so that Regular and SampleGen rows come out in one order. */
const asRows = (rows: AsyncIterable<PromptRow>): AsyncIterable<Row> =>
  rows as AsyncIterable<unknown> as AsyncIterable<Row>;
