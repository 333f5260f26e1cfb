import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Delimiter, formatDelimitedRow, toFilesError, withFileErrors, writeFileAtomic } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import type { FieldValue, Row } from '../row.js';
import { LONGEST_ROW, type RowLimits, rowTooLong } from './row-limits.js';
import { replayed } from './spool.js';

/** More columns than any table has. */
const MOST_CELLS = 100_000;

/**
 * Streams the rows of a CSV or TSV file with a header. Every cell is text: guessing types turns `None`, `001` and `True` into other
 * things. Tasks whose labels are numbers read digits just as well. Empty lines are left out; every other row must have the cells
 * of the header, so that a damaged file is no shorter table.
 *
 * @throws {DatasetError} `DATASET_TABLE_INVALID` with the row's number; `DATASET_ROW_TOO_LONG`
 */
export async function* readDelimitedRows(
  path: string,
  delimiter: Delimiter,
  { longestRow = LONGEST_ROW }: RowLimits = {},
): AsyncGenerator<Row> {
  await withFileErrors('read', path, () => stat(path));
  let columns: readonly string[] | undefined;
  let number = 0;
  for await (const cells of delimitedCells(path, delimiter, longestRow)) {
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
async function* delimitedCells(
  path: string,
  delimiter: Delimiter,
  longestRow: number,
): AsyncGenerator<readonly string[]> {
  let cells: string[] = [];
  let cell = '';
  let state: 'cell' | 'quoted' | 'after-quote' | 'after-return' = 'cell';
  let number = 0; // rows before, the header among them
  let before = 0; // characters of the row in earlier pieces
  try {
    for await (const chunk of textPieces(path)) {
      let at = 0;
      let rowStart = 0;
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
          if (cells.length > MOST_CELLS) throw tableError(path, `Row ${number + 1} has more than ${MOST_CELLS} cells.`);
          if (c === delimiter) continue;
          number += 1;
          if (before + at - rowStart > longestRow) throw longRow(path, number, longestRow);
          yield cells;
          cells = [];
          before = 0;
          rowStart = at + 1;
          if (c === '\r') state = 'after-return';
        }
      }
      if (state !== 'after-return') cell += chunk.slice(from);
      before += chunk.length - rowStart;
      if (before > longestRow) throw longRow(path, number + 1, longestRow);
    }
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw tableError(path, `It is not text in UTF-8, in or after row ${number}.`, 'Save it as UTF-8.');
  }
  if (state === 'quoted') throw tableError(path, 'A quoted cell is never closed.');
  if (cells.length > 0 || cell !== '') yield [...cells, cell];
}

/** The text of a file, without a byte order mark. */
async function* textPieces(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const stream = createReadStream(path, { highWaterMark: 2 ** 18 });
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) yield decoder.decode(bytes, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw toFilesError(error, 'read', path);
  } finally {
    stream.destroy();
  }
}

const longRow = (path: string, number: number, longestRow: number): DatasetError =>
  rowTooLong(`Row ${number} of ${path} (the header is row 1) has more than ${longestRow} characters.`);

function tableError(
  path: string,
  why: string,
  fix = 'Close the quote or mend the row, or make the file again.',
): DatasetError {
  return new DatasetError('DATASET_TABLE_INVALID', { what: `${path} is no complete table.`, why, fix });
}

/**
 * Writes rows as they come; atomic. Lists and structs are written as JSON, null as an empty cell. The columns are those given, else
 * those of all rows in order of appearance: to know them, many rows go through a temporary file.
 */
export async function writeDelimitedRows(
  path: string,
  rows: Iterable<Row> | AsyncIterable<Row>,
  delimiter: Delimiter,
  columns?: readonly string[],
): Promise<void> {
  if (columns !== undefined) return writeFileAtomic(path, tableText(rows, columns, delimiter));
  const found = new Set<string>();
  const note = (piece: readonly Row[]): void => {
    for (const row of piece) for (const name in row) found.add(name);
  };
  await replayed(rows, note, (again) => writeFileAtomic(path, tableText(again, [...found], delimiter)));
}

const PIECE_CHARACTERS = 2 ** 16;

async function* tableText(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly string[],
  delimiter: Delimiter,
): AsyncGenerator<string> {
  let text = `${formatDelimitedRow(columns, delimiter)}\n`;
  for await (const row of rows) {
    text += `${formatDelimitedRow(
      columns.map((name) => cell(row[name] ?? null)),
      delimiter,
    )}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}

function cell(value: FieldValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
