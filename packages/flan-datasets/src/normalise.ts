import { DatasetError } from './errors.js';
import { type FieldValue, isStruct, type Row } from './row.js';
import { INDEX_COLUMNS, type Mode, type TaskSpec } from './task-spec.js';

/**
 * Turns one published row into the task's normalised row, or `undefined` when the task leaves it out.
 *
 * @throws {DatasetError} `DATASET_COLUMN_MISSING` when the row lacks a column the task reads
 */
export function normaliseRow(task: TaskSpec, row: Row, mode: Mode): Row | undefined {
  checkColumns(task, row);
  if (task.filter && !task.filter(row, mode)) return undefined;
  let current = mode.compat && isStreamed(task) ? sortStructs(row) : row;
  for (const step of task.normalise) current = step(current, mode);
  return current;
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
  if (columns.every((column) => row[column] !== undefined)) return;
  const missing = columns.filter((column) => !(column in row) && !INDEX.has(column));
  if (missing.length === 0) return;
  throw new DatasetError('DATASET_COLUMN_MISSING', {
    what: `A row of ${name} lacks ${missing.length === 1 ? 'the column' : 'columns'}: ${missing.join(', ')}.`,
    why: `It has: ${Object.keys(row).join(', ') || 'nothing'}.`,
    fix: `Use the published layout of ${name} (${columns.join(', ')}), not one that is normalised already.`,
  });
}
