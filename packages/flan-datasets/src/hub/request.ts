import { DatasetError } from '../errors.js';
import { causeOf, failure, type RequestSubject } from './failures.js';
import { askedWaitMs, Retryable, type RetryNotice, withRetries } from './retry.js';
import type { HubSettings } from './settings.js';

/** One thing to ask the hub for. */
export interface HubRequest {
  readonly url: string;
  readonly repo: string;
  readonly revision?: string | undefined;
  readonly path?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/** A good answer whose body is watched: a chunk, or an error when nothing came for a while. */
export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly chunks: () => AsyncGenerator<Uint8Array>;
}

const LONGEST_JSON = 64 * 2 ** 20;
const MOST_REDIRECTS = 5;
/** Servers that are busy or restarting; 408 and 425 ask for another try as well, and 416 for another range. */
const PASSING = new Set([408, 416, 425, 429, 500, 502, 503, 504]);

/**
 * Sends one request, follows redirects, and gives its answer to `use`, once. The token goes to the hub and its data sets
 * service alone, never to the storage host that a download is redirected to.
 *
 * @throws {Retryable} where another attempt may help
 * @throws {DatasetError} where it will not
 */
export async function sendOnce<Result>(
  settings: HubSettings,
  request: HubRequest,
  headers: Readonly<Record<string, string>>,
  use: (answer: HubAnswer) => Promise<Result>,
): Promise<Result> {
  const watch = stallWatch(settings.stallMs, request.signal);
  try {
    const response = await follow(settings, request, headers, watch);
    if (!response.ok) throw await refusal(response, settings, request);
    return await use({ status: response.status, headers: response.headers, chunks: () => bodyOf(response, watch) });
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof DatasetError || error instanceof Retryable) throw error;
    if (watch.stalled()) throw new Retryable(`nothing came for ${settings.stallMs / 1000} s`, { cause: error });
    if (!isNetworkError(error)) throw error;
    throw new Retryable(networkReason(error), { cause: error });
  } finally {
    // Ends the connection of an answer that was not read to its end.
    watch.stop();
  }
}

/**
 * The JSON of an address, after as many attempts as the settings allow.
 * @throws {DatasetError} `DATASET_HUB_UNREACHABLE`, `DATASET_HUB_RATE_LIMITED`, `DATASET_HUB_ANSWER_INVALID`, or what
 * {@link causeOf} found
 */
export async function getJson(
  settings: HubSettings,
  request: HubRequest,
): Promise<{ readonly value: unknown; readonly headers: Headers }> {
  return retried(settings, request, () =>
    sendOnce(settings, request, { accept: 'application/json' }, async (answer) => {
      const text = await readText(answer, request);
      try {
        return { value: JSON.parse(text) as unknown, headers: answer.headers };
      } catch (cause) {
        throw invalidAnswer(request, 'It is not JSON: a proxy or a log-in page may stand in between.', cause);
      }
    }),
  );
}

/** {@link withRetries}, with the last failure as a typed error. */
export async function retried<Result>(
  settings: HubSettings,
  { url, repo, signal, onRetry }: Pick<HubRequest, 'url' | 'repo' | 'signal' | 'onRetry'>,
  attempt: () => Promise<Result>,
): Promise<Result> {
  try {
    return await withRetries(settings, attempt, { signal, onRetry });
  } catch (error) {
    if (!(error instanceof Retryable)) throw error;
    throw gaveUp(settings, url, repo, error);
  }
}

function gaveUp(settings: HubSettings, url: string, repo: string, error: Retryable): DatasetError {
  const { host } = new URL(url);
  if (error.status === 429) {
    const wait = error.waitMs === undefined ? 'a few minutes' : `${Math.ceil(error.waitMs / 1000)} s`;
    return new DatasetError(
      'DATASET_HUB_RATE_LIMITED',
      {
        what: `${host} wants no more requests for now (${repo}).`,
        why: `The limit of this ${settings.token === null ? 'address' : 'account'} is used up; it asks to wait ${wait}.`,
        fix:
          settings.token === null
            ? 'Wait, or log in with `hf auth login` for a higher limit; then run the same again: what was fetched is kept. See https://huggingface.co/docs/hub/rate-limits.'
            : 'Wait, then run the same again: what was fetched is kept. See https://huggingface.co/docs/hub/rate-limits.',
      },
      { cause: error, kind: 'environment' },
    );
  }
  return new DatasetError(
    'DATASET_HUB_UNREACHABLE',
    {
      what: `${host} did not deliver what was asked for (${repo}).`,
      why: `After ${settings.attempts === 1 ? 'one attempt' : `${settings.attempts} attempts`}: ${error.message}.`,
      fix: 'Check the network and https://status.huggingface.co, then run the same again: what was fetched is kept.',
    },
    { cause: error, kind: 'environment' },
  );
}

