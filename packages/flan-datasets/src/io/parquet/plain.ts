import type { FieldValue } from '../../row.js';
import { safeNumber } from '../arrow-values.js';
import { DamagedError } from './damaged.js';
import type { Leaf } from './schema.js';

/** Gives the values of one page, piece by piece; nulls are not among them. */
export interface ValueReader {
  /** The next `count` values. */
  read(count: number): FieldValue[];
}

const WIDTHS = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 } as const;

/** Values one after the other, as PLAIN pages and dictionaries hold them. */
export function plainValues(leaf: Leaf, bytes: Buffer, start: number): ValueReader {
  if (leaf.physical === 'BYTE_ARRAY') return byteArrays(leaf, bytes, start);
  if (leaf.physical === 'BOOLEAN') return bits(bytes, start);
  const width = widthOf(leaf);
  const one = fixedReader(leaf, bytes);
  let at = start;
  return {
    read(count) {
      if (at + count * width > bytes.length) throw ended();
      const values = new Array<FieldValue>(count);
      for (let i = 0; i < count; i++, at += width) values[i] = one(at);
      return values;
    },
  };
}

/** Bytes of one value of a type that always takes the same. */
export function widthOf({ physical, typeLength }: Leaf): number {
  const width = physical === 'FIXED_LEN_BYTE_ARRAY' ? typeLength : WIDTHS[physical as keyof typeof WIDTHS];
  if (width !== undefined && width > 0) return width;
  throw new DamagedError(`Values of the type ${physical} have no fixed length.`);
}

/** Reads one value of fixed length at a position. */
export function fixedReader(leaf: Leaf, bytes: Buffer): (at: number) => FieldValue {
  const { physical, convert, name } = leaf;
  if (physical === 'INT32') {
    const int32 = convert.int32 ?? ((value: number) => value);
    return (at) => int32(bytes.readInt32LE(at));
  }
  if (physical === 'INT64') {
    const { int64 } = convert;
    if (int64) return (at) => int64(bytes.readBigInt64LE(at));
    return (at) => {
      const value = bytes.readInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
      return Number.isSafeInteger(value) ? value : safeNumber(bytes.readBigInt64LE(at), name);
    };
  }
  if (physical === 'FLOAT') return (at) => bytes.readFloatLE(at);
  if (physical === 'DOUBLE') return (at) => bytes.readDoubleLE(at);
  const width = widthOf(leaf);
  return (at) => convert.bytes!(bytes, at, at + width);
}

function byteArrays({ convert }: Leaf, bytes: Buffer, start: number): ValueReader {
  const toValue = convert.bytes!;
  let at = start;
  return {
    read(count) {
      const values = new Array<FieldValue>(count);
      for (let i = 0; i < count; i++) {
        if (at + 4 > bytes.length) throw ended();
        const end = at + 4 + bytes.readUInt32LE(at);
        if (end > bytes.length) throw ended();
        values[i] = toValue(bytes, at + 4, end);
        at = end;
      }
      return values;
    },
  };
}

function bits(bytes: Buffer, start: number): ValueReader {
  let bit = start * 8;
  return {
    read(count) {
      if (bit + count > bytes.length * 8) throw ended();
      const values = new Array<FieldValue>(count);
      for (let i = 0; i < count; i++, bit++) values[i] = ((bytes[bit >> 3]! >> (bit & 7)) & 1) === 1;
      return values;
    },
  };
}

export function ended(): DamagedError {
  return new DamagedError('A page ends inside its values.');
}
