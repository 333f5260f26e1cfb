import { DamagedError } from './damaged.js';

/** Bits needed for numbers from 0 to `most`. */
export function bitWidth(most: number): number {
  return 32 - Math.clz32(most);
}

/** Decodes the hybrid of runs and bit-packed groups, piece by piece, so that a long run costs no memory. */
export class RleDecoder {
  #at: number;
  #left = 0;
  #value = 0;
  #packed = false;
  #bit = 0;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly end: number,
    private readonly width: number,
  ) {
    if (end > bytes.length || start > end) throw new DamagedError('Levels or indices reach beyond their page.');
    if (width > 32) throw new DamagedError(`${width} bits are too many for levels or indices.`);
    this.#at = start;
  }

  /** The next `count` numbers, into `output`. */
  read(output: Uint8Array | Int32Array, count: number): void {
    let done = 0;
    while (done < count) {
      if (this.#left === 0) this.#nextRun();
      const take = Math.min(this.#left, count - done);
      if (this.#packed) this.#unpack(output, done, take);
      else output.fill(this.#value, done, done + take);
      done += take;
      this.#left -= take;
    }
  }

  #nextRun(): void {
    const header = this.#varint();
    this.#packed = (header & 1) === 1;
    if (this.#packed) {
      this.#left = Math.floor(header / 2) * 8;
      this.#bit = this.#at * 8;
      // The last group may be cut off: only what is needed of it has to be there.
      this.#at = Math.min(this.#at + (this.#left / 8) * this.width, this.end);
    } else {
      this.#left = Math.floor(header / 2);
      const size = (this.width + 7) >> 3;
      if (this.#at + size > this.end) throw ended();
      this.#value = 0;
      for (let i = 0; i < size; i++) this.#value |= this.bytes[this.#at + i]! << (8 * i);
      this.#at += size;
    }
    if (this.#left === 0 && this.#at >= this.end) throw ended();
  }

  #unpack(output: Uint8Array | Int32Array, from: number, count: number): void {
    const { bytes, width } = this;
    let bit = this.#bit;
    if (bit + count * width > this.end * 8) throw ended();
    for (let i = from; i < from + count; i++) {
      let value = 0;
      for (let got = 0; got < width; ) {
        const shift = bit & 7;
        const take = Math.min(8 - shift, width - got);
        value |= ((bytes[bit >> 3]! >> shift) & ((1 << take) - 1)) << got;
        got += take;
        bit += take;
      }
      output[i] = value;
    }
    this.#bit = bit;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.end || scale > 2 ** 35) throw ended();
      const byte = this.bytes[this.#at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}

function ended(): DamagedError {
  return new DamagedError('A page ends inside its levels or indices.');
}
