import { isFlanlabError } from '@flanlab/errors';
import type { Provider } from './options.js';
import { multiplyOn } from './probe-multiply.js';

// Runs alone in a process: a provider without its driver may crash or hang, and only this process goes with it.
multiplyOn(process.argv[2] as Provider).then(
  (report) => process.send?.(report, () => process.exit(0)),
  (error: unknown) => process.send?.({ error: reason(error) }, () => process.exit(1)),
);

/** The cause in the runtime's own words; the report adds what to do. */
function reason(error: unknown): string {
  if (isFlanlabError(error)) return error.why;
  return error instanceof Error ? error.message : String(error);
}
