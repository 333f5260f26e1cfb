import { FlanlabError } from '@flanlab/errors';

/** Every way in which training can fail; each has its section in `ERRORS.md`. */
export const TRAINER_ERROR_CODES = [
  'TRAINER_RECIPE_INVALID',
  'TRAINER_ROWS_INVALID',
  'TRAINER_ROWS_EMPTY',
  'TRAINER_TARGETS_MISSING',
  'TRAINER_MASK_TOKEN_MISSING',
  'TRAINER_METRIC_MISSING',
  'TRAINER_MEMORY_SHORT',
  'TRAINER_NON_FINITE',
  'TRAINER_OUT_IS_MODEL',
  'TRAINER_RESUME_MISMATCH',
  'TRAINER_CHECKPOINT_DAMAGED',
] as const;

export type TrainerErrorCode = (typeof TRAINER_ERROR_CODES)[number];

/** Thrown by everything in this package. */
export class TrainerError extends FlanlabError<TrainerErrorCode> {}
