import { createHash } from 'node:crypto';
import { TASKS } from '@flanlab/flan-datasets';
import { type PromptRow, trainTestSplit } from '@flanlab/samplegen';
import type { SetupName, SetupSpec } from './data/setups.js';
import { MixtureError } from './errors.js';
import { interleave, STOPPING_STRATEGIES, type StoppingStrategy } from './interleave.js';
import { findLeak, type Guard, guardAgainst, type Leak } from './leakage.js';
import { mixingRates } from './mixing-rates.js';
import type { MixtureCard } from './mixture-card.js';
import type { PromptSource } from './prompt-source.js';
import { type MixableTask, type ResolvedSetup, resolveSetup } from './resolve-setup.js';
import { type RowSequence, rowSequence } from './row-sequence.js';

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
  /** What to do with a task of the set-up without prompts (default `error`). */
  readonly onMissing?: 'error' | 'skip';
  /** The reference's literal lists and rates (Q39, Q40). */
  readonly compat?: boolean;
  /** What a set-up of your own is called. */
  readonly name?: string;
  /** All tasks that exist; flanlab's own table when left out. */
  readonly tasks?: Readonly<Record<string, MixableTask>>;
  readonly signal?: AbortSignal;
}

export interface Mixture {
  readonly train: RowSequence;
  readonly test: RowSequence;
  readonly card: MixtureCard;
}

/** What is known of one task's prompts before mixing. */
interface Source {
  readonly task: string;
  readonly available: number;
  /** Row numbers used, in order. */
  readonly rows: Uint32Array;
  readonly at: (index: number) => PromptRow | Promise<PromptRow>;
  readonly sha256: string;
  /** Different answers, and whether there are options to choose from. */
  readonly labels: number;
  readonly hasOptions: boolean;
  readonly leaks: readonly Leak[];
}

/**
 * Mixes the prompts of a set-up's tasks into one training and one test part. Deterministic: equal inputs and options give
 * equal rows. Only row numbers are held in memory (some 24 bytes per row); rows are read from their sources when asked
 * for, so keep file sources open until then.
 *
 * @throws {MixtureError} `MIXTURE_SETUP_UNKNOWN`, `MIXTURE_TASK_UNKNOWN`, `MIXTURE_SETUP_INVALID`, `MIXTURE_EMPTY`,
 * `MIXTURE_PROMPTS_MISSING`, `MIXTURE_OPTION_INVALID`, `MIXTURE_RATES_INVALID`, `MIXTURE_LEAKAGE`
 */
export async function buildMixture(options: BuildMixtureOptions): Promise<Mixture> {
  const { seed = 42, testShare = 0.1, splitSeed = 42, stoppingStrategy = 'first_exhausted' } = options;
  const { cap = 3000, limit = 30_000, temperature = 1, scale = 1, compat = false } = options;
  const tasks: Readonly<Record<string, MixableTask>> = options.tasks ?? TASKS;
  checkOptions({ testShare, limit, stoppingStrategy });
  const setup = resolved(options);
  const { present, skipped } = presentTasks(setup, options);
  const guard = options.guard ? await guardAgainst(options.guard) : new Map<string, string>();
  const sources: Source[] = [];
  for (const task of present) sources.push(await examine(task, options, limit, guard));
  if (options.onLeak === 'error') refuseLeaks(sources);

  const sizes = sources.map(({ rows }) => rows.length);
  const probabilities = mixingRates(sizes, { cap, temperature, scale, compat });
  const sourceOf: number[] = [];
  const rowOf: number[] = [];
  for (const [source, row] of interleave(sizes, { probabilities, seed, stoppingStrategy })) {
    sourceOf.push(source);
    rowOf.push(row);
  }
  const split = trainTestSplit(sourceOf.length, testShare, splitSeed);
  const read = (part: readonly number[]): RowSequence =>
    rowSequence(part.length, (index) => {
      options.signal?.throwIfAborted();
      const { at, rows } = sources[sourceOf[part[index]!]!]!;
      return at(rows[rowOf[part[index]!]!]!);
    });
  const train = read(split.train);
  const test = read(split.test);

  const drawn = (part: readonly number[], source: number): number =>
    part.reduce((count, index) => count + (sourceOf[index] === source ? 1 : 0), 0);
  const shares = sources.map(({ task, available, rows, labels, sha256 }, source) => {
    const inTrain = drawn(split.train, source);
    const inTest = drawn(split.test, source);
    return {
      task,
      cluster: tasks[task]?.cluster ?? null,
      available,
      used: rows.length,
      rate: probabilities[source]!,
      drawn: inTrain + inTest,
      train: inTrain,
      test: inTest,
      labels,
      sha256,
    };
  });
  const leaks = sources.flatMap((source) => source.leaks);
  const card: MixtureCard = {
    setup: setup.name,
    description: setup.description,
    tasks: shares,
    clusters: byCluster(shares),
    heldOut: setup.heldOut,
    skipped,
    warnings: oneLabelWarnings(sources),
    rows: sourceOf.length,
    train: train.length,
    test: test.length,
    settings: { seed, splitSeed, testShare, cap, limit, temperature, scale, stoppingStrategy, compat },
    leakage: {
      guarded: guard.size,
      found: leaks.length,
      leaks: leaks.slice(0, 20),
      removed: options.onLeak === 'remove',
      testRowsInTrain: await countShared(train, test),
    },
  };
  return { train, test, card };
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
    fix: 'Make prompts for these tasks, or choose a set-up without them.',
  });
}

