import { type ErrorKind, EXIT_CODES } from './exit-codes.js';

/** The three parts of every message: what happened, why (with the offending value), how to fix it. */
export interface ErrorParts {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

export interface FlanlabErrorOptions {
  readonly cause?: unknown;
  /** Whose turn it is to act, hence the exit code. `input` (bad data) when left out. */
  readonly kind?: ErrorKind;
}

// Registered globally: two copies of this package in one process recognise each other's errors.
const MARK = Symbol.for('flanlab.error');

/**
 * Base of every error flanlab throws on purpose. Each package has one subclass and a closed list of codes; callers
 * compare `code`, never text. `docs/errors.md` has a heading for each code.
 */
export abstract class FlanlabError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly kind: ErrorKind;

  constructor(code: Code, { what, why, fix }: ErrorParts, { cause, kind = 'input' }: FlanlabErrorOptions = {}) {
    super(`${what} ${why} ${fix}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.what = what;
    this.why = why;
    this.fix = fix;
    this.kind = kind;
    Object.defineProperty(this, MARK, { value: true });
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }

  /** Where the documentation explains this code. */
  get docs(): string {
    return `docs/errors.md#${this.code.toLowerCase()}`;
  }
}

/** True for errors of every flanlab package, also across duplicate installations. */
export function isFlanlabError(error: unknown): error is FlanlabError {
  return error instanceof Error && MARK in error;
}
