import { FlanlabError } from '@flanlab/errors';

/** Every way in which a session can fail; each has its section in `ERRORS.md`. */
export const SESSION_ERROR_CODES = [
  'SESSION_MODEL_INVALID',
  'SESSION_MODEL_MISSING',
  'SESSION_PROVIDER_UNAVAILABLE',
  'SESSION_FEED_INVALID',
  'SESSION_NAME_UNKNOWN',
  'SESSION_RUN_FAILED',
  'SESSION_WORKER_FAILED',
  'SESSION_CLOSED',
] as const;

export type SessionErrorCode = (typeof SESSION_ERROR_CODES)[number];

/** Thrown by everything in this package, except for an abort, which rejects with the signal's reason. */
export class SessionError extends FlanlabError<SessionErrorCode> {}
