import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nearest } from '@flanlab/errors';
import { readJson, withFileErrors, writeFileAtomic, writeFolderAtomic, writeJson } from '@flanlab/files';
import { type Row, readTaskFile, sourceToday, TASKS, type TaskSpec, writeDatasetDict } from '@flanlab/flan-datasets';
import {
  type BuildMixtureOptions,
  buildMixture,
  formatMixtureCard,
  type GuardFile,
  type MixableTask,
  type MixtureCard,
  openPrompts,
  type PromptFile,
  type ResolvedSetup,
  resolveSetup,
  type SetupName,
  type SetupSpec,
} from '@flanlab/mixtures';
import { PROMPT_KINDS, type PromptRow } from '@flanlab/samplegen';
import { StudyError } from '../errors.js';
import {
  type ChangedInput,
  describeInput,
  inputsChanged,
  type MixtureInput,
  type MixtureManifest,
  readManifest,
  relativePath,
} from './mixture-manifest.js';
import { readPromptRecord } from './prompt-record.js';
import { findSplitFile } from './read-split.js';

/** How far a mixture is. */
export interface MixtureStep {
  readonly step: 'read' | 'write';
  readonly done: number;
  readonly total: number;
  readonly unit: 'tasks' | 'rows';
  readonly detail: string;
}

interface Reporting {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: MixtureStep) => void) | undefined;
}

export interface CreateMixtureOptions
  extends Omit<BuildMixtureOptions, 'prompts' | 'guard' | 'setup' | 'tasks' | 'onProgress' | 'signal'>,
    Reporting {
  /** A named set-up, or lists of your own. */
  readonly setup: SetupName | SetupSpec | (string & {});
  /** Folder of `<task>/train` in any format; or of one folder of these for each kind of prompt. */
  readonly prompts: string;
  /** Which kind to take where the folder has several. */
  readonly kind?: string | undefined;
  /**
   * Folder of prompts that must not show up in training, as `<task>/test`, of mixed, held-out and all other tasks; or of one folder of these for
   * each kind of prompt. When left out, what test prompts lie beside the training prompts; `false` looks for none.
   */
  readonly guard?: string | false | undefined;
  /** File of tasks of the user's own: set-ups may name them, and those with a cluster belong to it. */
  readonly taskFile?: string | undefined;
  readonly out: string;
}

/**
 * Mixes the training prompts below a folder and writes one dataset folder with `train` and `test`, the card as `card.json` and
 * `README.md`, and `mixture.json`, from which {@link rebuildMixture} makes it again. All or nothing; rows are streamed.
 *
 * @throws {MixtureError} see `buildMixture`; `StudyError` `STUDY_PROMPTS_AMBIGUOUS`
 */
export async function createMixture({ guard, ...options }: CreateMixtureOptions): Promise<MixtureCard> {
  const { out, kind, prompts, compat = false, name, taskFile } = options;
  const own = byName(taskFile === undefined ? [] : await readTaskFile(taskFile));
  const tasks: Readonly<Record<string, TaskSpec>> = { ...TASKS, ...own };
  const setup = resolveSetup(options.setup, { compat, tasks, ...(name !== undefined && { name }) });
  const from = await kindFolder(prompts, kind);
  const guardFolder = guard === undefined ? from : guard === false ? undefined : await anyKindFolder(guard);
  const guarded = guardFolder === undefined ? [] : [...setup.tasks, ...setup.heldOut, ...Object.keys(tasks)];
  const wanted = [
    ...setup.tasks.map((task) => ({ task, use: 'train', folder: from, split: 'train' }) as const),
    ...[...new Set(guarded)].map((task) => ({ task, use: 'guard', folder: guardFolder!, split: 'test' }) as const),
  ];
  await using inputs = new OpenInputs(options);
  for (const { task, use, folder, split } of wanted) {
    const path = await findSplitFile(join(folder, task), split);
    const source = sourceToday(tasks[task]!);
    if (path !== undefined) await inputs.open(folder, { task, use, path: relativePath(folder, path), source });
  }
  if (typeof guard === 'string' && inputs.guardFiles.length === 0) throw nothingGuarded(guard);
  const folders = { prompts: from, guard: inputs.guardFiles.length === 0 ? undefined : guardFolder };
  return await writeMixture(out, setup, inputs, { ...options, compat, folders, ownTasks: mixable(own) });
}