async function follow(
  settings: HubSettings,
  request: HubRequest,
  headers: Readonly<Record<string, string>>,
  watch: StallWatch,
): Promise<Response> {
  let url = new URL(request.url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    watch.alive();
    const response = await settings.fetch(url, {
      headers: { ...headers, 'user-agent': 'flanlab', ...authorisation(settings, url) },
      redirect: 'manual',
      signal: watch.signal,
    });
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url.href)) throw invalidAnswer(request, 'It redirects to what is no address.');
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol)) throw invalidAnswer(request, `It redirects to a ${next.protocol} address.`);
    url = next;
  }
  throw invalidAnswer(request, `It redirects more than ${MOST_REDIRECTS} times.`);
}

/** The token, for the hosts it was given for and no other. */
function authorisation({ token, endpoint, datasetsServer }: HubSettings, { origin }: URL): Record<string, string> {
  const own = [endpoint, datasetsServer].some((address) => address !== null && new URL(address).origin === origin);
  return token !== null && own ? { authorization: `Bearer ${token}` } : {};
}

async function refusal(response: Response, settings: HubSettings, request: HubRequest): Promise<Error> {
  const { status, headers } = response;
  await response.body?.cancel();
  if (PASSING.has(status)) {
    const waitMs = status === 429 || status === 503 ? askedWaitMs(headers, Date.now()) : undefined;
    return new Retryable(`it answered ${status}`, { status, waitMs });
  }
  const subject = subjectOf(settings, request);
  const cause = causeOf(status, headers, subject);
  if (cause !== undefined) return failure(cause, subject);
  return invalidAnswer(request, `It is ${status} ${response.statusText}`.trimEnd());
}

export function subjectOf({ endpoint, token }: HubSettings, { repo, revision, path }: HubRequest): RequestSubject {
  return { endpoint, repo, revision, path, hasToken: token !== null };
}

/**
 * A whole file instead of a part must be as long as the file that is listed: a log-in page in its place is not.
 * @throws {Retryable}
 */
export function checkWholeLength(headers: Headers, size: number): void {
  const announced = headers.get('content-length');
  if (announced !== null && Number(announced) === size) return;
  throw new Retryable(`it sent ${announced ?? 'an unknown number of'} bytes in place of a file of ${size}`);
}

/** An answer that no hub should give. */
export function invalidAnswer(
  { repo, path }: Pick<HubRequest, 'repo' | 'path'>,
  why: string,
  cause?: unknown,
): DatasetError {
  return new DatasetError(
    'DATASET_HUB_ANSWER_INVALID',
    {
      what: `The answer for ${repo}${path === undefined ? '' : ` (${path})`} cannot be used.`,
      why: why.endsWith('.') ? why : `${why}.`,
      fix: 'Check HF_ENDPOINT and any proxy, then try again; if it stays so, report it with this text.',
    },
    { cause, kind: 'environment' },
  );
}

async function readText(answer: HubAnswer, request: HubRequest): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of answer.chunks()) {
    bytes += chunk.byteLength;
    if (bytes > LONGEST_JSON) throw invalidAnswer(request, `It has more than ${LONGEST_JSON / 2 ** 20} MiB of JSON.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

interface StallWatch {
  readonly signal: AbortSignal;
  /** Something came, or is waited for from now on. */
  readonly alive: () => void;
  /** Nothing is waited for: whoever reads is busy. */
  readonly pause: () => void;
  readonly stalled: () => boolean;
  readonly stop: () => void;
}

/** A connection has stalled after so many waits in a row: where this process itself stood still, one of them passes and not all. */
const WAITS_TO_STALL = 10;

function stallWatch(stallMs: number, outer: AbortSignal | undefined): StallWatch {
  const own = new AbortController();
  let stalled = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (left: number): void => {
    timer = setTimeout(() => {
      if (left > 1) return wait(left - 1);
      stalled = true;
      own.abort();
    }, stallMs / WAITS_TO_STALL);
  };
  const alive = (): void => {
    clearTimeout(timer);
    wait(WAITS_TO_STALL);
  };
  return {
    signal: outer === undefined ? own.signal : AbortSignal.any([own.signal, outer]),
    alive,
    pause: () => clearTimeout(timer),
    stalled: () => stalled,
    stop() {
      clearTimeout(timer);
      own.abort();
    },
  };
}

async function* bodyOf(response: Response, watch: StallWatch): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  watch.alive();
  for await (const chunk of response.body) {
    watch.pause();
    yield chunk as Uint8Array;
    watch.alive();
  }
}

/** What `fetch` throws when a connection fails, before the headers or after. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'AbortError' || error.name === 'SocketError' || (error instanceof TypeError && isFetchFailure(error))
  );
}

const isFetchFailure = ({ message, cause }: TypeError): boolean =>
  cause !== undefined || /^(fetch failed|terminated)$/.test(message);

function networkReason(error: unknown): string {
  const { cause, message } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  const { code, message: reason = '' } = cause ?? {};
  if (code === undefined || reason.includes(code)) return reason || message;
  return reason === '' ? code : `${reason} (${code})`;
}
