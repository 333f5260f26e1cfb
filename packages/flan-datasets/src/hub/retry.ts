import type { HubSettings } from './settings.js';

/** An attempt that may go better the next time. */
export class Retryable extends Error {
  /** How long the server asked to wait, in milliseconds. */
  readonly waitMs: number | undefined;
  readonly status: number | undefined;
  /** True where the attempt brought something that is kept, so that attempts count anew. */
  readonly progressed: boolean;

  constructor(
    message: string,
    options: {
      readonly waitMs?: number | undefined;
      readonly status?: number | undefined;
      readonly progressed?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Retryable';
    this.waitMs = options.waitMs;
    this.status = options.status;
    this.progressed = options.progressed ?? false;
  }
}

/** A wait before the next attempt, for whoever shows progress. */
export interface RetryNotice {
  readonly attempt: number;
  readonly waitMs: number;
  readonly why: string;
}

const FIRST_WAIT_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/** Half to all of 0.5 s, 1 s, 2 s, … up to 30 s before attempt 2, 3, 4, …: spread, so that clients do not return together. */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random() / 2));
}

/**
 * How long a server asks to wait: `Retry-After` in seconds or as a date, else the `t=` of the hub's `RateLimit` header once
 * nothing is left. In milliseconds.
 */
export function askedWaitMs(headers: Headers, now: number): number | undefined {
  const after = headers.get('retry-after')?.trim();
  if (after !== undefined && /^\d+$/.test(after)) return Number(after) * 1000;
  const date = after === undefined ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const seconds = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/**
 * Runs an attempt until it succeeds, fails for good, or `attempts` in a row brought nothing; the last {@link Retryable} is then
 * thrown. A wait longer than `maxWaitMs` is not waited for.
 */
export async function withRetries<Result>(
  { attempts, sleep, random, maxWaitMs }: Pick<HubSettings, 'attempts' | 'sleep' | 'random' | 'maxWaitMs'>,
  attempt: () => Promise<Result>,
  {
    signal,
    onRetry,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  } = {},
): Promise<Result> {
  for (let failed = 1; ; failed++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Retryable)) throw error;
      if (error.progressed) failed = 1;
      const waitMs = error.waitMs ?? backoffMs(failed, random);
      if (failed >= attempts || waitMs > maxWaitMs) throw error;
      onRetry?.({ attempt: failed + 1, waitMs, why: error.message });
      await sleep(waitMs, signal);
    }
  }
}
