import { fileURLToPath } from 'node:url';

/** The folder of the rows that ship with this package: `<task>/<split>.jsonl` in the hub's columns, all written by us. */
export function embeddedDataDir(): string {
  return fileURLToPath(new URL('../embedded', import.meta.url));
}
