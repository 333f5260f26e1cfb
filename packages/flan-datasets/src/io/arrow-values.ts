import { DatasetError } from '../errors.js';
import type { FieldValue } from '../row.js';
import type { Feature } from './features.js';

interface Iterable2 {
  readonly length: number;
  get(index: number): unknown;
}

/** Turns what an Arrow or Parquet reader hands over into a plain value: lists as arrays, 64-bit numbers as numbers. */
export function plainValue(value: unknown, name: string): FieldValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return safeNumber(value, name);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => plainValue(item, name));
  if (ArrayBuffer.isView(value) && 'length' in value) {
    return Array.from(value as unknown as ArrayLike<number | bigint>, (item) => plainValue(item, name));
  }
  if (isVector(value)) return Array.from({ length: value.length }, (_, i) => plainValue(value.get(i), name));
  const entries = 'toJSON' in (value as object) ? (value as { toJSON(): object }).toJSON() : (value as object);
  return Object.fromEntries(
    Object.entries(entries).map(([field, item]) => [field, plainValue(item, `${name}.${field}`)]),
  );
}

function isVector(value: unknown): value is Iterable2 {
  return typeof value === 'object' && value !== null && 'get' in value && 'length' in value;
}

export function safeNumber(value: bigint, name: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new DatasetError('DATASET_VALUE_INVALID', {
    what: `The column ${name} holds a whole number that JavaScript cannot hold.`,
    why: `It is ${value}, beyond 2^53 - 1.`,
    fix: 'Store such identifiers as text.',
  });
}

/**
 * Turns a plain value into what an Arrow builder of the feature takes.
 * @throws {DatasetError} `DATASET_VALUE_INVALID` when the value is of another type
 */
export function arrowValue(value: FieldValue | undefined, feature: Feature, name: string): unknown {
  if (value === null || value === undefined) return null;
  if (feature.kind === 'list') {
    if (Array.isArray(value)) return value.map((item) => arrowValue(item, feature.of, `${name}[]`));
  } else if (feature.kind === 'struct') {
    if (typeof value === 'object' && !Array.isArray(value)) {
      const struct = value as { readonly [field: string]: FieldValue };
      const entries = Object.entries(feature.fields);
      return Object.fromEntries(
        entries.map(([field, of]) => [field, arrowValue(struct[field], of, `${name}.${field}`)]),
      );
    }
  } else {
    const dtype = feature.kind === 'class-label' ? 'int64' : feature.dtype;
    if (dtype.endsWith('string') && typeof value === 'string') return value;
    if (dtype === 'bool' && typeof value === 'boolean') return value;
    if (dtype.endsWith('int64') && Number.isSafeInteger(value)) return BigInt(value as number);
    if (dtype.includes('int') && Number.isSafeInteger(value)) return value;
    if (dtype.startsWith('float') && typeof value === 'number') return value;
  }
  throw new DatasetError('DATASET_VALUE_INVALID', {
    what: `A value of the column ${name} does not fit its type.`,
    why: `The type is ${feature.kind === 'value' ? feature.dtype : feature.kind}; the value is ${JSON.stringify(value).slice(0, 80)}.`,
    fix: 'Give matching features, or none to have them inferred from the rows.',
  });
}
