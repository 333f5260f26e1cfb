import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  exists,
  hashFile,
  hashFolder,
  hashJson,
  makeFolder,
  readJson,
  withFileErrors,
  writeJson,
} from '@flanlab/files';
import { StudyError, throwIfInterrupted } from '../errors.js';
import type { StageProgress, StudyEvent } from '../events.js';
import { codeVersions, ownCodeVersions } from './code-version.js';
import { lockFolder } from './lock.js';
import {
  BEGUN_FILE,
  changedInput,
  DONE_FILE,
  listOutputs,
  type Manifest,
  outputDamage,
  outputsHash,
  readManifest,
  type StageInputs,
} from './manifest.js';
import type { Stage } from './stage.js';

export interface RunStagesOptions {
  /** The run folder; made when missing. */
  readonly dir: string;
  /** Bring only these stages, and what they need, up to date. All when left out. */
  readonly until?: readonly string[];
  readonly signal?: AbortSignal;
  /** Milliseconds that only move forward. */
  readonly clock?: () => number;
  /** The module whose dependencies the stages' packages are. */
  readonly resolveFrom?: string;
}

/** The wanted stages and everything they need, in the given (topological) order. */
export function selectStages(stages: readonly Stage[], until: readonly string[] | undefined): readonly Stage[] {
  if (until === undefined) return stages;
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  const wanted = new Set<string>();
  const add = (id: string): void => {
    wanted.add(id);
    for (const need of byId.get(id)!.needs) add(need);
  };
  for (const id of until) {
    // A group's name stands for its stages: "models" for models/regular and models/samplegen.
    const members = byId.has(id) ? [id] : stages.map((stage) => stage.id).filter((one) => one.startsWith(`${id}/`));
    if (members.length === 0) {
      const groups = new Set(stages.map((stage) => stage.id.split('/')[0]!));
      throw new StudyError(
        'STUDY_STAGE_UNKNOWN',
        {
          what: `There is no stage "${id}".`,
          why: `This study has: ${[...groups].join(', ')}.`,
          fix: 'Name one of these.',
        },
        { kind: 'usage' },
      );
    }
    for (const member of members) add(member);
  }
  return stages.filter(({ id }) => wanted.has(id));
}

/**
 * Brings stages up to date, one after the other, in the given order (each after what it needs). A stage is skipped when
 * its inputs hash to what `done.json` records and its outputs are intact; unfinished work goes on when its inputs are
 * still the same, and is thrown away when they are not. The folder is locked meanwhile.
 */
export async function* runStages(stages: readonly Stage[], options: RunStagesOptions): AsyncGenerator<StudyEvent> {
  const { dir, signal, clock = () => performance.now(), resolveFrom = import.meta.url } = options;
  const chosen = selectStages(stages, options.until);
  await using _lock = await lockFolder(dir);
  yield { type: 'study-started', dir, stages: chosen.map(({ id }) => id) };
  const results = new Map<string, string>();
  const fileHashes = new Map<string, string>();
  let skipped = 0;
  for (const stage of chosen) {
    throwIfInterrupted(signal);
    const start = clock();
    const folder = join(dir, stage.id);
    const inputs = await stageInputs(stage, results, fileHashes, resolveFrom);
    const key = hashJson(inputs);
    const before = await readManifest(folder);
    const damage = before?.key === key ? await outputDamage(folder, before) : undefined;
    if (before?.key === key && damage === undefined) {
      results.set(stage.id, before.outputsHash);
      skipped += 1;
      yield { type: 'stage-skipped', stage: stage.id, seconds: (clock() - start) / 1000 };
      continue;
    }
    const resumed = damage === undefined && (await prepareFolder(folder, key));
    if (damage !== undefined) await startOver(folder, key);
    yield { type: 'stage-started', stage: stage.id, why: reason(before, inputs, damage, resumed), resumed };
    const meter = progressMeter(stage.id, clock);
    const context = { folder, input: (id: string) => join(dir, id), ...(signal === undefined ? {} : { signal }) };
    for await (const progress of stage.run(context)) yield meter(progress);
    // A stage that ended early because of the signal must not count as finished.
    throwIfInterrupted(signal);
    const outputs = await listOutputs(folder);
    const manifest: Manifest = {
      stage: stage.id,
      key,
      inputs,
      outputs,
      outputsHash: outputsHash(outputs, stage.volatile ?? []),
      finished: new Date().toISOString(),
      seconds: Math.round(clock() - start) / 1000,
    };
    await writeJson(join(folder, DONE_FILE), manifest);
    await rm(join(folder, BEGUN_FILE), { force: true });
    results.set(stage.id, manifest.outputsHash);
    yield {
      type: 'stage-finished',
      stage: stage.id,
      seconds: manifest.seconds,
      outputs: Object.keys(outputs).length,
    };
  }
  yield { type: 'study-finished', dir, ran: chosen.length - skipped, skipped };
}

async function stageInputs(
  stage: Stage,
  results: ReadonlyMap<string, string>,
  fileHashes: Map<string, string>,
  resolveFrom: string,
): Promise<StageInputs> {
  const paths = typeof stage.files === 'function' ? await stage.files() : (stage.files ?? []);
  for (const path of paths) {
    if (!fileHashes.has(path)) fileHashes.set(path, await hashPath(path));
  }
  return {
    config: stage.config,
    code: { ...(await codeVersions(stage.code, resolveFrom)), ...(await ownCodeVersions(stage.ownCode ?? [])) },
    stages: Object.fromEntries(stage.needs.map((id) => [id, results.get(id)!])),
    files: Object.fromEntries(paths.map((path) => [path, fileHashes.get(path)!])),
  };
}

async function hashPath(path: string): Promise<string> {
  const information = await withFileErrors('read', path, () => stat(path));
  return information.isDirectory() ? hashFolder(path) : hashFile(path);
}

/** Keeps the folder when the unfinished work in it has the same inputs. @returns whether it does */
async function prepareFolder(folder: string, key: string): Promise<boolean> {
  const begun = join(folder, BEGUN_FILE);
  if (await exists(begun)) {
    const value = await readJson(begun).catch(() => undefined);
    if ((value as { key?: unknown } | undefined)?.key === key) return true;
  }
  await startOver(folder, key);
  return false;
}

async function startOver(folder: string, key: string): Promise<void> {
  await withFileErrors('write', folder, async () => {
    // The manifest goes first: a kill in the middle must not leave it beside half of its outputs.
    await rm(join(folder, DONE_FILE), { force: true });
    await rm(folder, { recursive: true, force: true });
    await makeFolder(folder);
  });
  await writeJson(join(folder, BEGUN_FILE), { key });
}

function reason(
  before: Manifest | undefined,
  inputs: StageInputs,
  damage: string | undefined,
  resumed: boolean,
): string {
  if (damage !== undefined) return damage;
  if (resumed) return 'an earlier run was interrupted';
  return before === undefined ? 'it has not run yet' : changedInput(before.inputs, inputs);
}

/** Adds the rate and the time left, counted from where this process began and not from where an earlier one did. */
function progressMeter(stage: string, clock: () => number): (progress: StageProgress) => StudyEvent {
  let first: { readonly done: number; readonly time: number } | undefined;
  return (progress) => {
    const time = clock();
    first ??= { done: progress.done, time };
    const seconds = (time - first.time) / 1000;
    const perSecond = (progress.done - first.done) / seconds;
    const known = seconds > 0.5 && perSecond > 0;
    return {
      type: 'stage-progress',
      stage,
      ...progress,
      ...(known ? { perSecond, secondsLeft: Math.max(0, progress.total - progress.done) / perSecond } : {}),
    };
  };
}
