import { findTask, loadTaskBatches, type Row, type SplitUse, splitFor, type TaskSpec } from '@flanlab/flan-datasets';

export interface RowsRequest {
  /** A task, or the name of one of the table. */
  readonly task: string | TaskSpec;
  readonly use: SplitUse;
  /** Folder that holds `<task>/<split>.jsonl`, Parquet files or Arrow folders. */
  readonly data: string;
  readonly compat?: boolean;
  /** At most this many rows: the rest of the file is not read. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal;
}

/** A task and the normalised rows of the split it takes for training or testing, in stored order. */
export async function loadRows(
  request: RowsRequest,
): Promise<{ readonly task: TaskSpec; readonly rows: readonly Row[] }> {
  const { data, use, compat = false, limit, signal } = request;
  const task = typeof request.task === 'string' ? findTask(request.task) : request.task;
  const rows: Row[] = [];
  const split = splitFor(task, use, { compat });
  for await (const batch of loadTaskBatches(task, { split, source: data, compat, limit, signal })) {
    for (const row of batch) rows.push(row);
  }
  return { task, rows };
}
