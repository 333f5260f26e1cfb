import { CompressionType, compressionRegistry } from 'apache-arrow';
import { DECOMPRESSORS } from './decompress.js';
import { decodeLz4Frame } from './lz4.js';

/** What one buffer of a compressed record batch may decode to. */
const MOST_BYTES = 2 ** 28;

/** Teaches the Arrow library the two compressions of IPC files; none is built in. Can be called any number of times. */
export function registerArrowCompression(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (data) => decodeLz4Frame(data, lengthOf(data)) });
  compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => DECOMPRESSORS.ZSTD(data, lengthOf(data)) });
}

/** The library does not hand over the decoded length, but it stands in the eight bytes before the data. */
function lengthOf(data: Uint8Array): number {
  const length = Number(new DataView(data.buffer, data.byteOffset - 8, 8).getBigInt64(0, true));
  if (length >= 0 && length <= MOST_BYTES) return length;
  throw new RangeError(`A compressed buffer announces ${length} bytes.`);
}
