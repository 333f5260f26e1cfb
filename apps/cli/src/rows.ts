import { readJsonLines } from '@flanlab/files';
import { CliError } from './errors.js';

/** A text field of a JSON Lines row, or an error that names the line. */
export function textField(row: unknown, field: string, path: string, index: number): string {
  const value = (row as Readonly<Record<string, unknown>> | null)?.[field];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new CliError('CLI_ROW_INVALID', {
    what: `Row ${index + 1} of ${path} cannot be used.`,
    why: `Its "${field}" is ${value === undefined ? 'missing' : JSON.stringify(value)}, and text is needed.`,
    fix: `Give every row a text "${field}".`,
  });
}

/** All rows of a JSON Lines file. */
export async function readAll(path: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const row of readJsonLines(path)) rows.push(row);
  return rows;
}
