import type { FieldValue } from '../../row.js';
import { safeNumber } from '../arrow-values.js';
import { DamagedError, UnsupportedError } from './damaged.js';
import { DeltaDecoder, deltaLengths } from './delta.js';
import { ended, fixedReader, plainValues, type ValueReader, widthOf } from './plain.js';
import { RleDecoder } from './rle.js';
import type { Leaf } from './schema.js';

/** What a page's texts may come to when each repeats the beginning of the one before. */
const MOST_TEXT_BYTES = 2 ** 28;

export interface ValuePage {
  readonly leaf: Leaf;
  readonly bytes: Buffer;
  /** Where the values begin. */
  readonly start: number;
  /** How many there are, nulls left out. */
  readonly count: number;
  readonly dictionary: readonly FieldValue[] | undefined;
}

/** The encodings we read, by Parquet's names. */
const ENCODINGS: Readonly<Record<string, (page: ValuePage) => ValueReader>> = {
  PLAIN: ({ leaf, bytes, start }) => plainValues(leaf, bytes, start),
  PLAIN_DICTIONARY: dictionaryValues,
  RLE_DICTIONARY: dictionaryValues,
  RLE: booleanRuns,
  DELTA_BINARY_PACKED: deltas,
  DELTA_LENGTH_BYTE_ARRAY: lengthsThenBytes,
  DELTA_BYTE_ARRAY: prefixes,
  BYTE_STREAM_SPLIT: byteStreams,
};

/**
 * A reader of a page's values.
 * @throws {UnsupportedError} naming an encoding we do not know
 */
export function pageValues(encoding: string | undefined, page: ValuePage): ValueReader {
  const open = encoding === undefined ? undefined : ENCODINGS[encoding];
  if (open) return open(page);
  throw new UnsupportedError(
    `The column ${page.leaf.name} has a page in the encoding ${encoding ?? 'of an unknown number'}, which we do not read.`,
    `Write the file with one of ${Object.keys(ENCODINGS).join(', ')}.`,
  );
}

function dictionaryValues({ leaf, bytes, start, count, dictionary }: ValuePage): ValueReader {
  if (count === 0) return { read: () => [] };
  if (dictionary === undefined) throw new DamagedError(`The column ${leaf.name} lacks the dictionary it refers to.`);
  if (start >= bytes.length) throw ended();
  const indices = new RleDecoder(bytes, start + 1, bytes.length, bytes[start]!);
  let buffer = new Int32Array();
  return {
    read(wanted) {
      if (buffer.length < wanted) buffer = new Int32Array(wanted);
      indices.read(buffer, wanted);
      const values = new Array<FieldValue>(wanted);
      for (let i = 0; i < wanted; i++) {
        const value = dictionary[buffer[i]!];
        if (value === undefined) throw new DamagedError(`A value of ${leaf.name} is not in its dictionary.`);
        values[i] = value;
      }
      return values;
    },
  };
}

function booleanRuns({ leaf, bytes, start }: ValuePage): ValueReader {
  if (leaf.physical !== 'BOOLEAN') throw wrongType('RLE', leaf);
  if (start + 4 > bytes.length) throw ended();
  const decoder = new RleDecoder(bytes, start + 4, start + 4 + bytes.readUInt32LE(start), 1);
  return {
    read(count) {
      const values = new Uint8Array(count);
      decoder.read(values, count);
      return Array.from(values, (value) => value === 1);
    },
  };
}

function deltas({ leaf, bytes, start, count }: ValuePage): ValueReader {
  if (leaf.physical !== 'INT32' && leaf.physical !== 'INT64') throw wrongType('DELTA_BINARY_PACKED', leaf);
  if (count === 0) return { read: () => [] };
  const { int32, int64 } = leaf.convert;
  const decoder = new DeltaDecoder(bytes, start, leaf.physical === 'INT32' ? 32 : 64);
  const cell =
    leaf.physical === 'INT32'
      ? (value: bigint) => (int32 ? int32(Number(value)) : Number(value))
      : (int64 ?? ((value: bigint) => safeNumber(value, leaf.name)));
  return { read: (wanted) => Array.from({ length: wanted }, () => cell(decoder.next())) };
}

function lengthsThenBytes({ leaf, bytes, start, count }: ValuePage): ValueReader {
  if (leaf.physical !== 'BYTE_ARRAY') throw wrongType('DELTA_LENGTH_BYTE_ARRAY', leaf);
  if (count === 0) return { read: () => [] };
  const { lengths, end } = deltaLengths(bytes, start, count);
  let at = end;
  let index = 0;
  return {
    read(wanted) {
      const values = new Array<FieldValue>(wanted);
      for (let i = 0; i < wanted; i++) {
        const next = at + lengths[index++]!;
        if (!(next <= bytes.length)) throw ended();
        values[i] = leaf.convert.bytes!(bytes, at, next);
        at = next;
      }
      return values;
    },
  };
}

function prefixes({ leaf, bytes, start, count }: ValuePage): ValueReader {
  if (leaf.convert.bytes === undefined) throw wrongType('DELTA_BYTE_ARRAY', leaf);
  if (count === 0) return { read: () => [] };
  const kept = deltaLengths(bytes, start, count);
  const added = deltaLengths(bytes, kept.end, count);
  let at = added.end;
  let index = 0;
  let previous = Buffer.alloc(0);
  let total = 0;
  return {
    read(wanted) {
      const values = new Array<FieldValue>(wanted);
      for (let i = 0; i < wanted; i++, index++) {
        const prefix = kept.lengths[index]!;
        const suffix = added.lengths[index]!;
        total += prefix + suffix;
        if (!(prefix <= previous.length && at + suffix <= bytes.length)) throw ended();
        if (total > MOST_TEXT_BYTES) throw new DamagedError(`A page holds more than ${MOST_TEXT_BYTES} bytes of text.`);
        previous = Buffer.concat([previous.subarray(0, prefix), bytes.subarray(at, at + suffix)]);
        at += suffix;
        values[i] = leaf.convert.bytes!(previous, 0, previous.length);
      }
      return values;
    },
  };
}

function byteStreams({ leaf, bytes, start, count }: ValuePage): ValueReader {
  if (leaf.physical === 'BYTE_ARRAY' || leaf.physical === 'BOOLEAN') throw wrongType('BYTE_STREAM_SPLIT', leaf);
  const width = widthOf(leaf);
  if (start + count * width > bytes.length) throw ended();
  const one = Buffer.alloc(width);
  const read = fixedReader(leaf, one);
  let index = 0;
  return {
    read: (wanted) =>
      Array.from({ length: wanted }, () => {
        for (let byte = 0; byte < width; byte++) one[byte] = bytes[start + byte * count + index]!;
        index += 1;
        return read(0);
      }),
  };
}

function wrongType(encoding: string, { name, physical }: Leaf): DamagedError {
  return new DamagedError(`The column ${name} of the type ${physical} cannot be in the encoding ${encoding}.`);
}
