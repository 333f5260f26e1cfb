import { join } from 'node:path';
import { exists, hashJson, readJson, writeJson } from '@flanlab/files';
import { PromptError } from '../errors.js';
import type { Translate } from './translate-rows.js';

export interface ChatTranslatorOptions {
  /** Address of an OpenAI-compatible API, up to and with `/v1`. */
  readonly baseUrl: string;
  /** Sent as a bearer token, and never part of a message. */
  readonly apiKey?: string | undefined;
  readonly model: string;
  /** The language as the model is asked for it, such as `Scottish Gaelic`. */
  readonly language: string;
  /** Folder that keeps every answer, so that no text is paid for twice. */
  readonly cache: string;
  readonly fetch: typeof globalThis.fetch;
  /** Waits; tests do not. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly now: () => number;
  /** Starts of requests are at least 60 s / this apart (default 60). */
  readonly requestsPerMinute?: number | undefined;
  /** Attempts after the first, for busy servers and lost connections (default 5). */
  readonly retries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** What the reference asks (behaviour 11.5). */
export const translationRequest = (text: string, language: string): string =>
  `Translate the following text to ${language}:\n\n${text}`;

/** The file that keeps the translation of a text. */
export function cachedTranslation(
  { cache, model, language }: Pick<ChatTranslatorOptions, 'cache' | 'model' | 'language'>,
  text: string,
): string {
  return join(cache, `${hashJson([model, language, text])}.json`);
}

/**
 * Translates through the chat endpoint of an OpenAI-compatible API, one request at a time. Of an answer to a text of one
 * line only the first line is kept: models like to explain themselves below.
 *
 * A busy server (429, 5xx) and a lost connection are tried again, after what `Retry-After` says or twice as long as before.
 *
 * The function throws `PromptError` `PROMPT_TRANSLATION_REFUSED` (key or request) and `PROMPT_TRANSLATION_FAILED`.
 */
export function chatTranslator(options: ChatTranslatorOptions): Translate {
  const { requestsPerMinute = 60, sleep, now, language } = options;
  let nextStart = Number.NEGATIVE_INFINITY;
  const inTurn = async (): Promise<void> => {
    const wait = nextStart - now();
    if (wait > 0) await sleep(wait);
    nextStart = Math.max(now(), nextStart) + 60_000 / requestsPerMinute;
  };
  return async (text) => {
    if (text.trim() === '') return text;
    const file = cachedTranslation(options, text);
    if (await exists(file)) {
      const kept = (await readJson(file)) as { readonly translation?: unknown };
      if (typeof kept.translation === 'string') return kept.translation;
    }
    const answer = (await ask(options, translationRequest(text, language), inTurn)).trim();
    const translation = text.trim().includes('\n') ? answer : answer.split('\n', 1)[0]!.trim();
    if (translation === '') throw failed(options, 'The answer was empty.');
    await writeJson(file, { model: options.model, language, text, translation });
    return translation;
  };
}

async function ask(options: ChatTranslatorOptions, content: string, inTurn: () => Promise<void>): Promise<string> {
  const { retries = 5, sleep, signal } = options;
  let pause = FIRST_PAUSE_MS;
  for (let attempt = 0; ; attempt++) {
    await inTurn();
    signal?.throwIfAborted();
    const outcome = await attemptRequest(options, content);
    if (outcome.answer !== undefined) return outcome.answer;
    if (attempt >= retries) throw failed(options, `${outcome.why} (after ${attempt + 1} attempts)`);
    await sleep(Math.min(LONGEST_PAUSE_MS, outcome.waitMs ?? pause));
    pause *= 2;
  }
}

type Outcome =
  | { readonly answer: string }
  | { readonly answer?: undefined; readonly why: string; readonly waitMs?: number | undefined };

async function attemptRequest(options: ChatTranslatorOptions, content: string): Promise<Outcome> {
  const { baseUrl, apiKey, model, fetch, signal } = options;
  const url = `${baseUrl.replace(/\/+$/, '')}/chat/completions`;
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
      ...(signal === undefined ? {} : { signal }),
    });
    body = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    return { why: `${url} did not answer: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (response.ok) return { answer: answerIn(options, body) };
  const why = `${url} answered ${response.status}: ${body.slice(0, 200)}`;
  if (response.status !== 429 && response.status < 500) throw refused(options, why);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return { why, waitMs: Number.isFinite(seconds) ? seconds * 1000 : undefined };
}

function answerIn(options: ChatTranslatorOptions, body: string): string {
  let content: unknown;
  try {
    const reply = JSON.parse(body) as { choices?: readonly { message?: { content?: unknown } }[] } | null;
    content = reply?.choices?.[0]?.message?.content;
  } catch {
    content = undefined;
  }
  if (typeof content === 'string') return content;
  throw failed(options, `The answer holds no choices[0].message.content: ${body.slice(0, 200)}`);
}

/** Servers like to quote the key in their messages. */
function withoutKey(text: string, { apiKey }: ChatTranslatorOptions): string {
  return apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '[key]');
}

function refused(options: ChatTranslatorOptions, why: string): PromptError {
  return new PromptError(
    'PROMPT_TRANSLATION_REFUSED',
    {
      what: 'The translation service refused a request.',
      why: withoutKey(why, options),
      fix: 'Check the key, the name of the model and the address. What was translated is kept.',
    },
    { kind: 'environment' },
  );
}

function failed(options: ChatTranslatorOptions, why: string): PromptError {
  return new PromptError(
    'PROMPT_TRANSLATION_FAILED',
    {
      what: 'A text could not be translated.',
      why: withoutKey(why, options),
      fix: 'Run the same command again later: what was translated is kept, and it goes on there.',
    },
    { kind: 'environment' },
  );
}
