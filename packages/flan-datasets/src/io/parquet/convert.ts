import type { SchemaElement } from 'hyparquet';
import type { FieldValue } from '../../row.js';
import { safeNumber } from '../arrow-values.js';
import { strictText } from '../strict-text.js';
import { dateText, decimalText, type TimeUnitName, timestampText, timeText } from '../time-text.js';
import { DamagedError, UnsupportedError } from './damaged.js';

/** How the physical values of one column become cells. Exactly the member that fits its physical type is there. */
export interface Converter {
  readonly bytes?: (bytes: Buffer, start: number, end: number) => FieldValue;
  readonly int32?: (value: number) => FieldValue;
  readonly int64?: (value: bigint) => FieldValue;
}

const CAST = 'Cast the column to text or numbers where the file is made.';

/**
 * The converter of a column, by its logical type, or the older converted type.
 * @throws {UnsupportedError} for a type that rows cannot hold
 */
export function converterOf(element: SchemaElement, name: string): Converter {
  const { type, logical_type: logical, converted_type: converted } = element;
  const kind = logical?.type ?? converted ?? 'NONE';
  if (kind === 'DECIMAL') return decimal(element);
  if (type === 'INT96') return { bytes: int96 };
  if (type === 'INT32') return int32(kind, logical, name);
  if (type === 'INT64') return int64(kind, logical, name);
  if (type === 'BYTE_ARRAY') {
    if (['UTF8', 'STRING', 'ENUM', 'JSON', 'NONE', 'NULL'].includes(kind)) return { bytes: strictText };
    throw unsupported(name, kind);
  }
  if (type === 'FIXED_LEN_BYTE_ARRAY') {
    if (kind === 'FLOAT16') return { bytes: float16 };
    if (kind === 'UUID') return { bytes: uuid };
    if (kind === 'NONE' || kind === 'UTF8' || kind === 'STRING') return { bytes: strictText };
    throw unsupported(name, kind);
  }
  return {};
}

function unsupported(name: string, kind: string): UnsupportedError {
  return new UnsupportedError(`The column ${name} holds values of the type ${kind}, which rows cannot hold.`, CAST);
}

function decimal({ type, scale, logical_type: logical }: SchemaElement): Converter {
  const digits = (logical?.type === 'DECIMAL' ? logical.scale : undefined) ?? scale ?? 0;
  if (type === 'INT32') return { int32: (value) => decimalText(BigInt(value), digits) };
  if (type === 'INT64') return { int64: (value) => decimalText(value, digits) };
  return {
    bytes: (bytes, start, end) => {
      if (end - start > 32) throw new DamagedError('A decimal number has more than 32 bytes.');
      const hex = bytes.toString('hex', start, end) || '0';
      return decimalText(BigInt.asIntN((end - start) * 8, BigInt(`0x${hex}`)), digits);
    },
  };
}

type Logical = SchemaElement['logical_type'];

const isUnsigned = (kind: string, logical: Logical): boolean =>
  logical?.type === 'INTEGER' ? logical.isSigned === false : kind.startsWith('UINT_');

function int32(kind: string, logical: Logical, name: string): Converter {
  if (kind === 'DATE') return { int32: dateText };
  if (kind === 'TIME_MILLIS' || kind === 'TIME') return { int32: (value) => timeText(BigInt(value), 'MILLIS') };
  if (isUnsigned(kind, logical)) return { int32: (value) => value >>> 0 };
  if (['NONE', 'NULL', 'INTEGER', 'INT_8', 'INT_16', 'INT_32'].includes(kind)) return {};
  throw unsupported(name, kind);
}

const UNITS: Readonly<Record<string, TimeUnitName>> = {
  TIMESTAMP_MILLIS: 'MILLIS',
  TIMESTAMP_MICROS: 'MICROS',
  TIME_MICROS: 'MICROS',
};

function int64(kind: string, logical: Logical, name: string): Converter {
  if (logical?.type === 'TIMESTAMP')
    return { int64: (value) => timestampText(value, logical.unit, logical.isAdjustedToUTC) };
  if (logical?.type === 'TIME') return { int64: (value) => timeText(value, logical.unit) };
  const unit = UNITS[kind];
  if (unit !== undefined)
    return { int64: (value) => (kind === 'TIME_MICROS' ? timeText(value, unit) : timestampText(value, unit, true)) };
  if (isUnsigned(kind, logical)) return { int64: (value) => safeNumber(BigInt.asUintN(64, value), name) };
  if (['NONE', 'NULL', 'INTEGER', 'INT_64'].includes(kind)) return {};
  throw unsupported(name, kind);
}

/** What Spark and Impala wrote before timestamps had a type: nanoseconds of the day, then the Julian day. */
function int96(bytes: Buffer, start: number): string {
  const nanos = bytes.readBigUInt64LE(start);
  const days = BigInt(bytes.readInt32LE(start + 8) - 2_440_588);
  return timestampText(days * 86_400_000_000_000n + nanos, 'NANOS', false);
}

function float16(bytes: Buffer, start: number): number {
  const bits = bytes.readUInt16LE(start);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function uuid(bytes: Buffer, start: number, end: number): string {
  const hex = bytes.toString('hex', start, end);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