/** One pass over the prompts that a task may contribute: hash, leaks, and which rows remain. */
async function examine(task: string, options: BuildMixtureOptions, limit: number, guard: Guard): Promise<Source> {
  const prompts = options.prompts[task]!;
  const at = (index: number): PromptRow | Promise<PromptRow> => prompts.at(index)!;
  const count = Math.min(prompts.length, limit);
  const hash = createHash('sha256');
  const leaks: Leak[] = [];
  const labels = new Set<string | number>();
  let hasOptions = false;
  const kept = new Uint32Array(count);
  let length = 0;
  for (let index = 0; index < count; index++) {
    if (index % 256 === 0) options.signal?.throwIfAborted();
    const row = await at(index);
    hash.update(`${JSON.stringify(row)}\n`);
    const leak = findLeak(guard, task, index, row);
    if (leak) leaks.push(leak);
    if (leak && options.onLeak === 'remove') continue;
    kept[length++] = index;
    labels.add(row.labels);
    hasOptions ||= row.gold_options.length > 1;
  }
  if (length === 0) {
    throw new MixtureError('MIXTURE_LEAKAGE', {
      what: `No prompt of ${task} is left for training.`,
      why: `All ${count} show examples of the test or held-out rows.`,
      fix: 'Test on other rows, or leave the task out of the set-up.',
    });
  }
  return {
    task,
    available: prompts.length,
    rows: kept.subarray(0, length),
    at,
    sha256: hash.digest('hex'),
    labels: labels.size,
    hasOptions,
    leaks,
  };
}

function refuseLeaks(sources: readonly Source[]): void {
  const leaks = sources.flatMap((source) => source.leaks);
  const [first] = leaks;
  if (first === undefined) return;
  throw new MixtureError('MIXTURE_LEAKAGE', {
    what: `${leaks.length} training prompt(s) show examples that are to stay unseen.`,
    why: `The first is row ${first.row} of ${first.task}, which shows an example of ${first.against}.`,
    fix: 'Leave such rows out (onLeak: remove), or test on other rows.',
  });
}

/** How many rows of `test` ask an example that `train` asks too. */
async function countShared(train: RowSequence, test: RowSequence): Promise<number> {
  const asked = new Map<string, number>();
  for await (const { examples = [] } of test) {
    const [example] = examples;
    if (example !== undefined) asked.set(example, (asked.get(example) ?? 0) + 1);
  }
  let shared = 0;
  for await (const { examples = [] } of train) {
    const [example = ''] = examples;
    shared += asked.get(example) ?? 0;
    asked.delete(example);
  }
  return shared;
}

/** A task whose rows all have one answer teaches that answer, as sentiment140's first 100,000 rows do (Q9). */
function oneLabelWarnings(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ hasOptions, labels, rows }) => hasOptions && labels === 1 && rows.length > 1)
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
