import { DatasetError } from '../errors.js';

/** Bounds on what a row of a text file may cost. */
export interface RowLimits {
  /**
   * Most bytes of one line of JSON Lines, and most characters of one row of CSV or TSV: a file of another kind may look like one row
   * of gigabytes. 64 MiB when left out, 256 MiB at most.
   */
  readonly longestRow?: number | undefined;
}

export const LONGEST_ROW = 2 ** 26;

/** `what` names the row, the file and the limit. */
export function rowTooLong(what: string, cause?: unknown): DatasetError {
  return new DatasetError(
    'DATASET_ROW_TOO_LONG',
    {
      what,
      why: 'A row is held in memory as a whole; a file of another kind, or with a quote that is never closed, looks like one row of any size.',
      fix: 'Check that the file is what its name says. If its rows are that long, raise the limit: `--longest-row`, in MiB, or `longestRow`, in bytes.',
    },
    { cause },
  );
}
