import { type Delimiter, FilesError, readDelimited, writeDelimited } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import type { FieldValue, Row } from '../row.js';

/**
 * Rows of a CSV or TSV file with a header. Every cell is text: guessing types turns `None`, `001` and `True` into other
 * things. Tasks whose labels are numbers read digits just as well.
 */
export async function* readDelimitedRows(path: string, delimiter: Delimiter): AsyncGenerator<Row> {
  try {
    const { rows } = await readDelimited(path, delimiter);
    yield* rows;
  } catch (cause) {
    if (!(cause instanceof FilesError) || cause.code !== 'FILES_DELIMITED_INVALID') throw cause;
    const { what, why, fix } = cause;
    throw new DatasetError('DATASET_TABLE_INVALID', { what: `${path}: ${what}`, why, fix }, { cause });
  }
}

/** Lists and structs are written as JSON, null as an empty cell. The columns are those of all rows, in order of appearance. */
export async function writeDelimitedRows(path: string, rows: readonly Row[], delimiter: Delimiter): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])));
  await writeDelimited(path, { columns, rows: cells }, delimiter);
}

function cell(value: FieldValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