const byName = (tasks: readonly TaskSpec[]): Readonly<Record<string, TaskSpec>> =>
  Object.fromEntries(tasks.map((task) => [task.name, task]));

const mixable = (tasks: Readonly<Record<string, TaskSpec>>): Readonly<Record<string, MixableTask>> =>
  Object.fromEntries(
    Object.entries(tasks).map(([name, { cluster, alwaysHeldOut }]) => [name, { cluster, alwaysHeldOut }]),
  );

export interface RebuildMixtureOptions extends Reporting {
  /** The `mixture.json` of a mixture, or its folder. */
  readonly from: string;
  /** Where the prompts and the guarded prompts are now; where they were when left out. */
  readonly prompts?: string | undefined;
  readonly guard?: string | undefined;
  readonly out: string;
}

/**
 * Makes a mixture again from its manifest alone, after checking that all inputs are the same, and checks that the result is.
 *
 * @throws {StudyError} `STUDY_MIXTURE_INPUTS_CHANGED` with every input that differs; `STUDY_MIXTURE_DIFFERS`, before anything is
 * written; `STUDY_MIXTURE_INVALID`
 */
export async function rebuildMixture(options: RebuildMixtureOptions): Promise<MixtureCard> {
  const { manifest, folder } = await readManifest(options.from);
  const prompts = options.prompts ?? join(folder, manifest.folders.prompts);
  const { folders } = manifest;
  const beside = folders.guard === folders.prompts ? prompts : folders.guard && join(folder, folders.guard);
  const guard = options.guard ?? beside;
  await using inputs = new OpenInputs(options);
  const changed: ChangedInput[] = [];
  for (const input of manifest.inputs) {
    const root = input.use === 'train' ? prompts : guard!;
    const path = await findSplitFile(join(root, dirname(input.path)), input.use === 'train' ? 'train' : 'test');
    const now = path === undefined ? undefined : await inputs.open(root, { ...input, path: relativePath(root, path) });
    if (now?.sha256 !== input.sha256) changed.push({ input, now });
  }
  if (changed.length > 0) throw inputsChanged(options.from, changed);
  return await writeMixture(options.out, manifest.setup, inputs, {
    ...manifest.settings,
    signal: options.signal,
    onStep: options.onStep,
    onMissing: 'skip',
    folders: { prompts, guard },
    ownTasks: manifest.ownTasks ?? {},
    expected: manifest.outputs,
  });
}

/** The inputs of a mixture; closes them all at the end. */
class OpenInputs implements AsyncDisposable {
  readonly described: MixtureInput[] = [];
  private readonly files: PromptFile[] = [];

  constructor(private readonly reporting: Reporting) {}

  async open(folder: string, input: Pick<MixtureInput, 'task' | 'use' | 'path' | 'source'>): Promise<MixtureInput> {
    this.reporting.signal?.throwIfAborted();
    const path = join(folder, input.path);
    const file = await openPrompts(path, { signal: this.reporting.signal });
    this.files.push(file);
    const record = await readPromptRecord(dirname(path), input.use === 'train' ? 'train' : 'test');
    const described = describeInput(input, file, record);
    this.described.push(described);
    return described;
  }

  get prompts(): Readonly<Record<string, PromptFile>> {
    return Object.fromEntries(
      this.files.flatMap((file, index) => {
        const { task, use } = this.described[index]!;
        return use === 'train' ? [[task, file] as const] : [];
      }),
    );
  }

  get guardFiles(): readonly GuardFile[] {
    const guarded = this.described.filter(({ use }) => use === 'guard');
    return guarded.map(({ task, rows, sha256 }) => ({ task, rows, sha256 }));
  }

  /** The guarded rows, one file after the other. */
  async *guard(): AsyncGenerator<PromptRow> {
    for (const [index, file] of this.files.entries()) {
      if (this.described[index]!.use === 'guard') for await (const rows of file.blocks(file.length)) yield* rows;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.files) await file.close();
  }
}

interface WriteOptions
  extends Omit<BuildMixtureOptions, 'prompts' | 'guard' | 'setup' | 'tasks' | 'onProgress'>,
    Reporting {
  readonly ownTasks: Readonly<Record<string, MixableTask>>;
  readonly folders: { readonly prompts: string; readonly guard: string | undefined };
  readonly expected?: MixtureManifest['outputs'];
}

