import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Delimiter, toFilesError, withFileErrors, writeDelimited } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import type { FieldValue, Row } from '../row.js';

/** A row of a file that is no table would never end. */
const MOST_ROW_CHARACTERS = 2 ** 28;

/**
 * Streams the rows of a CSV or TSV file with a header. Every cell is text: guessing types turns `None`, `001` and `True` into other
 * things. Tasks whose labels are numbers read digits just as well. Empty lines are left out; every other row must have the cells
 * of the header, so that a damaged file is no shorter table.
 *
 * @throws {DatasetError} `DATASET_TABLE_INVALID` with the row's number
 */
export async function* readDelimitedRows(path: string, delimiter: Delimiter): AsyncGenerator<Row> {
  await withFileErrors('read', path, () => stat(path));
  let columns: readonly string[] | undefined;
  let number = 0;
  for await (const cells of delimitedCells(path, delimiter)) {
    if (columns === undefined) {
      if (cells.includes('__proto__')) throw tableError(path, 'A column is called __proto__, which a row cannot have.');
      columns = cells;
      continue;
    }
    if (cells.length === 1 && cells[0] === '' && columns.length > 1) continue;
    number += 1;
    if (cells.length !== columns.length)
      throw tableError(path, `Row ${number} has ${cells.length} cells; the header has ${columns.length}.`);
    const row: Record<string, FieldValue> = {};
    for (const [i, column] of columns.entries()) row[column] = cells[i]!;
    yield row;
  }
}

/** The cells of each row; the quoting is that of Python's `csv`. */
async function* delimitedCells(path: string, delimiter: Delimiter): AsyncGenerator<readonly string[]> {
  let cells: string[] = [];
  let cell = '';
  let state: 'cell' | 'quoted' | 'after-quote' | 'after-return' = 'cell';
  let isFirst = true;
  let characters = 0;
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 18 });
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      let at = isFirst && chunk.startsWith('\ufeff') ? 1 : 0;
      isFirst = false;
      let from = at; // what is not yet in `cell` begins here
      for (; at < chunk.length; at++) {
        const c = chunk[at]!;
        if (state === 'quoted') {
          if (c !== '"') continue;
          cell += chunk.slice(from, at);
          from = at + 1;
          state = 'after-quote';
          continue;
        }
        if (state === 'after-quote') {
          state = c === '"' ? 'quoted' : 'cell';
          if (c === '"') continue; // a doubled quote: `from` is at it, so that one of the two stays
        }
        if (state === 'after-return') {
          state = 'cell';
          from = at;
          if (c === '\n') {
            from = at + 1;
            continue;
          }
        }
        if (c === '"' && cell === '' && from === at) {
          state = 'quoted';
          from = at + 1;
        } else if (c === delimiter || c === '\n' || c === '\r') {
          cells.push(cell + chunk.slice(from, at));
          cell = '';
          from = at + 1;
          if (c === delimiter) continue;
          yield cells;
          cells = [];
          characters = 0;
          if (c === '\r') state = 'after-return';
        }
      }
      if (state !== 'after-return') cell += chunk.slice(from);
      characters += chunk.length;
      if (characters > MOST_ROW_CHARACTERS) throw tableError(path, 'A row has more than 2^28 characters.');
    }
  } catch (error) {
    throw error instanceof DatasetError ? error : toFilesError(error, 'read', path);
  } finally {
    stream.destroy();
  }
  if (state === 'quoted') throw tableError(path, 'A quoted cell is never closed.');
  if (cells.length > 0 || cell !== '') yield [...cells, cell];
}

function tableError(path: string, why: string): DatasetError {
  return new DatasetError('DATASET_TABLE_INVALID', {
    what: `${path} is no complete table.`,
    why,
    fix: 'Close the quote or mend the row, or make the file again.',
  });
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
