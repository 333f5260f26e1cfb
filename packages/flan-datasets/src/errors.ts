import { FlanlabError } from '@flanlab/errors';

/** Every code a {@link DatasetError} can carry; `ERRORS.md` explains each. */
export const DATASET_ERROR_CODES = [
  'DATASET_TASK_UNKNOWN',
  'DATASET_SPLIT_UNKNOWN',
  'DATASET_SPLIT_MISSING',
  'DATASET_COLUMN_MISSING',
  'DATASET_VALUE_INVALID',
  'DATASET_FORMAT_UNKNOWN',
  'DATASET_JSON_INVALID',
  'DATASET_TABLE_INVALID',
  'DATASET_PARQUET_INVALID',
  'DATASET_PARQUET_UNSUPPORTED',
  'DATASET_ARROW_INVALID',
  'DATASET_FOLDER_INVALID',
  'DATASET_FEATURES_INVALID',
] as const;

export type DatasetErrorCode = (typeof DATASET_ERROR_CODES)[number];

/** Anything wrong with a task name, a split, a file or a row. Kind `input` unless the caller passed something impossible. */
export class DatasetError extends FlanlabError<DatasetErrorCode> {}
