import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exists, writeFileAtomic } from './atomic.js';
import { FilesError, withFileErrors } from './errors.js';
import { withLock } from './lock.js';

/** Cells of one row; the delimiter is `,` for CSV and a tab for TSV. */
export type Delimiter = ',' | '\t';

/**
 * One row without its line end, quoted as Python's `csv` writer does by default (`QUOTE_MINIMAL`): a cell is quoted
 * when it holds the delimiter, a quote, or a line break, or when it is the only cell and empty.
 */
export function formatDelimitedRow(cells: readonly string[], delimiter: Delimiter): string {
  if (cells.length === 1 && cells[0] === '') return '""';
  return cells
    .map((cell) => (cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(delimiter);
}

/**
 * All rows of a delimited text as texts, without guessing types. `\n`, `\r\n` and `\r` end a row outside quotes; a
 * final line end makes no extra row.
 * @throws {FilesError} `FILES_DELIMITED_INVALID` when a quoted cell is never closed
 */
export function parseDelimited(text: string, delimiter: Delimiter): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  let openedAtRow = 0;
  const endRow = () => {
    row.push(cell);
    rows.push(row);
    row = [];
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (c === '"' && cell === '') {
      quoted = true;
      openedAtRow = rows.length + 1;
    } else if (c === delimiter) {
      row.push(cell);
      cell = '';
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') i += 1;
      endRow();
    } else cell += c;
  }
  if (quoted) {
    throw new FilesError('FILES_DELIMITED_INVALID', {
      what: `Row ${openedAtRow} of a delimited text is cut off.`,
      why: 'A quoted cell is never closed.',
      fix: 'Close the quote, or make the file again.',
    });
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}

/** A table: column names, and rows as texts by column. */
export interface DelimitedTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Reads a delimited file with a header row; short rows are filled with empty text, nothing is guessed. */
export async function readDelimited(path: string, delimiter: Delimiter): Promise<DelimitedTable> {
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const [columns = [], ...rows] = parseDelimited(text.replace(/^\uFEFF/, ''), delimiter);
  return {
    columns,
    rows: rows.map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']))),
  };
}

/** Writes a header and rows, `\n` after each; atomic. Columns a row lacks stay empty. */
export async function writeDelimited(
  path: string,
  { columns, rows }: DelimitedTable,
  delimiter: Delimiter,
): Promise<void> {
  const text = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
    .map((cells) => `${formatDelimitedRow(cells, delimiter)}\n`)
    .join('');
  await writeFileAtomic(path, text);
}

/**
 * Adds one row to a log with a header, keeping a stable union of columns: known columns stay in place, new ones go to
 * the end and earlier rows are empty there. The file is rewritten under a temporary name, so a crash loses nothing. Any number of
 * processes may add to one log, also from several machines that share the folder: a lock beside it lets in one at a time.
 *
 * @param unless whether a row that is there makes this one needless; looked at under the lock
 * @returns false when nothing was added
 */
export async function appendDelimitedRow(
  path: string,
  row: Readonly<Record<string, string>>,
  delimiter: Delimiter,
  { unless = () => false }: { readonly unless?: (logged: Readonly<Record<string, string>>) => boolean } = {},
): Promise<boolean> {
  return withLock(join(dirname(path), `.${basename(path)}.lock`), async () => {
    const table = (await exists(path)) ? await readDelimited(path, delimiter) : { columns: [], rows: [] };
    if (table.rows.some(unless)) return false;
    const columns = [...new Set([...table.columns, ...Object.keys(row)])];
    await writeDelimited(path, { columns, rows: [...table.rows, row] }, delimiter);
    return true;
  });
}
