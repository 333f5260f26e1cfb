import type { FileHandle } from 'node:fs/promises';

/** Field numbers of the FlatBuffers tables in Arrow's `Message.fbs` and `Schema.fbs`. */
const MESSAGE = { headerType: 1, header: 2, bodyLength: 3 } as const;
const SCHEMA = { fields: 1, metadata: 2 } as const;
const FIELD = { name: 0, type: 3, dictionary: 4, children: 5, metadata: 6 } as const;
const KEY_VALUE = { key: 0, value: 1 } as const;
const RECORD_BATCH = { length: 0, nodes: 1, buffers: 2, compression: 3 } as const;
const DICTIONARY_BATCH = { data: 1 } as const;
const HEADER_TYPES = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;

/** More columns, nested ones included, than any data set has. */
const MOST_FIELDS = 10_000;
/** Metadata of one message: a few bytes for each column. */
const MOST_METADATA_BYTES = 2 ** 24;
/** Rows that a batch without any bytes may still have: columns of nulls take none. */
const MOST_EMPTY_ROWS = 1_000_000;
/** Values of a compressed batch, whose bytes say nothing about their number. */
const MOST_COMPRESSED_VALUES = 2 ** 28;

/** What a compressed batch may decode to: text packs to a tenth or so, a bomb to a thousandth. */
const MOST_DECODED_BYTES = 2 ** 28;
const MOST_GROWTH = 64;

