import { DatasetError } from './errors.js';
import { type FieldValue, isStruct, type Row } from './row.js';
import { INDEX_COLUMNS, type Mode, type TaskSpec } from './task-spec.js';

/**
 * Turns one published row into the task's normalised row, or `undefined` when the task leaves it out.
 *
 * @throws {DatasetError} `DATASET_COLUMN_MISSING` when the row lacks a column the task reads
 */
export function normaliseRow(task: TaskSpec, row: Row, mode: Mode): Row | undefined {
  return new RowNormaliser(task, mode).normalise(row);
}

/** {@link normaliseRow} for the rows of one task. A class, so that all tasks run the same compiled code. */
export class RowNormaliser {
  private readonly columns: readonly string[];
  private readonly filter: TaskSpec['filter'] | undefined;
  private readonly steps: TaskSpec['normalise'];
  private readonly sorts: boolean;

  constructor(
    private readonly task: TaskSpec,
    private readonly mode: Mode,
  ) {
    this.columns = task.columns;
    this.filter = task.filter;
    this.steps = task.normalise;
    this.sorts = mode.compat && isStreamed(task);
  }

  normalise(row: Row): Row | undefined {
    for (const column of this.columns) if (row[column] === undefined) checkColumns(this.task, row);
    if (this.filter && !this.filter(row, this.mode)) return undefined;
    let current = this.sorts ? sortStructs(row) : row;
    for (const step of this.steps) current = step(current, this.mode);
    return current;
  }
}

/** Of the tasks read from the hub, all but a few go through a data frame, which sorts the fields of structs (Q14). */
function isStreamed({ source }: TaskSpec): boolean {
  return source.kind === 'hub' && !source.wholeSplit;
}

function sortStructs(row: Row): Row {
  let hasStruct = false;
  for (const name in row) hasStruct ||= isStruct(row[name]);
  if (!hasStruct) return row;
  const result: Record<string, FieldValue> = {};
  for (const name in row) result[name] = sorted(row[name]!);
  return result;
}

function sorted(value: FieldValue): FieldValue {
  if (!isStruct(value)) return value;
  const result: Record<string, FieldValue> = {};
  for (const name of Object.keys(value).sort()) result[name] = sorted(value[name]!);
  return result;
}

/** Nothing reads these, so that a file without them does. */
const INDEX = new Set<string>(INDEX_COLUMNS);

function checkColumns({ name, columns }: TaskSpec, row: Row): void {
  const missing = columns.filter((column) => !(column in row) && !INDEX.has(column));
  if (missing.length === 0) return;
  throw new DatasetError('DATASET_COLUMN_MISSING', {
    what: `A row of ${name} lacks ${missing.length === 1 ? 'the column' : 'columns'}: ${missing.join(', ')}.`,
    why: `It has: ${Object.keys(row).join(', ') || 'nothing'}.`,
    fix: `Use the published layout of ${name} (${columns.join(', ')}), not one that is normalised already.`,
  });
}
