import { crc32 } from 'node:zlib';
import type { AsyncBuffer, ColumnMetaData, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { FieldValue } from '../../row.js';
import { type Codec, DECOMPRESSORS } from '../decompress.js';
import { DamagedError, UnsupportedError } from './damaged.js';
import { plainValues, type ValueReader } from './plain.js';
import { bitWidth, RleDecoder } from './rle.js';
import type { Leaf } from './schema.js';
import { thriftEnd } from './thrift-check.js';
import { pageValues } from './values.js';

/** What one page may decode to; writers make pages of a megabyte, DuckDB of up to a hundred. */
export const MOST_PAGE_BYTES = 2 ** 28;
/** Writers stop using a dictionary that grows to a few megabytes. */
const MOST_DICTIONARY_VALUES = 2 ** 24;
/** Statistics in a page header repeat values, but not such long ones. */
const MOST_HEADER_BYTES = 2 ** 24;

/** One data page, opened: levels and values are decoded as they are asked for. */
export interface OpenPage {
  /** Nulls and empty lists counted too. */
  readonly count: number;
  /** Undefined where all definition levels are the highest. */
  readonly definitions: RleDecoder | undefined;
  readonly repetitions: RleDecoder | undefined;
  readonly values: ValueReader;
}

/**
 * Streams the data pages of one column in one row group. The file is read in pieces of `window` bytes, so that what is held
 * does not grow with the row group.
 *
 * @throws {DamagedError} or {@link UnsupportedError}
 */
export async function* readPages(
  file: AsyncBuffer,
  leaf: Leaf,
  meta: ColumnMetaData,
  window: number,
): AsyncGenerator<OpenPage> {
  const chunk = new ChunkReader(file, chunkRange(meta, file, leaf), window);
  const codec = knownCodec(meta, leaf);
  let left = Number(meta.num_values);
  let dictionary: readonly FieldValue[] | undefined;
  while (left > 0) {
    const header = await chunk.header();
    const { compressed_page_size: stored, uncompressed_page_size: size, type } = header;
    // What does not compress gets a little longer.
    if (!(stored >= 0 && stored <= 2 * MOST_PAGE_BYTES && size >= 0 && size <= MOST_PAGE_BYTES))
      throw new DamagedError(`A page of ${leaf.name} announces ${size} bytes, stored as ${stored}.`);
    const body = await chunk.take(stored);
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0)
      throw new DamagedError(`The checksum of a page of ${leaf.name} does not match.`);
    if (type === 'DICTIONARY_PAGE') {
      const count = header.dictionary_page_header?.num_values ?? -1;
      const bytes = decompress(codec, body, size);
      if (!(count >= 0 && count <= Math.min(size, MOST_DICTIONARY_VALUES)))
        throw new DamagedError(`A dictionary announces ${count} values.`);
      dictionary = plainValues(leaf, bytes, 0).read(count);
    } else if (type === 'DATA_PAGE' || type === 'DATA_PAGE_V2') {
      const page = (type === 'DATA_PAGE' ? openPage : openPage2)(leaf, header, body, codec, dictionary);
      if (page.count < 0 || page.count > left)
        throw new DamagedError(`A page of ${leaf.name} has ${page.count} values; at most ${left} are left.`);
      left -= page.count;
      if (page.count > 0) yield page;
    } else if (type !== 'INDEX_PAGE') {
      throw new UnsupportedError(`The column ${leaf.name} has a page of an unknown type.`, 'Write the file again.');
    }
  }
}

function chunkRange(
  { data_page_offset: data, dictionary_page_offset: dictionary, total_compressed_size: size }: ColumnMetaData,
  file: AsyncBuffer,
  { name }: Leaf,
): readonly [start: number, end: number] {
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
  const end = start + Number(size);
  if (start >= 4 && end >= start && end <= file.byteLength) return [start, end];
  throw new DamagedError(`The column ${name} is said to lie at bytes ${start} to ${end} of ${file.byteLength}.`);
}

function knownCodec({ codec }: ColumnMetaData, { name }: Leaf): Codec {
  if (codec !== undefined && Object.hasOwn(DECOMPRESSORS, codec)) return codec as Codec;
  throw new UnsupportedError(
    `The column ${name} is compressed with ${codec ?? 'an unknown method'}, which we do not read.`,
    `Write the file with one of ${Object.keys(DECOMPRESSORS).join(', ')}.`,
  );
}

function decompress(codec: Codec, input: Uint8Array, size: number): Buffer {
  // Writers leave out the compressed form of nothing, or write one.
  const output = size === 0 ? new Uint8Array() : DECOMPRESSORS[codec](input, size);
  if (output.length !== size) throw new DamagedError(`A page decodes to ${output.length} bytes instead of ${size}.`);
  return Buffer.from(output.buffer, output.byteOffset, output.byteLength);
}

type Dictionary = readonly FieldValue[] | undefined;

