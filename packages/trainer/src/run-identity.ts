import { hashJson } from '@flanlab/files';
import { otherRun, type StoredCheckpoint } from './checkpoint-store.js';
import { hashRows } from './hash-rows.js';
import type { Recipe } from './recipe.js';
import type { TokenisedRow } from './tokenise.js';

/** Raised when the same recipe and data give other bits than before. */
const VERSION = 4;

/**
 * Hash of everything that decides the bits of the result: recipe, tokenised rows and start weights. Settings that only
 * decide when or how something is written are left out.
 */
export function runIdentity(recipe: Recipe, rows: readonly TokenisedRow[], startHash: string): string {
  const {
    logEvery,
    evalEvery,
    saveEvery,
    keepCheckpoints,
    loadBest,
    stepsPerRun,
    rowsWithoutTarget,
    saveDtype,
    ...rest
  } = recipe;
  return hashJson({ version: VERSION, recipe: rest, rows: hashRows(rows), start: startHash });
}

/** @throws {TrainerError} `TRAINER_RESUME_MISMATCH` when a checkpoint belongs to another run */
export function checkIdentity({ path, state }: StoredCheckpoint, identity: string): void {
  if (state.identity === identity) return;
  throw otherRun(path, '');
}
