import { type Features, TASKS } from '@flanlab/flan-datasets';
import { type PromptRow, trainTestSplit } from '@flanlab/samplegen';
import type { SetupName, SetupSpec } from './data/setups.js';
import { MixtureError } from './errors.js';
import { type ExaminedPrompts, examinePrompts } from './examine-prompts.js';
import { interleave, type PickedRow, STOPPING_STRATEGIES, type StoppingStrategy } from './interleave.js';
import { addToGuard, type Guard, type Leak } from './leakage.js';
import { mixingRates } from './mixing-rates.js';
import type { MixtureCard } from './mixture-card.js';
import { mixtureFeatures } from './mixture-features.js';
import { GuardWordsBuilder } from './near/guard-words.js';
import { type NearDuplicate, NearDuplicateFinder, type NearDuplicateOptions } from './near/near-duplicates.js';
import type { PromptSource } from './prompt-source.js';
import { type MixableTask, type ResolvedSetup, resolveSetup } from './resolve-setup.js';
import { type PickedRows, type RowSequence, rowSequence } from './row-sequence.js';
import { withoutShared } from './shared-examples.js';

export interface BuildMixtureOptions {
  /** A named set-up, lists of your own, or what `resolveSetup` made of either. */
  readonly setup: SetupName | SetupSpec | ResolvedSetup | (string & {});
  /** The training prompts of each task. */
  readonly prompts: Readonly<Record<string, readonly PromptRow[] | PromptSource>>;
  /** Seed of the order in which tasks are drawn (default 42). */
  readonly seed?: number;
  /** Share of the rows that becomes the test part (default 0.1). */
  readonly testShare?: number;
  /** Seed of that cut (default 42; the reference draws one, Q35). */
  readonly splitSeed?: number;
  /** Rows of one task that count towards its rate (default 3000). */
  readonly cap?: number;
  /** Rows of one task that are used at all: its first ones (default 30000). */
  readonly limit?: number;
  readonly temperature?: number;
  readonly scale?: number;
  readonly stoppingStrategy?: StoppingStrategy;
  /** Prompts that the mixture must not show: test rows, rows of held-out tasks. */
  readonly guard?: AsyncIterable<PromptRow> | Iterable<PromptRow>;
  /** What to do with training prompts that show one: list them in the card (default), leave them out, or fail. */
  readonly onLeak?: 'report' | 'remove' | 'error';
  /** How rows that are nearly the same as one of `guard` are looked for; `false`: not at all (default so in compat mode). */
  readonly nearDuplicates?: NearDuplicateOptions | false;
  /** What to do with training prompts that share wording with one (default `report`). */
  readonly onNearDuplicate?: 'report' | 'remove' | 'error';
  /**
   * What to do with rows of the test part whose example the training part asks or shows: leave them out of the test part, or only
   * count them (default `remove`; in compat mode `report`, as the published cut does not look).
   */
  readonly onSharedTest?: 'remove' | 'report';
  /** What to do with a task of the set-up without prompts (default `error`). */
  readonly onMissing?: 'error' | 'skip';
  /** The reference's literal lists and rates (Q39, Q40). */
  readonly compat?: boolean;
  /** What a set-up of your own is called. */
  readonly name?: string;
  /** All tasks that exist; flanlab's own table when left out. */
  readonly tasks?: Readonly<Record<string, MixableTask>>;
  readonly signal?: AbortSignal | undefined;
  /** Told before each task is read. */
  readonly onProgress?: ((progress: MixtureProgress) => void) | undefined;
}

