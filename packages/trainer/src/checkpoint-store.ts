import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlanlabError } from '@flanlab/errors';
import { hashFile, hashJson, makeFolder, readJson, writeFolderAtomic, writeJson } from '@flanlab/files';
import { readSafetensors, writeSafetensors } from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import type { EvaluationHistory } from './best-evaluation.js';
import { TrainerError } from './errors.js';
import type { Recipe } from './recipe.js';
import { moment1Name, moment2Name } from './state-names.js';
import type { ParameterShape } from './training-graph.js';

/** Where a run stands. With the weights and moments it is all that resuming needs: everything else follows from it. */
export interface TrainerState {
  /** Optimizer steps done; also the position in the data and in every random stream. */
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly recipe: Recipe;
  /** Hash of recipe, data and start weights. */
  readonly identity: string;
  /** Of the last step; null when there was none. */
  readonly loss: number | null;
  readonly evaluations: EvaluationHistory;
  /** What the next row of metrics has to add to. */
  readonly sinceLog: { readonly steps: number; readonly loss: number; readonly targets: number };
}

export interface StoredCheckpoint {
  readonly path: string;
  readonly state: TrainerState;
  /** Parameters and moments, by their input names. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export const STATE_FILE = 'trainer_state.json';
const WEIGHTS_FILE = 'model.safetensors';
const OPTIMIZER_FILE = 'optimizer.safetensors';
/** Folder of a checkpoint in its run folder. */
export const checkpointName = (step: number): string => `checkpoint-${step}`;
const CHECKPOINT_NAME = /^checkpoint-(\d+)$/;

/**
 * Saves a checkpoint as a folder that is whole or not there: `model.safetensors` (what is trained),
 * `optimizer.safetensors` (moments), `trainer_state.json` (state, and SHA-256 of all three). Then removes the oldest
 * ones beyond `keep`, but neither this one nor the one of the step `best`.
 */
export async function saveCheckpoint(
  runDir: string,
  state: TrainerState,
  trained: readonly ParameterShape[],
  tensors: Readonly<Record<string, Tensor>>,
  { keep, best }: { readonly keep: number; readonly best: number | undefined },
): Promise<string> {
  const path = join(runDir, checkpointName(state.step));
  const named = (names: readonly string[]) => names.map((name) => [name, tensors[name]!] as const);
  await makeFolder(runDir);
  await writeFolderAtomic(
    path,
    async (folder) => {
      await writeSafetensors(join(folder, WEIGHTS_FILE), named(trained.map(({ name }) => name)));
      const moments = trained.flatMap(({ name }) => [moment1Name(name), moment2Name(name)]);
      await writeSafetensors(join(folder, OPTIMIZER_FILE), named(moments));
      const sha256: Record<string, string> = {};
      for (const file of [WEIGHTS_FILE, OPTIMIZER_FILE]) sha256[file] = await hashFile(join(folder, file));
      sha256[STATE_FILE] = hashState(state);
      await writeJson(join(folder, STATE_FILE), { ...state, sha256 });
    },
    { replace: true },
  );
  const steps = await listCheckpoints(runDir);
  const others = steps.filter((step) => step !== state.step && step !== best);
  const room = Math.max(0, keep - (steps.length - others.length));
  for (const old of others.slice(room)) await rm(join(runDir, checkpointName(old)), { recursive: true, force: true });
  return path;
}

/** Steps of the checkpoints in a run folder, newest first. */
export async function listCheckpoints(runDir: string): Promise<number[]> {
  const names = await readdir(runDir).catch(() => []);
  const steps = names.map((name) => CHECKPOINT_NAME.exec(name)?.[1]).filter((step) => step !== undefined);
  return steps.map(Number).sort((a, b) => b - a);
}

/** Removes the checkpoints of a run folder after a step. */
export async function removeCheckpoints(runDir: string, after = -1): Promise<void> {
  for (const step of await listCheckpoints(runDir)) {
    if (step > after) await rm(join(runDir, checkpointName(step)), { recursive: true });
  }
}

/** True for the files and folders of a run folder that are written under a temporary name first. */
export const isRunFile = (name: string): boolean => CHECKPOINT_NAME.test(name) || name === 'metrics.jsonl';

/** Removes what a killed process left of what it had not finished writing: nobody will ever rename it. */
export async function removeUnfinished(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, target] = /^\.(.+)\.\d+\.[0-9a-f]{8}\.tmp$/.exec(name) ?? [];
    if (target !== undefined && isOurs(target)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** The newest checkpoint that is whole; damaged newer ones are told to `onDamaged` and passed over. */
export async function latestCheckpoint(
  runDir: string,
  trained: readonly ParameterShape[],
  onDamaged: (path: string, reason: string) => void,
): Promise<StoredCheckpoint | undefined> {
  for (const step of await listCheckpoints(runDir)) {
    const path = join(runDir, checkpointName(step));
    try {
      return await readCheckpoint(path, trained);
    } catch (error) {
      if (error instanceof TrainerError && error.code === 'TRAINER_RESUME_MISMATCH') throw error;
      onDamaged(path, error instanceof Error ? error.message : String(error));
    }
  }
  return undefined;
}

/**
 * @throws {TrainerError} `TRAINER_CHECKPOINT_DAMAGED`; `TRAINER_RESUME_MISMATCH` for one of other parameters; and what reading
 * its files throws
 */
export async function readCheckpoint(path: string, trained: readonly ParameterShape[]): Promise<StoredCheckpoint> {
  const { sha256, ...state } = (await readJson(join(path, STATE_FILE))) as TrainerState & {
    readonly sha256?: Readonly<Record<string, string>>;
  };
  if (hashState(state) !== sha256?.[STATE_FILE]) {
    throw damaged(path, `The content of ${STATE_FILE} is not what was written.`);
  }
  for (const file of [WEIGHTS_FILE, OPTIMIZER_FILE]) {
    const hash = await hashFile(join(path, file));
    if (hash !== sha256[file]) throw damaged(path, `The content of ${file} is not what was written.`);
  }
  const tensors = new Map<string, Tensor>();
  for (const file of [WEIGHTS_FILE, OPTIMIZER_FILE]) {
    for (const [name, tensor] of (await readSafetensors(join(path, file))).tensors) {
      tensors.set(name, { type: 'float32', dims: tensor.shape, data: await tensor.float32() });
    }
  }
  for (const { name, shape } of trained) {
    for (const key of [name, moment1Name(name), moment2Name(name)]) {
      if (tensors.get(key)?.dims.join() !== shape.join())
        throw otherRun(path, `It has no tensor ${key} of shape (${shape.join(', ')}).`); // its hashes are right
    }
  }
  return { path, state, tensors };
}

/**
 * The checkpoint of the best evaluation, for a run that is to end with it.
 * @throws {TrainerError} `TRAINER_CHECKPOINT_DAMAGED`
 */
export async function readBestCheckpoint(
  runDir: string,
  step: number,
  trained: readonly ParameterShape[],
): Promise<StoredCheckpoint> {
  const path = join(runDir, checkpointName(step));
  try {
    return await readCheckpoint(path, trained);
  } catch (error) {
    throw new TrainerError(
      'TRAINER_CHECKPOINT_DAMAGED',
      {
        what: `The checkpoint of the best evaluation, ${path}, cannot be used.`,
        why: error instanceof FlanlabError ? `${error.what} ${error.why}` : String(error),
        fix: 'Put it back; or set loadBest: false to end with the last parameters, or resume: never to start anew.',
      },
      { cause: error },
    );
  }
}

/** SHA-256 of a state as JSON keeps it. */
const hashState = (state: TrainerState): string => hashJson(JSON.parse(JSON.stringify(state)));

function damaged(path: string, why: string): TrainerError {
  return new TrainerError('TRAINER_CHECKPOINT_DAMAGED', {
    what: `The checkpoint ${path} cannot be used.`,
    why,
    fix: 'Remove it; training goes on from the one before.',
  });
}

/** The error for a checkpoint that is whole and belongs to another run. */
export function otherRun(path: string, why: string): TrainerError {
  return new TrainerError(
    'TRAINER_RESUME_MISMATCH',
    {
      what: `Training cannot go on from ${path}.`,
      why: `It belongs to a run with another recipe, other rows or another start model. ${why}`.trim(),
      fix: 'Give back what it was started with, choose another run folder, or start anew with resume: never.',
    },
    { kind: 'usage' },
  );
}
