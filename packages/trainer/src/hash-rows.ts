import { createHash } from 'node:crypto';
import type { TokenisedRow } from './tokenise.js';

/** SHA-256 over ids and labels of all rows, in order. */
export function hashRows(rows: readonly TokenisedRow[]): string {
  const hash = createHash('sha256');
  for (const { ids, labels } of rows) hash.update(Int32Array.of(ids.length)).update(ids).update(labels);
  return hash.digest('hex');
}
