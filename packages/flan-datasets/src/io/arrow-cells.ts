import { type Data, type DataType, DateUnit, TimeUnit, Type, Vector } from 'apache-arrow';
import type { FieldValue } from '../row.js';
import { plainValue, safeNumber } from './arrow-values.js';
import { checkedName } from './column-name.js';
import { strictText } from './strict-text.js';
import { dateText, decimalText, type TimeUnitName, timestampText, timeText } from './time-text.js';

/** Gives one cell of a column of a record batch by its row. */
export type CellReader = (row: number) => FieldValue;

/**
 * A reader of one column: text strictly as UTF-8, 64-bit numbers as numbers, times and decimals as exact text, maps as lists of
 * `{ key, value }`. The data must have passed {@link batchProblem}.
 */
export function cellReader(data: Data, name: string): CellReader {
  const read = (READERS[data.type.typeId] ?? anyCells)(data, name);
  if (data.nullCount === 0) return read;
  return (row) => (data.getValid(row) ? read(row) : null);
}

type Open = (data: Data, name: string) => CellReader;

const READERS: Partial<Readonly<Record<Type, Open>>> = {
  [Type.Null]: () => () => null,
  [Type.Utf8]: textCells,
  [Type.LargeUtf8]: textCells,
  [Type.Binary]: textCells,
  [Type.LargeBinary]: textCells,
  [Type.Int]: numberCells,
  [Type.Bool]: ({ values, offset }) => {
    const bits = values as Uint8Array;
    return (row) => ((bits[(row + offset) >> 3]! >> ((row + offset) & 7)) & 1) === 1;
  },
  [Type.List]: listCells,
  [Type.LargeList]: listCells,
  [Type.Map]: listCells,
  [Type.FixedSizeList]: fixedListCells,
  [Type.Struct]: structCells,
  [Type.Dictionary]: dictionaryCells,
  [Type.Timestamp]: ({ type, values }) => {
    const { unit, timezone } = type as unknown as { readonly unit: TimeUnit; readonly timezone?: string | null };
    const ticks = values as BigInt64Array;
    return (row) =>
      timestampText(ticks[row]!, UNITS[unit], timezone !== null && timezone !== undefined && timezone !== '');
  },
  [Type.Date]: ({ type, values }) => {
    if ((type as unknown as { readonly unit: DateUnit }).unit === DateUnit.DAY) {
      const days = values as Int32Array;
      return (row) => dateText(days[row]!);
    }
    const milliseconds = values as BigInt64Array;
    return (row) => dateText(Number(milliseconds[row]!) / 86_400_000);
  },
  [Type.Time]: ({ type, values }) => {
    const { unit } = type as unknown as { readonly unit: TimeUnit };
    const ticks = values as Int32Array | BigInt64Array;
    return (row) => timeText(BigInt(ticks[row]!), UNITS[unit]);
  },
  [Type.Decimal]: decimalCells,
};

const UNITS: Readonly<Record<TimeUnit, TimeUnitName>> = {
  [TimeUnit.SECOND]: 'SECONDS',
  [TimeUnit.MILLISECOND]: 'MILLIS',
  [TimeUnit.MICROSECOND]: 'MICROS',
  [TimeUnit.NANOSECOND]: 'NANOS',
};

/** Rarer types: what the Arrow library makes of them. */
function anyCells(data: Data, name: string): CellReader {
  const vector = new Vector([data as Data<DataType>]);
  return (row) => plainValue(vector.get(row), name);
}

function textCells({ values, valueOffsets }: Data): CellReader {
  const bytes = values as Uint8Array;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = valueOffsets as unknown as Int32Array | BigInt64Array;
  return (row) => strictText(text, Number(offsets[row]), Number(offsets[row + 1]));
}

function numberCells({ values }: Data, name: string): CellReader {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return (row) => safeNumber(values[row]!, name);
  const numbers = values as Int32Array;
  return (row) => numbers[row]!;
}

function listCells({ type, children, valueOffsets }: Data, name: string): CellReader {
  const item = type.typeId === Type.Map ? entryCells(children[0]!, name) : cellReader(children[0]!, `${name}[]`);
  const offsets = valueOffsets as unknown as Int32Array | BigInt64Array;
  return (row) => rangeOf(item, Number(offsets[row]), Number(offsets[row + 1]));
}

/** The entries of a map, whatever the file calls their fields. */
function entryCells({ children }: Data, name: string): CellReader {
  const [key, value] = [cellReader(children[0]!, `${name}.key`), cellReader(children[1]!, `${name}.value`)];
  return (row) => ({ key: key(row), value: value(row) });
}

function fixedListCells({ type, children }: Data, name: string): CellReader {
  const { listSize } = type as unknown as { readonly listSize: number };
  const item = cellReader(children[0]!, `${name}[]`);
  return (row) => rangeOf(item, row * listSize, (row + 1) * listSize);
}

function rangeOf(item: CellReader, start: number, end: number): readonly FieldValue[] {
  const list = new Array<FieldValue>(end - start);
  for (let i = start; i < end; i++) list[i - start] = item(i);
  return list;
}

function structCells({ type, children }: Data, name: string): CellReader {
  const names = (type.children as readonly { readonly name: string }[]).map((field) => checkedName(field.name));
  const fields = children.map((child, i) => cellReader(child, `${name}.${names[i]}`));
  return (row) => {
    const struct: Record<string, FieldValue> = {};
    for (let i = 0; i < names.length; i++) struct[names[i]!] = fields[i]!(row);
    return struct;
  };
}

function dictionaryCells({ values, dictionary }: Data, name: string): CellReader {
  const chunks = (dictionary as Vector).data.map((chunk) => ({ length: chunk.length, read: cellReader(chunk, name) }));
  const indices = values as Int32Array;
  return (row) => {
    let index = Number(indices[row]!);
    for (const { length, read } of chunks) {
      if (index < length && index >= 0) return read(index);
      index -= length;
    }
    throw new RangeError(`A value of ${name} is not in its dictionary.`);
  };
}

function decimalCells({ type, values }: Data): CellReader {
  const { scale, bitWidth } = type as unknown as { readonly scale: number; readonly bitWidth: number };
  const words = values as Uint32Array;
  const count = bitWidth / 32;
  return (row) => {
    let unscaled = 0n;
    for (let i = count - 1; i >= 0; i--) unscaled = (unscaled << 32n) | BigInt(words[row * count + i]!);
    return decimalText(BigInt.asIntN(bitWidth, unscaled), scale);
  };
}
