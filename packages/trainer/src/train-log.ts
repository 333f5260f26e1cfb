import { appendDelimitedRow } from '@flanlab/files';

/** Columns of the reference's `train_logs.csv`, in its order. */
export const TRAIN_LOG_COLUMNS = [
  'job_id',
  'seed',
  'run_name',
  'model_name',
  'dataset',
  'outer_template',
  'inner_template',
  'num_inner',
  'epochs',
  'num_train',
  'batch_size',
  'device',
] as const;

export type TrainLogRow = Readonly<Record<(typeof TRAIN_LOG_COLUMNS)[number], string | number>> & {
  /** Columns of ours, after the reference's. */
  readonly extra?: Readonly<Record<string, string | number>>;
};

/**
 * Adds a training run to the log, header first if the file is new. A run that is logged already stays as it is, so
 * that a resumed run appears once.
 */
export async function appendTrainLog(path: string, { extra = {}, ...row }: TrainLogRow): Promise<void> {
  const cells = TRAIN_LOG_COLUMNS.map((column) => [column, String(row[column])] as const);
  const own = Object.entries(extra).map(([column, value]) => [column, String(value)] as const);
  await appendDelimitedRow(path, Object.fromEntries([...cells, ...own]), ',', {
    unless: ({ run_name, job_id }) => run_name === String(row.run_name) && job_id === String(row.job_id),
  });
}
