import { DamagedError } from './damaged.js';

/** More values than a page may hold where all of them have to be decoded before the first is used. */
const MOST_LENGTHS = 2 ** 24;

/** Decodes DELTA_BINARY_PACKED piece by piece. 64-bit numbers are bigints, and wrap as Parquet's do. */
export class DeltaDecoder {
  #at: number;
  readonly #blockSize: number;
  readonly #miniblocks: number;
  readonly #total: number;
  #given = 0;
  #value: bigint;
  #minDelta = 0n;
  #widths: Uint8Array = new Uint8Array();
  #miniblock = 0;
  #leftInMiniblock = 0;
  #bit = 0;
  #width = 0;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly bits: 32 | 64,
  ) {
    this.#at = start;
    this.#blockSize = Number(this.#varint());
    this.#miniblocks = Number(this.#varint());
    this.#total = Number(this.#varint());
    this.#value = this.#zigzag();
    const size = this.#blockSize / this.#miniblocks;
    if (this.#blockSize > 2 ** 20 || !Number.isInteger(size) || size % 8 !== 0 || size === 0)
      throw new DamagedError('A block of deltas has an impossible size.');
    this.#miniblock = this.#miniblocks;
  }

  /** The next value. */
  next(): bigint {
    if (this.#given >= this.#total) throw new DamagedError('A page has fewer deltas than values.');
    this.#given += 1;
    if (this.#given === 1) return this.#value;
    if (this.#leftInMiniblock === 0) this.#nextMiniblock();
    this.#leftInMiniblock -= 1;
    const sum = this.#value + this.#minDelta + this.#residual();
    this.#value = this.bits === 32 ? BigInt.asIntN(32, sum) : BigInt.asIntN(64, sum);
    return this.#value;
  }

  /** The position behind the last miniblock that holds values; all values must have been taken. */
  end(): number {
    return this.#at;
  }

  get total(): number {
    return this.#total;
  }

  #nextMiniblock(): void {
    if (this.#miniblock === this.#miniblocks) {
      this.#minDelta = this.#zigzag();
      if (this.#at + this.#miniblocks > this.bytes.length) throw ended();
      this.#widths = this.bytes.subarray(this.#at, this.#at + this.#miniblocks);
      this.#at += this.#miniblocks;
      this.#miniblock = 0;
    }
    this.#width = this.#widths[this.#miniblock]!;
    if (this.#width > this.bits) throw new DamagedError(`A delta of ${this.#width} bits is too wide.`);
    this.#miniblock += 1;
    this.#leftInMiniblock = this.#blockSize / this.#miniblocks;
    this.#bit = this.#at * 8;
    this.#at += (this.#leftInMiniblock * this.#width) / 8;
    if (this.#at > this.bytes.length) throw ended();
  }

  #residual(): bigint {
    let low = 0;
    let high = 0;
    for (let got = 0; got < this.#width; ) {
      const shift = this.#bit & 7;
      const take = Math.min(8 - shift, this.#width - got, got < 32 ? 32 - got : 64);
      const piece = (this.bytes[this.#bit >> 3]! >> shift) & ((1 << take) - 1);
      if (got < 32) low += piece * 2 ** got;
      else high += piece * 2 ** (got - 32);
      got += take;
      this.#bit += take;
    }
    return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (this.#at >= this.bytes.length || shift > 63n) throw ended();
      const byte = this.bytes[this.#at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

/** All lengths of a page of byte arrays, and the position behind them. */
export function deltaLengths(
  bytes: Uint8Array,
  start: number,
  count: number,
): { readonly lengths: Int32Array; readonly end: number } {
  const decoder = new DeltaDecoder(bytes, start, 32);
  if (decoder.total !== count) throw new DamagedError(`A page of ${count} values has ${decoder.total} lengths.`);
  if (count > MOST_LENGTHS) throw new DamagedError(`A page of ${count} values is too large.`);
  const lengths = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    lengths[i] = Number(decoder.next());
    if (lengths[i]! < 0) throw new DamagedError('A text has a negative length.');
  }
  return { lengths, end: decoder.end() };
}

function ended(): DamagedError {
  return new DamagedError('A page ends inside its deltas.');
}
