import { readJson, readJsonLines } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import { isStruct, type Row } from '../row.js';

/**
 * Streams the rows of a JSON Lines file.
 * @throws {DatasetError} `DATASET_JSON_INVALID` for a line that is no object
 * @throws {FilesError} `FILES_JSON_INVALID` with the line number for one that is no JSON, as the last one of a file cut off
 */
export async function* readJsonLineRows(path: string): AsyncGenerator<Row> {
  let number = 0;
  for await (const value of readJsonLines(path)) {
    number += 1;
    yield checkedRow(value, `Row ${number} of ${path}`);
  }
}

/** Rows of a JSON file that holds one array of objects. */
export async function* readJsonRows(path: string): AsyncGenerator<Row> {
  const rows = await readJson(path);
  if (!Array.isArray(rows)) throw notRow(path, rows, 'one array of rows is needed');
  for (const [index, row] of rows.entries()) yield checkedRow(row, `Row ${index + 1} of ${path}`);
}

function checkedRow(value: unknown, where: string): Row {
  if (isStruct(value as Row) && !Object.hasOwn(value as Row, '__proto__')) return value as Row;
  throw notRow(where, value, 'a row is a JSON object without a field __proto__');
}

function notRow(where: string, value: unknown, rule: string): DatasetError {
  return new DatasetError('DATASET_JSON_INVALID', {
    what: `${where} is not a row.`,
    why: `It is ${JSON.stringify(value).slice(0, 60)}; ${rule}.`,
    fix: 'Mend or remove it.',
  });
}
