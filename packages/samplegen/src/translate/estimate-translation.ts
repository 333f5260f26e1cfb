import { exists } from '@flanlab/files';
import { type ChatTranslatorOptions, cachedTranslation, translationRequest } from './chat-translator.js';

/** What a translation would take. Tokens are guessed from characters, as tokenizers of services are not public. */
export interface TranslationEstimate {
  /** Different texts. */
  readonly texts: number;
  /** Those whose translation is kept already. */
  readonly cached: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** At the prices given; undefined without them. */
  readonly cost: number | undefined;
  /** At the rate given, at least. */
  readonly minutes: number;
}

export interface EstimateTranslationOptions extends Pick<ChatTranslatorOptions, 'cache' | 'model' | 'language'> {
  readonly requestsPerMinute?: number | undefined;
  /** Prices of a million tokens. */
  readonly inputPrice?: number | undefined;
  readonly outputPrice?: number | undefined;
}

/** English has four characters a token; other languages have fewer, so that their translations have more tokens. */
const CHARACTERS_PER_TOKEN = 4;
const TRANSLATED_CHARACTERS_PER_TOKEN = 2;

/** Guesses what the translation of texts costs, before the first request. */
export async function estimateTranslation(
  texts: Iterable<string>,
  options: EstimateTranslationOptions,
): Promise<TranslationEstimate> {
  const { language, inputPrice, outputPrice, requestsPerMinute = 60 } = options;
  const different = [...new Set(texts)].filter((text) => text.trim() !== '');
  const missing: string[] = [];
  for (const text of different) if (!(await exists(cachedTranslation(options, text)))) missing.push(text);
  const tokens = (total: number, each: number): number => Math.ceil(total / each);
  const asked = missing.reduce((sum, text) => sum + translationRequest(text, language).length, 0);
  const answered = missing.reduce((sum, text) => sum + text.length, 0);
  const inputTokens = tokens(asked, CHARACTERS_PER_TOKEN);
  const outputTokens = tokens(answered, TRANSLATED_CHARACTERS_PER_TOKEN);
  const priced = inputPrice !== undefined && outputPrice !== undefined;
  return {
    texts: different.length,
    cached: different.length - missing.length,
    requests: missing.length,
    inputTokens,
    outputTokens,
    cost: priced ? (inputTokens * inputPrice + outputTokens * outputPrice) / 1e6 : undefined,
    minutes: missing.length / requestsPerMinute,
  };
}
