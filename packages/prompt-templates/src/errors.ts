import { FlanlabError } from '@flanlab/errors';

export const TEMPLATE_ERROR_CODES = [
  'TEMPLATE_BRACE_UNBALANCED',
  'TEMPLATE_SLOT_INVALID',
  'TEMPLATE_SLOT_UNKNOWN',
  'TEMPLATE_VALUE_MISSING',
  'TEMPLATE_TASK_UNKNOWN',
  'TEMPLATE_FRAME_UNKNOWN',
  'TEMPLATE_CATALOGUE_UNREADABLE',
  'TEMPLATE_CATALOGUE_INVALID',
  'TEMPLATE_PYTHON_INVALID',
  'TEMPLATE_DOWNLOAD_FAILED',
  'TEMPLATE_DOWNLOAD_CHANGED',
] as const;

/** Every error of this package; compare `code`. */
export class TemplateError extends FlanlabError<(typeof TEMPLATE_ERROR_CODES)[number]> {}
