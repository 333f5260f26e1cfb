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
  if (nativeZstd) return nativeZstd(input, { maxOutputLength: length || 1 });
  return decompressZstd(input, new Uint8Array(length));
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
