import { FlanlabError } from '@flanlab/errors';

export const PROMPT_ERROR_CODES = [
  'PROMPT_OPTION_INVALID',
  'PROMPT_CONTEXT_TOO_SMALL',
  'PROMPT_FRAME_INVALID',
  'PROMPT_TASK_UNSUPPORTED',
  'PROMPT_SOURCE_EMPTY',
  'PROMPT_CHAT_TEMPLATE_MISSING',
  'PROMPT_CHAT_TEMPLATE_INVALID',
  'PROMPT_CHAT_TURNS_UNCLEAR',
  'PROMPT_TRANSLATION_REFUSED',
  'PROMPT_TRANSLATION_FAILED',
] as const;

/** Every error of this package; compare `code`. */
export class PromptError extends FlanlabError<(typeof PROMPT_ERROR_CODES)[number]> {}
