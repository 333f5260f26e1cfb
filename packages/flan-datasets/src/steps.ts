import { DatasetError } from './errors.js';
import { type FieldValue, isList, isStruct, type Row } from './row.js';
import { listed, saying } from './saying.js';
import type { Mode, Step, TypedStep } from './task-spec.js';

// Each step runs once for each of millions of rows: plain loops, as building lists of entries takes ten times as long.

/** Gives columns new names in place. */
export function rename<const Names extends Readonly<Record<string, string>>>(
  names: Names,
): TypedStep<{ readonly rename: Names }> {
  return saying(`rename ${listed(Object.entries(names).map(([from, to]) => `${from} to ${to}`))}`, (row) => {
    const renamed: Record<string, FieldValue> = {};
    for (const name in row) renamed[names[name] ?? name] = row[name]!;
    return renamed;
  });
}

/** Leaves columns out. */
export function remove<Name extends string>(...names: readonly Name[]): TypedStep<{ readonly remove: Name }> {
  return saying(`remove ${listed(names)}`, (row) => {
    const left: Record<string, FieldValue> = {};
    for (const name in row) if (!names.includes(name as Name)) left[name] = row[name]!;
    return left;
  });
}

/** Leaves all other columns out; order stays the row's. */
export function keep<Name extends string>(...names: readonly Name[]): TypedStep<{ readonly keep: Name }> {
  return saying(`keep only ${listed(names)}`, (row) => {
    const kept: Record<string, FieldValue> = {};
    for (const name in row) if (names.includes(name as Name)) kept[name] = row[name]!;
    return kept;
  });
}

/** Adds columns of one constant at the end; a column of that name that exists is left alone. */
export function add<Columns extends Readonly<Record<string, FieldValue>>>(
  columns: Columns,
): TypedStep<{ readonly add: Columns }> {
  return saying(
    `add ${listed(Object.entries(columns).map(([name, value]) => `${name} ${JSON.stringify(value)}`))}`,
    (row) => {
      const added = copy(row);
      for (const name in columns) if (!(name in row)) added[name] = columns[name]!;
      return added;
    },
  );
}

/** Puts `parent.child` columns in the place of each struct column. */
export function flatten(): TypedStep<{ readonly flatten: true }> {
  return saying('put the fields of structs in their place', (row) => {
    const flat: Record<string, FieldValue> = {};
    for (const name in row) putFlat(flat, name, row[name]!);
    return flat;
  });
}

function putFlat(flat: Record<string, FieldValue>, name: string, value: FieldValue): void {
  if (!isStruct(value)) flat[name] = value;
  else for (const child in value) putFlat(flat, `${name}.${child}`, value[child]!);
}

/** Replaces one column's value. */
export function mapColumn<Name extends string, Value extends FieldValue>(
  name: Name,
  map: (value: FieldValue, mode: Mode) => Value,
): TypedStep<{ readonly set: { readonly [Column in Name]: Value } }> {
  return saying(`map ${name}`, (row, mode) => {
    if (!(name in row)) return row;
    const mapped = copy(row);
    mapped[name] = map(row[name]!, mode);
    return mapped;
  });
}

/** Adds columns computed from the row, at the end in the order given, or replaces them in place. */
export function compute<Values extends Readonly<Record<string, FieldValue>>>(
  columns: {
    readonly [Name in keyof Values]: (row: Row, mode: Mode) => Values[Name];
  },
): TypedStep<{ readonly set: Values }> {
  return saying(`compute ${listed(Object.keys(columns))}`, (row, mode) => {
    const computed = copy(row);
    for (const name in columns) computed[name] = columns[name]!(row, mode);
    return computed;
  });
}

function copy(row: Row): Record<string, FieldValue> {
  const copied: Record<string, FieldValue> = {};
  for (const name in row) copied[name] = row[name]!;
  return copied;
}

/** Replaces a list by its first element until it is no list; an empty list stays. */
export function firstElement(value: FieldValue): FieldValue {
  return isList(value) && value.length > 0 ? firstElement(value[0]!) : value;
}

/** Replaces a list-valued column by its first element. */
export function takeFirst<Name extends string>(name: Name): TypedStep<{ readonly first: Name }> {
  const step: Step = mapColumn(name, firstElement);
  return saying(`take the first of ${name}`, step);
}

/** 'N. text' for each text, joined with one space. */
export function numbered(texts: readonly FieldValue[], first: number, separator: string): string {
  return texts.map((text, index) => `${index + first}${separator}${text}`).join(' ');
}

/**
 * The list in a column, or a typed error.
 * @throws {DatasetError} `DATASET_VALUE_INVALID`
 */
export function listIn(row: Row, name: string): readonly FieldValue[] {
  const value = row[name];
  if (isList(value)) return value;
  throw invalidValue(name, value, 'a list');
}

/**
 * The text in a column, or a typed error.
 * @throws {DatasetError} `DATASET_VALUE_INVALID`
 */
export function textIn(row: Row, name: string): string {
  const value = row[name];
  if (typeof value === 'string') return value;
  throw invalidValue(name, value, 'text');
}

export function invalidValue(name: string, value: FieldValue | undefined, wanted: string): DatasetError {
  const shown = JSON.stringify(value) ?? 'nothing';
  return new DatasetError('DATASET_VALUE_INVALID', {
    what: `The column ${name} does not hold ${wanted}.`,
    why: `It holds ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}.`,
    fix: 'Compare the row with the published layout of this data set; `flanlab data convert --raw` shows rows unchanged.',
  });
}
