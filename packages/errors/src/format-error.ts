import { isFlanlabError } from './flanlab-error.js';

/** Renders an error for a person: code and what, then why, then fix, then where to read more; causes indented. */
export function formatError(error: unknown): string {
  if (!isFlanlabError(error)) return error instanceof Error ? (error.stack ?? String(error)) : String(error);
  const lines = [`${error.code}: ${error.what}`, `  why: ${error.why}`, `  fix: ${error.fix}`, `  see: ${error.docs}`];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(`  caused by: ${isFlanlabError(cause) ? `${cause.code}: ${cause.what}` : cause.message}`);
  }
  return lines.join('\n');
}