/** Where a message lies, its body included. */
export interface MessageRange {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of an Arrow file lie. */
export interface ArrowFraming {
  /** The schema and the dictionaries: what is needed to decode any batch. */
  readonly head: readonly MessageRange[];
  readonly batches: readonly (MessageRange & { readonly rows: number })[];
}

/**
 * Walks over the messages of an Arrow IPC stream, or of a file with a footer, and checks their metadata. The Arrow reader takes a
 * stream that was cut off at a batch for a shorter one, and trusts every length it finds.
 *
 * @throws {RangeError} saying what is wrong
 */
export async function checkFraming(handle: FileHandle): Promise<ArrowFraming> {
  const { size } = await handle.stat();
  const read = async (start: number, length: number): Promise<DataView> => {
    if (length > MOST_METADATA_BYTES) throw new RangeError(`A message announces ${length} bytes of metadata.`);
    if (length < 0 || start + length > size) throw new RangeError(`The file ends at byte ${size}, inside a message.`);
    const bytes = new Uint8Array(length);
    await handle.read(bytes, 0, length, start);
    return new DataView(bytes.buffer);
  };
  const magic = size >= 8 ? new TextDecoder('latin1').decode(await read(0, 6)) : '';
  let position = magic === 'ARROW1' ? 8 : 0;
  const head: MessageRange[] = [];
  const batches: (MessageRange & { rows: number })[] = [];
  for (;;) {
    const prefix = await read(position, 8);
    if (prefix.getInt32(0, true) !== -1) throw new RangeError(`There is no Arrow message at byte ${position}.`);
    const length = prefix.getInt32(4, true);
    position += 8;
    if (length === 0) break;
    const { bodyLength, rows, packed } = checkMessage(await read(position, length));
    const range = { start: position - 8, end: position + length + bodyLength };
    if (range.end > size) throw new RangeError(`The file ends at byte ${size}, inside a message.`);
    let decoded = 0;
    for (const { offset, length: stored } of packed) {
      const at = position + length + offset;
      if (stored >= 8 && at + 8 <= range.end) decoded += Math.max(0, int64OrNone(await read(at, 8)));
    }
    if (decoded > Math.max(MOST_DECODED_BYTES, MOST_GROWTH * bodyLength))
      throw new RangeError(`A batch of ${bodyLength} bytes decodes to ${decoded}.`);
    if (rows === undefined) head.push(range);
    else batches.push({ ...range, rows });
    position = range.end;
  }
  if (magic !== 'ARROW1' && position !== size)
    throw new RangeError(`${size - position} bytes follow the end of the stream.`);
  return { head, batches };
}

interface Message {
  /** Length of the body that follows. */
  readonly bodyLength: number;
  /** Rows of a record batch; undefined for other messages. */
  readonly rows: number | undefined;
  /** Where in the body compressed buffers lie: each begins with its decoded length. */
  readonly packed: readonly { readonly offset: number; readonly length: number }[];
}

function checkMessage(view: DataView): Message {
  const message = table(view, indirect(view, 0));
  const bodyLength = message(MESSAGE.bodyLength) === 0 ? 0 : int64(view, message(MESSAGE.bodyLength));
  const header = indirect(view, required(message(MESSAGE.header)));
  const headerType = view.getUint8(required(message(MESSAGE.headerType)));
  if (headerType === HEADER_TYPES.schema) checkSchema(view, header);
  if (headerType === HEADER_TYPES.recordBatch) return { bodyLength, ...checkBatch(view, header, bodyLength) };
  if (headerType === HEADER_TYPES.dictionaryBatch) {
    const data = indirect(view, required(table(view, header)(DICTIONARY_BATCH.data)));
    return { bodyLength, rows: undefined, packed: checkBatch(view, data, bodyLength).packed };
  }
  return { bodyLength, rows: undefined, packed: [] };
}

function checkSchema(view: DataView, position: number): void {
  let left = MOST_FIELDS;
  const checkFields = (at: number): void => {
    for (const child of tables(view, at)) {
      left -= 1;
      if (left < 0) throw new RangeError(`The schema has more than ${MOST_FIELDS} fields.`);
      const field = table(view, child);
      if (field(FIELD.name) !== 0) vector(view, field(FIELD.name), 1);
      if (field(FIELD.type) !== 0) table(view, indirect(view, field(FIELD.type)));
      if (field(FIELD.dictionary) !== 0) table(view, indirect(view, field(FIELD.dictionary)));
      checkMetadata(view, field(FIELD.metadata));
      checkFields(field(FIELD.children));
    }
  };
  const schema = table(view, position);
  checkFields(schema(SCHEMA.fields));
  checkMetadata(view, schema(SCHEMA.metadata));
}

function checkMetadata(view: DataView, at: number): void {
  for (const position of tables(view, at)) {
    const pair = table(view, position);
    for (const part of [pair(KEY_VALUE.key), pair(KEY_VALUE.value)]) if (part !== 0) vector(view, part, 1);
  }
}

function checkBatch(
  view: DataView,
  position: number,
  bodyLength: number,
): Omit<Message, 'bodyLength' | 'rows'> & { readonly rows: number } {
  const batch = table(view, position);
  const isCompressed = batch(RECORD_BATCH.compression) !== 0;
  const most = isCompressed ? MOST_COMPRESSED_VALUES : Math.max(MOST_EMPTY_ROWS, bodyLength * 8);
  const nodes = vector(view, required(batch(RECORD_BATCH.nodes)), 16);
  const buffers = vector(view, required(batch(RECORD_BATCH.buffers)), 16);
  const lengths = Array.from({ length: nodes.count }, (_, i) => int64(view, nodes.start + 16 * i));
  const rows = batch(RECORD_BATCH.length) === 0 ? 0 : int64(view, batch(RECORD_BATCH.length));
  lengths.push(rows);
  for (const length of lengths) {
    if (length > most) throw new RangeError(`A batch of ${bodyLength} bytes announces ${length} values.`);
  }
  const packed = Array.from({ length: isCompressed ? buffers.count : 0 }, (_, i) => ({
    offset: int64(view, buffers.start + 16 * i),
    length: int64(view, buffers.start + 16 * i + 8),
  }));
  return { rows, packed };
}

/** Where a field of a table lies; 0 when it is left out. */
function table(view: DataView, position: number): (field: number) => number {
  const vtable = position - view.getInt32(position, true);
  const size = view.getUint16(vtable, true);
  return (field) => {
    const entry = 4 + 2 * field;
    const offset = entry + 2 <= size ? view.getUint16(vtable + entry, true) : 0;
    return offset === 0 ? 0 : position + offset;
  };
}

function indirect(view: DataView, at: number): number {
  return at + view.getUint32(at, true);
}

function vector(view: DataView, at: number, elementSize: number): { readonly start: number; readonly count: number } {
  const position = indirect(view, at);
  const count = view.getUint32(position, true);
  if (position + 4 + count * elementSize > view.byteLength)
    throw new RangeError(`A list of ${count} does not fit its message.`);
  return { start: position + 4, count };
}

function tables(view: DataView, at: number): readonly number[] {
  if (at === 0) return [];
  const { start, count } = vector(view, at, 4);
  return Array.from({ length: count }, (_, i) => indirect(view, start + 4 * i));
}

function int64(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true));
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be a length.`);
  return value;
}

/** −1 stands for a buffer that is stored as it is. */
function int64OrNone(view: DataView): number {
  return Number(view.getBigInt64(0, true));
}

function required(at: number): number {
  if (at === 0) throw new RangeError('A message lacks a part.');
  return at;
}
