/**
 * Decodes one LZ4 block into `output` from `start` on; `dictionary` is where what it may refer to begins.
 * @returns the position after the last byte written
 * @throws {RangeError} when the block is damaged or does not fit
 */
export function decodeLz4Block(input: Uint8Array, output: Uint8Array, start = 0, dictionary = start): number {
  let at = 0;
  let end = start;
  while (at < input.length) {
    const token = input[at++]!;
    let literals = token >> 4;
    if (literals === 15) [literals, at] = longLength(input, at, literals);
    if (at + literals > input.length || end + literals > output.length) throw damaged();
    output.set(input.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === input.length) return end;
    if (at + 2 > input.length) throw damaged();
    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) [length, at] = longLength(input, at, length);
    length += 4;
    if (distance === 0 || end - distance < dictionary || end + length > output.length) throw damaged();
    if (distance >= length) output.copyWithin(end, end - distance, end - distance + length);
    else for (let i = 0; i < length; i++) output[end + i] = output[end + i - distance]!;
    end += length;
  }
  return end;
}

function longLength(input: Uint8Array, from: number, start: number): [length: number, at: number] {
  let length = start;
  for (let at = from; at < input.length; at++) {
    length += input[at]!;
    if (input[at] !== 255) return [length, at + 1];
  }
  throw damaged();
}

const MAGIC = 0x184d2204;

/**
 * Decodes an LZ4 frame, as compressed Arrow files hold them, to `length` bytes. Checksums are not verified.
 * @throws {RangeError} when the frame is damaged or of another length
 */
export function decodeLz4Frame(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('It is no LZ4 frame.');
  // A byte of a match's length stands for 255 bytes: nothing expands further.
  if (length > 256 * input.length) throw damaged();
  const flags = view.getUint8(4);
  const blockChecksum = (flags & 0x10) !== 0;
  let at = 6 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0) + 1;
  const output = new Uint8Array(length);
  let end = 0;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const stored = size & 0x7fffffff;
    if (at + stored > input.length) throw damaged();
    const block = input.subarray(at, at + stored);
    if (size >= 0x80000000) {
      if (end + stored > length) throw damaged();
      output.set(block, end);
      end += stored;
    } else {
      end = decodeLz4Block(block, output, end, 0); // blocks may refer to those before them
    }
    at += stored + (blockChecksum ? 4 : 0);
  }
  if (end !== length) throw damaged();
  return output;
}

function damaged(): RangeError {
  return new RangeError('Its LZ4 data is damaged.');
}
