import { DamagedError } from './damaged.js';

/** Structures inside structures; a Parquet footer has eight. */
const DEEPEST = 32;

const STOP = 0;
const BYTE = 3;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/**
 * The end of the Thrift structure (compact protocol) at `offset`, or undefined when the bytes end inside it. The decoder that
 * reads it afterwards trusts lengths; this walk does not: numbers have at most ten bytes, and nesting ends.
 *
 * @throws {DamagedError} when it cannot be one
 */
export function thriftEnd(bytes: Uint8Array, offset: number): number | undefined {
  const end = skipStruct(bytes, offset, 0);
  return Number.isNaN(end) ? undefined : end;
}

// The position after each part; NaN, which stays NaN, once the bytes have ended.

function skipStruct(bytes: Uint8Array, offset: number, depth: number): number {
  if (depth > DEEPEST) throw new DamagedError('Its metadata is nested too deeply.');
  let at = offset;
  for (;;) {
    if (!(at < bytes.length)) return Number.NaN;
    const head = bytes[at]!;
    at += 1;
    const type = head & 15;
    if (type === STOP) return at;
    if (head >> 4 === 0) at = skipNumber(bytes, at);
    at = skipValue(bytes, at, type, depth, false);
  }
}

function skipValue(bytes: Uint8Array, at: number, type: number, depth: number, inList: boolean): number {
  if (type === 1 || type === 2) return inList ? at + 1 : at; // truth values
  if (type === BYTE) return at + 1;
  if (type > BYTE && type < DOUBLE) return skipNumber(bytes, at);
  if (type === DOUBLE) return at + 8;
  if (type === BINARY) return skipNumber(bytes, at) + numberAt(bytes, at);
  if (type === STRUCT) return skipStruct(bytes, at, depth + 1);
  if (type === LIST) return skipList(bytes, at, depth + 1);
  throw new DamagedError('Its metadata has a part of an unknown type.');
}

function skipList(bytes: Uint8Array, at: number, depth: number): number {
  if (!(at < bytes.length)) return Number.NaN;
  if (depth > DEEPEST) throw new DamagedError('Its metadata is nested too deeply.');
  const head = bytes[at]!;
  const isLong = head >> 4 === 15;
  const count = isLong ? numberAt(bytes, at + 1) : head >> 4;
  let position = isLong ? skipNumber(bytes, at + 1) : at + 1;
  for (let i = 0; i < count; i++) {
    if (!(position <= bytes.length)) return Number.NaN;
    position = skipValue(bytes, position, head & 15, depth, true);
  }
  return position;
}

function skipNumber(bytes: Uint8Array, at: number): number {
  for (let i = at; i < at + 10; i++) {
    if (!(i < bytes.length)) return Number.NaN;
    if (bytes[i]! < 128) return i + 1;
  }
  if (Number.isNaN(at)) return at;
  throw new DamagedError('Its metadata has a number of more than ten bytes.');
}

function numberAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at, scale = 1; i < bytes.length && i < at + 10; i++, scale *= 128) {
    value += (bytes[i]! & 127) * scale;
    if (bytes[i]! < 128) break;
  }
  return value;
}
