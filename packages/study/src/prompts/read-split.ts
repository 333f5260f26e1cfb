import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, withFileErrors } from '@flanlab/files';
import { ROW_FILE_EXTENSIONS, type Row, readRows } from '@flanlab/flan-datasets';
import { StudyError } from '../errors.js';

/** The file or dataset folder `<folder>/<split>` in any format, or `undefined` when there is none. */
export async function findSplitFile(folder: string, split: string): Promise<string | undefined> {
  const base = join(folder, split);
  for (const path of [base, ...ROW_FILE_EXTENSIONS.map((end) => `${base}${end}`)]) if (await exists(path)) return path;
  return undefined;
}

/**
 * All rows of one split below a folder; of the file itself when a file is named.
 * @throws {StudyError} `STUDY_SPLIT_MISSING` with what was looked for
 */
export async function readSplit(path: string, split: string): Promise<readonly Row[]> {
  const isFile = (await withFileErrors('read', path, () => stat(path))).isFile();
  const found = isFile || (await exists(join(path, 'state.json'))) ? path : await findSplitFile(path, split);
  if (found === undefined) {
    throw new StudyError('STUDY_SPLIT_MISSING', {
      what: `There is no split "${split}" in ${path}.`,
      why: `Looked for ${split}, ${ROW_FILE_EXTENSIONS.map((end) => `${split}${end}`).join(', ')}.`,
      fix: 'Check the folder: flanlab prompts create and flanlab mix build say where they wrote.',
    });
  }
  const rows: Row[] = [];
  for await (const row of readRows(found)) rows.push(row);
  return rows;
}
