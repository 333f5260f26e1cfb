import { dirname, join, relative, resolve, sep } from 'node:path';
import { readJson } from '@flanlab/files';
import type { SourceToday } from '@flanlab/flan-datasets';
import type { BuildMixtureOptions, MixableTask, MixtureCard, PromptFile, ResolvedSetup } from '@flanlab/mixtures';
import { StudyError } from '../errors.js';
import { type PromptRecord, promptsCommand } from './prompt-record.js';

/** Everything that decides what a mixture holds, apart from its inputs. */
export type MixtureSettings = Required<
  Pick<
    BuildMixtureOptions,
    'seed' | 'splitSeed' | 'testShare' | 'cap' | 'limit' | 'temperature' | 'scale' | 'stoppingStrategy' | 'compat'
  >
> &
  Pick<BuildMixtureOptions, 'onLeak' | 'onNearDuplicate' | 'onSharedTest' | 'nearDuplicates'>;

/** One file or folder of prompts that a mixture was made of. */
export interface MixtureInput {
  readonly task: string;
  /** What it is for: rows to mix, or rows that must not be shown. */
  readonly use: 'train' | 'guard';
  /** Below the folder of prompts, or of guarded prompts; with `/`. */
  readonly path: string;
  readonly rows: number;
  readonly sha256: string;
  /** Where the task's rows are published, with the revision. */
  readonly source: SourceToday;
  /** How the prompts were made, where `flanlab prompts create` made them. */
  readonly prompts?: Omit<PromptRecord, 'task'>;
}

/** All that is needed to make a mixture again, and to see that it is the same. */
export interface MixtureManifest {
  readonly format: 'flanlab-mixture-1';
  readonly setup: ResolvedSetup;
  /** Tasks of the user's own: what the card says of them. */
  readonly ownTasks?: Readonly<Record<string, MixableTask>>;
  readonly settings: MixtureSettings;
  /** Folders of the inputs, seen from the folder of the mixture; with `/`. */
  readonly folders: { readonly prompts: string; readonly guard?: string };
  readonly inputs: readonly MixtureInput[];
  /** By task: rate, rows drawn, and the ids of the templates with the prompts made of each. */
  readonly shares: readonly Pick<MixtureCard['tasks'][number], 'task' | 'rate' | 'used' | 'drawn' | 'templates'>[];
  /** Rows of each part, and the fingerprint of its data (as in its `state.json`). */
  readonly outputs: Readonly<Record<'train' | 'test', { readonly rows: number; readonly fingerprint: string }>>;
}

const FORMAT = 'flanlab-mixture-1';

/** A path seen from a folder, spelled the same on every system. */
export const relativePath = (from: string, to: string): string =>
  relative(resolve(from), resolve(to)).split(sep).join('/') || '.';

/** What a manifest says of an input. */
export function describeInput(
  input: Pick<MixtureInput, 'task' | 'use' | 'path' | 'source'>,
  file: PromptFile,
  record: PromptRecord | undefined,
): MixtureInput {
  const { task: _, ...prompts } = record ?? { task: '' };
  const { task, use, path, source } = input;
  return {
    task,
    use,
    path,
    rows: file.length,
    sha256: file.sha256,
    source,
    ...(record !== undefined && { prompts: prompts as Omit<PromptRecord, 'task'> }),
  };
}

/**
 * Reads the manifest of a mixture; a folder stands for the `mixture.json` in it.
 * @throws {StudyError} `STUDY_MIXTURE_INVALID`
 */
export async function readManifest(
  path: string,
): Promise<{ readonly manifest: MixtureManifest; readonly folder: string }> {
  const file = path.endsWith('.json') ? path : join(path, 'mixture.json');
  const manifest = (await readJson(file)) as MixtureManifest | null;
  if (manifest?.format === FORMAT && Array.isArray(manifest.inputs)) return { manifest, folder: dirname(file) };
  throw new StudyError('STUDY_MIXTURE_INVALID', {
    what: `${file} is no manifest of a mixture.`,
    why: `Its "format" is not "${FORMAT}".`,
    fix: 'Name the mixture.json that flanlab mix build wrote, or its folder.',
  });
}

/** An input that is not what the manifest says. */
export interface ChangedInput {
  readonly input: MixtureInput;
  /** What is there instead; undefined where nothing is. */
  readonly now: { readonly rows: number; readonly sha256: string } | undefined;
}

/** Names every input that differs, and how to make it again where that is known. */
export function inputsChanged(path: string, changed: readonly ChangedInput[]): StudyError {
  const lines = changed.map(({ input, now }) => {
    const place = `${input.use === 'guard' ? 'guarded ' : ''}${input.path}`;
    if (now === undefined) return `${place} is missing`;
    const rows = now.rows === input.rows ? `${now.rows} rows` : `${now.rows} rows instead of ${input.rows}`;
    return `${place} has ${rows} and SHA-256 ${now.sha256.slice(0, 12)}… instead of ${input.sha256.slice(0, 12)}…`;
  });
  const commands = changed.flatMap(({ input }) =>
    input.prompts ? [promptsCommand({ ...input.prompts, task: input.task })] : [],
  );
  const again =
    commands.length === 0
      ? 'Bring back the files'
      : `Make them again:\n  ${commands.join(' --out PROMPTS\n  ')} --out PROMPTS\n`;
  return new StudyError('STUDY_MIXTURE_INPUTS_CHANGED', {
    what: `The mixture of ${path} cannot be made again: ${changed.length} of its inputs differ.`,
    why: lines.join('; '),
    fix: `${again}${commands.length === 0 ? ',' : ''} or build a new mixture without --from.`,
  });
}
