import { FlanlabError } from '@flanlab/errors';

export const MIXTURE_ERROR_CODES = [
  'MIXTURE_SETUP_UNKNOWN',
  'MIXTURE_TASK_UNKNOWN',
  'MIXTURE_SETUP_INVALID',
  'MIXTURE_EMPTY',
  'MIXTURE_PROMPTS_MISSING',
  'MIXTURE_OPTION_INVALID',
  'MIXTURE_RATES_INVALID',
  'MIXTURE_LEAKAGE',
  'MIXTURE_FILE_INVALID',
  'MIXTURE_LABELS_MIXED',
] as const;

/** Every error of this package; compare `code`. */
export class MixtureError extends FlanlabError<(typeof MIXTURE_ERROR_CODES)[number]> {}
