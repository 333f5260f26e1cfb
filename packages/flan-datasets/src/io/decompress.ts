import * as zlib from 'node:zlib';
import { compressors, decompressZstd } from 'hyparquet-compressors';
import { decodeLz4Block } from './lz4.js';

type Zstd = ((input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array) | undefined;

/** Node 22.15 and newer have it; it is some five times faster than the one in JavaScript. */
const nativeZstd = (zlib as { readonly zstdDecompressSync?: Zstd }).zstdDecompressSync;

/**
 * Decoders of whole blocks whose decoded length is known: no block can make more than it announces.
 * @throws {Error} of any kind when the data is damaged or longer
 */
export const DECOMPRESSORS = {
  UNCOMPRESSED: (input: Uint8Array): Uint8Array => input,
  SNAPPY: (input: Uint8Array, length: number): Uint8Array => {
    // A copy of at most 64 bytes takes three: nothing expands further.
    if (length > 24 * input.length + 64) throw new RangeError(`${input.length} bytes of Snappy cannot hold ${length}.`);
    return compressors.SNAPPY!(input, length); // one instance for all: each of its own costs milliseconds
  },
  GZIP: (input: Uint8Array, length: number): Uint8Array => zlib.gunzipSync(input, { maxOutputLength: length || 1 }),
  BROTLI: (input: Uint8Array, length: number): Uint8Array =>
    zlib.brotliDecompressSync(input, { maxOutputLength: length || 1 }),
  ZSTD: decodeZstd,
  LZ4: decodeHadoopLz4,
  LZ4_RAW: (input: Uint8Array, length: number): Uint8Array => decodeLz4(input, length),
} as const satisfies Readonly<Record<string, (input: Uint8Array, length: number) => Uint8Array>>;

export type Codec = keyof typeof DECOMPRESSORS;

function decodeZstd(input: Uint8Array, length: number): Uint8Array {
  checkZstdFrame(input, length);
  if (nativeZstd) return nativeZstd(input, { maxOutputLength: length || 1 });
  return decompressZstd(input, new Uint8Array(length));
}

/** The largest window that zstd's own tools take without being told to. */
const MOST_ZSTD_WINDOW = 2 ** 27;

/** The decoder in JavaScript makes room for whatever a frame's header announces: gigabytes, if a bit is wrong. */
function checkZstdFrame(input: Uint8Array, length: number): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.getUint32(0, true) !== 0xfd2fb528) throw new RangeError('It is no Zstandard frame.');
  const descriptor = view.getUint8(4);
  const isSingle = (descriptor & 32) !== 0;
  const sizeFlag = descriptor >> 6;
  const at = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const size = [
    () => (isSingle ? view.getUint8(at) : 0), // 0: not stated
    () => view.getUint16(at, true) + 256,
    () => view.getUint32(at, true),
    () => Number(view.getBigUint64(at, true)),
  ][sizeFlag]!();
  const exponent = view.getUint8(5) >> 3;
  const window = isSingle ? 0 : 2 ** (10 + exponent) * (1 + (view.getUint8(5) & 7) / 8);
  const isStated = sizeFlag > 0 || isSingle;
  if ((isStated && size !== length) || window > MOST_ZSTD_WINDOW)
    throw new RangeError(`A Zstandard frame announces ${size} bytes and a window of ${window}.`);
}

function decodeLz4(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  return output.subarray(0, decodeLz4Block(input, output));
}

/** Hadoop puts the lengths before each block; other writers of the old name do not. */
function decodeHadoopLz4(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(length);
  let at = 0;
  let end = 0;
  while (at + 8 <= input.length) {
    const decoded = view.getUint32(at);
    const size = view.getUint32(at + 4);
    if (at + 8 + size > input.length || end + decoded > length) return decodeLz4(input, length);
    const next = decodeLz4Block(input.subarray(at + 8, at + 8 + size), output, end);
    if (next !== end + decoded) return decodeLz4(input, length);
    at += 8 + size;
    end = next;
  }
  return at === input.length ? output.subarray(0, end) : decodeLz4(input, length);
}
