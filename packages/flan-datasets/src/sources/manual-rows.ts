import { join } from 'node:path';
import { exists, parseOrderedJson } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import { readRows } from '../io/rows.js';
import { isStruct, type Row } from '../row.js';
import { readTextLines } from './gzip-lines.js';
import type { ManualSource } from './source-spec.js';

/** Where downloads made by hand are looked for when nothing else is said. */
export const MANUAL_FOLDER = 'data/manual_downloads';

/**
 * The file of a split below the folder of manual downloads.
 * @throws {DatasetError} `DATASET_MANUAL_MISSING` with the page to get it from and the name to save it under
 */
export async function findManualFile(
  task: string,
  source: ManualSource,
  { split, folder = MANUAL_FOLDER }: { readonly split: string; readonly folder?: string | undefined },
): Promise<string> {
  const name = source.splits?.[split] ?? split;
  const paths = source.files.map((file) => join(folder, file.replaceAll('{split}', name)));
  for (const path of paths) if (await exists(path)) return path;
  throw new DatasetError(
    'DATASET_MANUAL_MISSING',
    {
      what: `The rows of ${task} (${split}) have to be downloaded by hand.`,
      why: `There is no ${paths.join(', nor ')}.`,
      fix: `Open ${source.page}. ${source.how} Put it at ${paths[0]}.`,
    },
    { kind: 'environment' },
  );
}

/**
 * Streams the rows of a file in its owner's format: CSV, TSV, JSON, JSON Lines, or two texts a line; also packed with gzip.
 * @throws {DatasetError} `DATASET_MANUAL_INVALID`, or what reading such a file gives
 */
export async function* readManualRows(
  path: string,
  { format }: Pick<ManualSource, 'format'>,
  signal?: AbortSignal,
): AsyncGenerator<Row> {
  if (format !== undefined) yield* readPairs(path, format.languages, signal);
  else if (path.endsWith('.gz')) yield* readPackedJsonLines(path, signal);
  else yield* readRows(path, { signal });
}

/** `English<TAB>other`, as ParaCrawl gives them out, in the columns that the hub had. */
async function* readPairs(
  path: string,
  [first, second]: readonly [string, string],
  signal: AbortSignal | undefined,
): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of readTextLines(path, signal)) {
    number += 1;
    const [one, two, ...more] = line.split('\t');
    if (one === undefined || two === undefined || more.length > 0)
      throw badLine(
        path,
        number,
        `It has ${line.split('\t').length} texts; there must be two, with a tab between them.`,
      );
    yield { translation: { [first]: one, [second]: two } };
  }
}

async function* readPackedJsonLines(path: string, signal: AbortSignal | undefined): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of readTextLines(path, signal)) {
    number += 1;
    if (line.trim() === '') continue;
    const row = parsed(line, path, number);
    if (!isStruct(row)) throw badLine(path, number, 'It is no object.');
    yield row;
  }
}

function parsed(line: string, path: string, number: number): Row {
  try {
    return parseOrderedJson(line) as Row;
  } catch (cause) {
    throw badLine(path, number, 'It is not JSON.', cause);
  }
}

function badLine(path: string, number: number, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    'DATASET_MANUAL_INVALID',
    { what: `Line ${number} of ${path} is no row.`, why, fix: 'Download the file again, and leave it as it is.' },
    { cause },
  );
}