async function writeMixture(
  out: string,
  setup: ResolvedSetup,
  inputs: OpenInputs,
  { folders, ownTasks, expected, onStep, ...options }: WriteOptions,
): Promise<MixtureCard> {
  const hasGuard = inputs.described.some(({ use }) => use === 'guard');
  const { card: built, ...mixture } = await buildMixture({
    ...options,
    tasks: { ...TASKS, ...ownTasks },
    setup,
    prompts: inputs.prompts,
    ...(hasGuard && { guard: inputs.guard() }),
    onProgress: ({ task, done, total }) => onStep?.({ step: 'read', done, total, unit: 'tasks', detail: task }),
  });
  const { train, test, features } = mixture;
  const card: MixtureCard = { ...built, ...(hasGuard && { guardFiles: inputs.guardFiles }) };
  let done = 0;
  async function* told(rows: AsyncIterable<PromptRow>): AsyncGenerator<Row> {
    for await (const row of rows) {
      if (done % 1000 === 0) onStep?.({ step: 'write', done, total: card.rows, unit: 'rows', detail: row.task });
      done += 1;
      yield row as unknown as Row;
    }
  }
  await writeFolderAtomic(
    out,
    async (temporary) => {
      await writeDatasetDict(temporary, { train: told(train), test: told(test) }, { features, replace: true });
      const outputs = {
        train: { rows: card.train, fingerprint: await fingerprint(join(temporary, 'train')) },
        test: { rows: card.test, fingerprint: await fingerprint(join(temporary, 'test')) },
      };
      checkOutputs(expected, outputs);
      const { onLeak, onNearDuplicate, onSharedTest, nearDuplicates } = options;
      const manifest: MixtureManifest = {
        format: 'flanlab-mixture-1',
        setup,
        ...(Object.keys(ownTasks).length > 0 && { ownTasks }),
        settings: JSON.parse(
          JSON.stringify({ ...card.settings, onLeak, onNearDuplicate, onSharedTest, nearDuplicates }),
        ),
        folders: {
          prompts: relativePath(out, folders.prompts),
          ...(folders.guard !== undefined && { guard: relativePath(out, folders.guard) }),
        },
        inputs: inputs.described,
        shares: card.tasks.map(({ task, rate, used, drawn, templates }) => ({ task, rate, used, drawn, templates })),
        outputs,
      };
      await writeJson(join(temporary, 'mixture.json'), manifest);
      await writeJson(join(temporary, 'card.json'), card);
      await writeFileAtomic(join(temporary, 'README.md'), formatMixtureCard(card));
    },
    { replace: true },
  );
  return card;
}

async function fingerprint(folder: string): Promise<string> {
  return ((await readJson(join(folder, 'state.json'))) as { readonly _fingerprint: string })._fingerprint;
}

function checkOutputs(expected: MixtureManifest['outputs'] | undefined, made: MixtureManifest['outputs']): void {
  if (expected === undefined) return;
  for (const part of ['train', 'test'] as const) {
    if (expected[part].fingerprint === made[part].fingerprint) continue;
    throw new StudyError('STUDY_MIXTURE_DIFFERS', {
      what: `The mixture made again is another: its part ${part} differs.`,
      why: `It has ${made[part].rows} rows with fingerprint ${made[part].fingerprint}; ${expected[part].rows} with ${expected[part].fingerprint} were expected, although all inputs are the same.`,
      fix: 'Use the version of flanlab that made it, or report this as a bug.',
    });
  }
}

/** The folder of test prompts in a folder of several kinds: every kind asks the same examples, and Regular prompts show nothing else. */
async function anyKindFolder(folder: string): Promise<string> {
  const names = await withFileErrors('read', folder, () => readdir(folder));
  const kind = (['regular', 'gold-pipeline', 'samplegen'] as const).find((name) => names.includes(name));
  return kind === undefined ? folder : join(folder, kind);
}

function nothingGuarded(folder: string): StudyError {
  return new StudyError(
    'STUDY_SPLIT_MISSING',
    {
      what: `There are no test prompts in ${folder}, so nothing can be guarded.`,
      why: 'Looked for <task>/test of every task, in any format.',
      fix: 'Make some with flanlab prompts create --for test, or give --guard none.',
    },
    { kind: 'usage' },
  );
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
