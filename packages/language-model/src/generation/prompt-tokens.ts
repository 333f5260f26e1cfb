import { LanguageModelError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';

export interface PromptOptions {
  readonly maxPositions: number;
  readonly maxNewTokens: number;
  /**
   * What to do with a prompt that begins with the text of the begin-of-sequence token, which the tokenizer adds anyway:
   * `false` (the default) keeps one; `true` (compat) keeps both, as serving stacks do that tokenise the text as it is.
   */
  readonly doubleBos?: boolean;
}

export interface PromptTokens {
  readonly ids: Int32Array;
  /** Tokens that were cut off at the left, behind the begin-of-sequence token. */
  readonly truncated: number;
}

/** Share of the context that a prompt always leaves for the answer (less, if fewer new tokens are asked for). */
const ANSWER_SHARE = 1 / 4;

/**
 * The tokens of a prompt. One that is too long for the model loses tokens at its left, since what is asked stands at the
 * end: the begin-of-sequence token stays, and room for `maxNewTokens`, or a quarter of the context, is left.
 * @throws {LanguageModelError} `GENERATION_PROMPT_EMPTY` for a prompt without tokens, if the tokenizer has no token to start with
 */
export function promptTokens(tokenizer: Tokenizer, prompt: string, options: PromptOptions): PromptTokens {
  const { maxPositions, maxNewTokens, doubleBos = false } = options;
  let { ids } = tokenizer.encode(prompt);
  const { bosId } = tokenizer;
  if (!doubleBos && bosId !== undefined && ids[0] === bosId && ids[1] === bosId) ids = ids.slice(1);
  if (ids.length === 0) ids = Int32Array.of(startToken(tokenizer));
  const room = Math.max(1, maxPositions - Math.min(maxNewTokens, Math.floor(maxPositions * ANSWER_SHARE)));
  if (ids.length <= room) return { ids, truncated: 0 };
  const kept = ids.slice(ids.length - room);
  if (ids[0] === bosId && bosId !== undefined) kept[0] = bosId;
  return { ids: kept, truncated: ids.length - room };
}

/** What an empty prompt stands for: the begin of a text or, as with GPT-2, the end of the one before. */
function startToken({ bosId, eosId }: Tokenizer): number {
  const start = bosId ?? eosId;
  if (start !== undefined) return start;
  throw new LanguageModelError('GENERATION_PROMPT_EMPTY', {
    what: 'A prompt has no tokens.',
    why: 'Its text is empty, and the tokenizer names no token that begins or ends a text.',
    fix: 'Leave empty prompts out, or name bos_token in tokenizer_config.json.',
  });
}
