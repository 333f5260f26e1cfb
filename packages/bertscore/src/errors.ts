import { FlanlabError } from '@flanlab/errors';

export const BERTSCORE_ERROR_CODES = [
  'BERTSCORE_BASELINE_INVALID',
  'BERTSCORE_BASELINE_MISSING',
  'BERTSCORE_LENGTH_MISMATCH',
  'BERTSCORE_MODEL_UNKNOWN',
  'BERTSCORE_OPTIONS_EMPTY',
  'BERTSCORE_REFERENCES_EMPTY',
] as const;

export class BertScoreError extends FlanlabError<(typeof BERTSCORE_ERROR_CODES)[number]> {}
