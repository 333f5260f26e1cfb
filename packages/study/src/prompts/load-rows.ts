import { findTask, loadTask, type Row, type SplitUse, splitFor, type TaskSpec } from '@flanlab/flan-datasets';

export interface RowsRequest {
  readonly task: string;
  readonly use: SplitUse;
  /** Folder that holds `<task>/<split>.jsonl`, Parquet files or Arrow folders. */
  readonly data: string;
  readonly compat?: boolean;
  readonly signal?: AbortSignal;
}

/** A task and all its normalised rows of the split it takes for training or testing, in stored order. */
export async function loadRows(
  request: RowsRequest,
): Promise<{ readonly task: TaskSpec; readonly rows: readonly Row[] }> {
  const { data, use, compat = false, signal } = request;
  const task = findTask(request.task);
  const rows: Row[] = [];
  const split = splitFor(task, use, { compat });
  const options = { split, source: data, compat, ...(signal === undefined ? {} : { signal }) };
  for await (const row of loadTask(task.name, options)) rows.push(row);
  return { task, rows };
}
