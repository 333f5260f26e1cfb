import { FlanlabError } from '@flanlab/errors';

export const EVALUATOR_ERROR_CODES = [
  'EVALUATION_PROMPT_FORMAT_MISSING',
  'EVALUATION_RESPONSE_MISSING',
  'EVALUATION_ROWS_EMPTY',
  'EVALUATION_NAME_INVALID',
  'EVALUATION_WORK_FILE_INVALID',
  'SAMPLES_FILE_INVALID',
  'METRIC_UNKNOWN',
  'METRIC_ROWS_MISMATCH',
  'METRIC_ROWS_MISSING',
  'METRIC_LABELS_MISSING',
  'METRIC_GROUPS_MISSING',
] as const;

/** What the evaluator throws; compare `code`. */
export class EvaluatorError extends FlanlabError<(typeof EVALUATOR_ERROR_CODES)[number]> {}
