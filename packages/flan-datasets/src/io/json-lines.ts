import { stat } from 'node:fs/promises';
import { FilesError, readJson, readJsonLineBatches, withFileErrors } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import { isStruct, type Row } from '../row.js';
import { LONGEST_ROW, type RowLimits, rowTooLong } from './row-limits.js';

/**
 * Streams the rows of a JSON Lines file, many at a time. Fields of structs keep their order, whole numbers among them included.
 * @throws {DatasetError} `DATASET_JSON_INVALID` for a line that is no object, `DATASET_ROW_TOO_LONG`
 * @throws {FilesError} with the line's number: `FILES_JSON_INVALID` for one that is no JSON, as the last one of a file cut off, and
 * `FILES_TEXT_INVALID`
 */
export async function* readJsonLineRows(
  path: string,
  { longestRow = LONGEST_ROW }: RowLimits = {},
): AsyncGenerator<readonly Row[]> {
  let before = 0;
  try {
    for await (const values of readJsonLineBatches(path, { longestLine: longestRow, ordered: true })) {
      yield* checkedRows(values, path, before);
      before += values.length;
    }
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== 'FILES_LINE_TOO_LONG') throw error;
    throw rowTooLong(error.what, error);
  }
}

/** The engine has no longer texts. */
const LONGEST_JSON = 2 ** 29 - 25;

/** Rows of a JSON file that holds one array of objects. Such a file cannot be streamed. */
export async function* readJsonRows(path: string): AsyncGenerator<readonly Row[]> {
  const { size } = await withFileErrors('read', path, () => stat(path));
  if (size > LONGEST_JSON)
    throw new DatasetError('DATASET_JSON_INVALID', {
      what: `${path} is too large to be read as one JSON value.`,
      why: `It has ${size} bytes; ${LONGEST_JSON} are the most.`,
      fix: 'Turn it into JSON Lines, which are streamed: `jq -c ".[]" rows.json > rows.jsonl`.',
    });
  const rows = await readJson(path, { ordered: true });
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
