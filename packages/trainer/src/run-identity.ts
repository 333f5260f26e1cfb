import { hashJson } from '@flanlab/files';
import type { StoredCheckpoint } from './checkpoint-store.js';
import { TrainerError } from './errors.js';
import { hashRows } from './hash-rows.js';
import type { Recipe } from './recipe.js';
import type { TokenisedRow } from './tokenise.js';

/** Raised when the same recipe and data give other bits than before. */
const VERSION = 3;

/**
 * Hash of everything that decides the bits of the result: recipe, tokenised rows and start weights. Settings that only
 * decide when something is written are left out.
 */
export function runIdentity(recipe: Recipe, rows: readonly TokenisedRow[], startHash: string): string {
  const { logEvery, evalEvery, saveEvery, keepCheckpoints, loadBest, stepsPerRun, rowsWithoutTarget, ...rest } = recipe;
  return hashJson({ version: VERSION, recipe: rest, rows: hashRows(rows), start: startHash });
}

/** @throws {TrainerError} `TRAINER_RESUME_MISMATCH` when a checkpoint belongs to another run */
export function checkIdentity({ path, state }: StoredCheckpoint, identity: string): void {
  if (state.identity === identity) return;
  throw new TrainerError(
    'TRAINER_RESUME_MISMATCH',
    {
      what: `Training cannot go on from ${path}.`,
      why: 'It belongs to a run with another recipe, other rows or another start model.',
      fix: 'Give back what it was started with, choose another run folder, or start anew with resume: never.',
    },
    { kind: 'usage' },
  );
}