/** How far the examination of the prompts is. */
export interface MixtureProgress {
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

export interface Mixture {
  readonly train: RowSequence;
  readonly test: RowSequence;
  /** The columns of both parts. */
  readonly features: Features;
  readonly card: MixtureCard;
}

/**
 * Mixes the prompts of a set-up's tasks into one training and one test part. Deterministic: equal inputs and options give
 * equal rows. Every source is gone through once to learn what is in it; some 40 bytes per row stay in memory. Rows are read
 * again when asked for, so keep file sources open until then.
 *
 * @throws {MixtureError} `MIXTURE_SETUP_UNKNOWN`, `MIXTURE_TASK_UNKNOWN`, `MIXTURE_SETUP_INVALID`, `MIXTURE_EMPTY`,
 * `MIXTURE_PROMPTS_MISSING`, `MIXTURE_OPTION_INVALID`, `MIXTURE_RATES_INVALID`, `MIXTURE_LEAKAGE`
 */
export async function buildMixture(options: BuildMixtureOptions): Promise<Mixture> {
  const { seed = 42, testShare = 0.1, splitSeed = 42, stoppingStrategy = 'first_exhausted', signal } = options;
  const { cap = 3000, limit = 30_000, temperature = 1, scale = 1, compat = false } = options;
  const { onSharedTest = compat ? 'report' : 'remove' } = options;
  const tasks: Readonly<Record<string, MixableTask>> = options.tasks ?? TASKS;
  checkOptions({ testShare, limit, stoppingStrategy });
  const setup = resolved(options);
  const { present, skipped } = presentTasks(setup, options);
  const { guard, finder } = await readGuard(options);
  const examined: ExaminedPrompts[] = [];
  for (const [done, task] of present.entries()) {
    options.onProgress?.({ task, done, total: present.length });
    const prompts = options.prompts[task]!;
    const count = Math.min(prompts.length, limit);
    examined.push(await examinePrompts({ task, prompts, count, guard, finder, signal }));
  }
  const leaks = examined.flatMap((one) => one.leaks);
  const near = finder?.finish() ?? [];
  if (options.onLeak === 'error') refuseLeaks(leaks);
  if (options.onNearDuplicate === 'error') refuseNearDuplicates(near);
  const unwanted = [
    ...(options.onLeak === 'remove' ? leaks : []),
    ...(options.onNearDuplicate === 'remove' ? near : []),
  ];
  const kept = examined.map((one) => keptRows(one, unwanted));

  const sizes = kept.map((rows) => rows.length);
  const probabilities = mixingRates(sizes, { cap, temperature, scale, compat });
  const mixed = pick(kept, interleave(sizes, { probabilities, seed, stoppingStrategy }));
  const split = trainTestSplit(mixed.sourceOf.length, testShare, splitSeed);
  const inTrain = part(mixed, split.train);
  const all = part(mixed, split.test);
  const shared = withoutShared(examined, inTrain, all);
  const inTest = onSharedTest === 'remove' ? shared.rest : all;
  const sources = examined.map(({ source }) => source);
  const train = rowSequence(sources, inTrain, { signal });
  const test = rowSequence(sources, inTest, { signal });

  const trainCounts = countBySource(inTrain, examined.length);
  const testCounts = countBySource(inTest, examined.length);
  const shares = examined.map(({ task, source, sha256, templates, answers }, index) => ({
    task,
    cluster: tasks[task]?.cluster ?? null,
    available: source.length,
    used: sizes[index]!,
    rate: probabilities[index]!,
    drawn: trainCounts[index]! + testCounts[index]!,
    train: trainCounts[index]!,
    test: testCounts[index]!,
    labels: new Set(kept[index]!.map((row) => answers[row]!)).size,
    templates,
    sha256,
  }));
  const card: MixtureCard = {
    setup: setup.name,
    description: setup.description,
    tasks: shares,
    clusters: byCluster(shares),
    heldOut: setup.heldOut,
    skipped,
    warnings: oneLabelWarnings(shares, examined),
    rows: train.length + test.length,
    train: train.length,
    test: test.length,
    settings: { seed, splitSeed, testShare, cap, limit, temperature, scale, stoppingStrategy, compat },
    leakage: {
      guarded: guard.size,
      found: leaks.length,
      leaks: leaks.slice(0, 20),
      removed: options.onLeak === 'remove',
      testRowsInTrain: shared.count,
      near: {
        checked: finder !== undefined,
        grams: finder?.grams ?? 0,
        oneIn: finder?.oneIn ?? 1,
        guarded: finder?.guarded ?? 0,
        found: near.length,
        rows: near.slice(0, 20),
        removed: options.onNearDuplicate === 'remove',
      },
      testRowsRemoved: all.sourceOf.length - inTest.sourceOf.length,
    },
  };
  return { train, test, features: mixtureFeatures(examined), card };
}

/** Source and row of everything drawn, in order. */
function pick(kept: readonly Uint32Array[], order: Iterable<PickedRow>): PickedRows {
  let sourceOf = new Uint16Array(1024);
  let rowOf = new Uint32Array(1024);
  let length = 0;
  for (const [source, row] of order) {
    if (length === sourceOf.length) {
      const [wider, longer] = [new Uint16Array(2 * length), new Uint32Array(2 * length)];
      wider.set(sourceOf);
      longer.set(rowOf);
      [sourceOf, rowOf] = [wider, longer];
    }
    sourceOf[length] = source;
    rowOf[length] = kept[source]![row]!;
    length += 1;
  }
  return { sourceOf: sourceOf.subarray(0, length), rowOf: rowOf.subarray(0, length) };
}

function part({ sourceOf, rowOf }: PickedRows, places: readonly number[]): PickedRows {
  return {
    sourceOf: Uint16Array.from(places, (place) => sourceOf[place]!),
    rowOf: Uint32Array.from(places, (place) => rowOf[place]!),
  };
}

function countBySource({ sourceOf }: PickedRows, sources: number): Uint32Array {
  const counts = new Uint32Array(sources);
  for (const source of sourceOf) counts[source]! += 1;
  return counts;
}

/** What to keep away: examples by fingerprint, and the wording of their rows. */
async function readGuard({ guard: rows, nearDuplicates, compat = false }: BuildMixtureOptions): Promise<{
  readonly guard: Guard;
  readonly finder: NearDuplicateFinder | undefined;
}> {
  const guard = new Map<string, string>();
  const wanted = nearDuplicates ?? (compat ? false : {});
  const words = wanted === false ? undefined : new GuardWordsBuilder();
  for await (const row of rows ?? []) {
    addToGuard(guard, row);
    words?.add(row);
  }
  const finder = wanted !== false && words && rows ? new NearDuplicateFinder(words.finish(), wanted) : undefined;
  return { guard, finder };
}

/** The row numbers that may be drawn. */
function keptRows({ task, answers }: ExaminedPrompts, unwanted: readonly (Leak | NearDuplicate)[]): Uint32Array {
  const leaked = new Set(unwanted.filter((leak) => leak.task === task).map(({ row }) => row));
  const rows = Uint32Array.from(answers.keys()).filter((row) => !leaked.has(row));
  if (rows.length > 0) return rows;
  throw new MixtureError('MIXTURE_LEAKAGE', {
    what: `No prompt of ${task} is left for training.`,
    why: `All ${answers.length} show examples of the test or held-out rows.`,
    fix: 'Test on other rows, or leave the task out of the set-up.',
  });
}

function resolved({ setup, name, tasks, compat = false }: BuildMixtureOptions): ResolvedSetup {
  if (typeof setup === 'object' && 'name' in setup && setup.heldOut !== undefined) return setup;
  return resolveSetup(setup, { compat, ...(name !== undefined && { name }), ...(tasks && { tasks }) });
}

function presentTasks(
  setup: ResolvedSetup,
  { prompts, onMissing = 'error' }: BuildMixtureOptions,
): { readonly present: readonly string[]; readonly skipped: readonly string[] } {
  const has = (task: string): boolean => Object.hasOwn(prompts, task) && prompts[task]!.length > 0;
  const present = setup.tasks.filter(has);
  const skipped = setup.tasks.filter((task) => !has(task));
  if (skipped.length === 0 || (onMissing === 'skip' && present.length > 0)) return { present, skipped };
  throw new MixtureError('MIXTURE_PROMPTS_MISSING', {
    what: `The set-up ${setup.name} needs prompts that are not there.`,
    why: `Without prompts: ${skipped.join(', ')}.`,
    fix:
      present.length > 0
        ? 'Make prompts for these tasks, or leave them out: onMissing skip, --missing-tasks skip.'
        : 'All its tasks lack them: check the folder and the kind, make prompts, or choose another set-up.',
  });
}

function refuseLeaks(leaks: readonly Leak[]): void {
  const [first] = leaks;
  if (first === undefined) return;
  throw new MixtureError('MIXTURE_LEAKAGE', {
    what: `${leaks.length} training prompt(s) show examples that are to stay unseen.`,
    why: `The first is row ${first.row} of ${first.task}, which shows an example of ${first.against}.`,
    fix: 'Leave such rows out (onLeak: remove), or test on other rows.',
  });
}

function refuseNearDuplicates(near: readonly NearDuplicate[]): void {
  const [first] = near;
  if (first === undefined) return;
  const share = `${Math.round(100 * first.overlap)} % of row ${first.guardRow} of ${first.against}`;
  throw new MixtureError('MIXTURE_LEAKAGE', {
    what: `${near.length} training prompt(s) share wording with rows that are to stay unseen.`,
    why: `The first is row ${first.row} of ${first.task}, which has ${share}.`,
    fix: 'Leave such rows out (onNearDuplicate: remove), or test on other rows.',
  });
}

/** A task whose rows all have one answer teaches that answer, as sentiment140's first 100,000 rows do (Q9). */
function oneLabelWarnings(shares: MixtureCard['tasks'], examined: readonly ExaminedPrompts[]): readonly string[] {
  return shares
    .filter(({ labels, used }, index) => examined[index]!.hasOptions && labels === 1 && used > 1)
    .map(({ task }) => `all prompts of ${task} have the same answer.`);
}

function byCluster(shares: MixtureCard['tasks']): Record<string, number> {
  const clusters: Record<string, number> = {};
  for (const { cluster, drawn } of shares) clusters[cluster ?? 'none'] = (clusters[cluster ?? 'none'] ?? 0) + drawn;
  return clusters;
}

function checkOptions({
  testShare,
  limit,
  stoppingStrategy,
}: Required<Pick<BuildMixtureOptions, 'testShare' | 'limit' | 'stoppingStrategy'>>): void {
  const problem = !(testShare >= 0 && testShare < 1)
    ? `testShare = ${testShare} is not in [0, 1)`
    : !(Number.isInteger(limit) && limit > 0)
      ? `limit = ${limit} is no whole number above 0`
      : !STOPPING_STRATEGIES.includes(stoppingStrategy)
        ? `stoppingStrategy = ${stoppingStrategy} is none of ${STOPPING_STRATEGIES.join(', ')}`
        : undefined;
  if (problem === undefined) return;
  throw new MixtureError(
    'MIXTURE_OPTION_INVALID',
    { what: 'The mixture cannot be built.', why: `${problem}.`, fix: 'Correct the option.' },
    { kind: 'usage' },
  );
}