/** Version 1: levels are compressed with the values, each with its length before it. */
function openPage(
  leaf: Leaf,
  { data_page_header: header, uncompressed_page_size: size }: PageHeader,
  body: Uint8Array,
  codec: Codec,
  dictionary: Dictionary,
): OpenPage {
  if (!header) throw new DamagedError('A page lacks its header.');
  const bytes = decompress(codec, body, size);
  const { num_values: count, encoding } = header;
  let at = 0;
  const levels = (most: number, stated: string | undefined): (() => RleDecoder) | undefined => {
    if (most === 0) return undefined;
    if (stated !== 'RLE')
      throw new UnsupportedError(
        `Levels of ${leaf.name} are in the encoding ${stated}.`,
        'Write the file with a newer writer.',
      );
    if (at + 4 > bytes.length) throw new DamagedError('A page ends before its values.');
    const start = at + 4;
    at = start + bytes.readUInt32LE(at);
    const end = at;
    return () => new RleDecoder(bytes, start, end, bitWidth(most));
  };
  const repetitions = levels(leaf.mostRepetition, header.repetition_level_encoding);
  const definitions = levels(leaf.mostDefinition, header.definition_level_encoding);
  const present = definitions === undefined ? count : countPresent(definitions(), count, leaf);
  const values = pageValues(encoding, { leaf, bytes, start: at, count: present, dictionary });
  return { count, repetitions: repetitions?.(), definitions: definitions?.(), values };
}

/** Version 2: levels stand before the compressed values, and booleans may come as runs. */
function openPage2(
  leaf: Leaf,
  { data_page_header_v2: header, uncompressed_page_size: size }: PageHeader,
  body: Uint8Array,
  codec: Codec,
  dictionary: Dictionary,
): OpenPage {
  if (!header) throw new DamagedError('A page lacks its header.');
  const { num_values: count, num_nulls: nulls, encoding } = header;
  const { repetition_levels_byte_length: first = 0, definition_levels_byte_length: second = 0 } = header;
  const levelBytes = first + second;
  if (!(first >= 0 && second >= 0 && levelBytes <= body.length && levelBytes <= size))
    throw new DamagedError(`The levels of a page of ${leaf.name} do not fit it.`);
  if (!(nulls >= 0 && nulls <= count)) throw new DamagedError(`A page of ${count} values has ${nulls} nulls.`);
  const stored = body.subarray(levelBytes);
  const isCompressed = header.is_compressed !== false && stored.length > 0;
  const bytes = decompress(isCompressed ? codec : 'UNCOMPRESSED', stored, size - levelBytes);
  const level = (most: number, start: number, end: number): RleDecoder | undefined =>
    most === 0 ? undefined : new RleDecoder(body, start, end, bitWidth(most));
  const definitions = () => level(leaf.mostDefinition, first, levelBytes);
  const present = leaf.mostDefinition === 0 ? count : countPresent(definitions()!, count, leaf);
  const values = pageValues(encoding, { leaf, bytes, start: 0, count: present, dictionary });
  return { count, repetitions: level(leaf.mostRepetition, 0, first), definitions: definitions(), values };
}

const PIECE = 4096;

/** How many of a page's levels say that there is a value. */
function countPresent(definitions: RleDecoder, count: number, { mostDefinition }: Leaf): number {
  const levels = new Uint8Array(PIECE);
  let present = 0;
  for (let done = 0; done < count; done += PIECE) {
    const size = Math.min(PIECE, count - done);
    definitions.read(levels, size);
    for (let i = 0; i < size; i++) if (levels[i] === mostDefinition) present += 1;
  }
  return present;
}

/** Reads a range of a file forwards, a window at a time. */
class ChunkReader {
  #held = new Uint8Array();
  #at = 0;
  #next: number;
  readonly #end: number;

  constructor(
    private readonly file: AsyncBuffer,
    [start, end]: readonly [number, number],
    private readonly window: number,
  ) {
    this.#next = start;
    this.#end = end;
  }

  /** The page header here; afterwards its page is next. */
  async header(): Promise<PageHeader> {
    for (let wanted = 1024; ; wanted *= 8) {
      const isAll = await this.#hold(Math.min(wanted, MOST_HEADER_BYTES));
      const end = thriftEnd(this.#held, this.#at);
      if (end !== undefined) {
        const { buffer, byteOffset } = this.#held;
        const header = parquetHeader({ view: new DataView(buffer, byteOffset + this.#at, end - this.#at), offset: 0 });
        this.#at = end;
        return header;
      }
      if (isAll || wanted >= MOST_HEADER_BYTES) throw new DamagedError('A column ends inside the header of a page.');
    }
  }

  async take(size: number): Promise<Uint8Array> {
    await this.#hold(size);
    if (this.#held.length - this.#at < size) throw new DamagedError('A column ends inside a page.');
    this.#at += size;
    return this.#held.subarray(this.#at - size, this.#at);
  }

  /** Makes the next `size` bytes present; true when nothing follows what is held. */
  async #hold(size: number): Promise<boolean> {
    const left = this.#held.length - this.#at;
    if (left < size && this.#next < this.#end) {
      const until = Math.min(this.#end, this.#next + Math.max(size - left, this.window));
      const read = new Uint8Array(await this.file.slice(this.#next, until));
      if (read.length !== until - this.#next)
        throw new DamagedError(`The file ends at byte ${this.#next + read.length}.`);
      const held = left === 0 ? read : new Uint8Array(left + read.length);
      if (left > 0) {
        held.set(this.#held.subarray(this.#at));
        held.set(read, left);
      }
      this.#held = held;
      this.#at = 0;
      this.#next = until;
    }
    return this.#next >= this.#end;
  }
}
