import { readJson, readJsonLineBatches } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import { isStruct, type Row } from '../row.js';

/**
 * Streams the rows of a JSON Lines file, many at a time.
 * @throws {DatasetError} `DATASET_JSON_INVALID` for a line that is no object
 * @throws {FilesError} `FILES_JSON_INVALID` with the line number for one that is no JSON, as the last one of a file cut off
 */
export async function* readJsonLineRows(path: string): AsyncGenerator<readonly Row[]> {
  let before = 0;
  for await (const values of readJsonLineBatches(path)) {
    yield* checkedRows(values, path, before);
    before += values.length;
  }
}

/** Rows of a JSON file that holds one array of objects. */
export async function* readJsonRows(path: string): AsyncGenerator<readonly Row[]> {
  const rows = await readJson(path);
  if (!Array.isArray(rows)) throw notRow(path, rows, 'one array of rows is needed');
  yield* checkedRows(rows, path, 0);
}

/** The rows as one batch, up to a value that is none. */
function* checkedRows(values: readonly unknown[], path: string, before: number): Generator<readonly Row[]> {
  const wrong = values.findIndex((value) => !isRow(value));
  if (wrong < 0) return yield values as readonly Row[];
  yield values.slice(0, wrong) as readonly Row[];
  const where = `Row ${before + wrong + 1} of ${path}`;
  throw notRow(where, values[wrong], 'a row is a JSON object without a field __proto__');
}

function isRow(value: unknown): value is Row {
  return isStruct(value as Row) && !Object.hasOwn(value as Row, '__proto__');
}

function notRow(where: string, value: unknown, rule: string): DatasetError {
  return new DatasetError('DATASET_JSON_INVALID', {
    what: `${where} is not a row.`,
    why: `It is ${JSON.stringify(value).slice(0, 60)}; ${rule}.`,
    fix: 'Mend or remove it.',
  });
}
