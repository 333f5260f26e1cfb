import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Row } from '../../row.js';
import { arrowValue } from '../arrow-values.js';
import { type Feature, type Features, featuresToJson, type ScalarType } from '../features.js';

/** A row group ends at so many rows, or at so much text: what is held while writing. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 2 ** 24;

type Physical = Omit<SchemaElement, 'name' | 'repetition_type'>;

const integer = (bitWidth: number, isSigned: boolean, converted: string): Physical =>
  ({
    type: bitWidth === 64 ? 'INT64' : 'INT32',
    converted_type: converted,
    logical_type: { type: 'INTEGER', bitWidth, isSigned },
  }) as Physical;

const SCALARS = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  large_string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  bool: { type: 'BOOLEAN' },
  int8: integer(8, true, 'INT_8'),
  int16: integer(16, true, 'INT_16'),
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  uint8: integer(8, false, 'UINT_8'),
  uint16: integer(16, false, 'UINT_16'),
  uint32: integer(32, false, 'UINT_32'),
  uint64: integer(64, false, 'UINT_64'),
  float16: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  null: { type: 'INT32', logical_type: { type: 'NULL' } },
} as const satisfies Readonly<Record<ScalarType, Physical>>;

/** The bytes of a file written by `hyparquet-writer`: any columns, everything nullable. */
export async function* nestedChunks(
  rows: Iterable<Row> | AsyncIterable<Row>,
  features: Features,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const root: SchemaElement = { name: 'schema', num_children: Object.keys(features).length };
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [root, ...Object.entries(features).flatMap(([name, feature]) => elementsOf(name, feature))],
    kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features: featuresToJson(features) } }) }],
    createdBy: 'flanlab',
  });
  const written = (): Uint8Array => {
    const chunk = bytes.getBytes().slice();
    bytes.index = 0;
    return chunk;
  };
  for await (const group of rowGroups(rows)) {
    const columnData = Object.entries(features).map(([name, feature]) => ({
      name,
      data: group.map((row) => arrowValue(row[name], feature, name)),
    }));
    await writer.write({ columnData, rowGroupSize: group.length });
    yield written();
  }
  await writer.finish();
  yield written();
}

async function* rowGroups(rows: Iterable<Row> | AsyncIterable<Row>): AsyncGenerator<readonly Row[]> {
  let group: Row[] = [];
  let characters = 0;
  for await (const row of rows) {
    group.push(row);
    for (const name in row) characters += sizeOf(row[name]);
    if (group.length < GROUP_ROWS && characters < GROUP_CHARACTERS) continue;
    yield group;
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 8;
  for (const item of Object.values(value)) size += sizeOf(item);
  return size;
}

/** The schema elements of a column, its children after it. */
function elementsOf(name: string, feature: Feature): SchemaElement[] {
  const repetition = { name, repetition_type: 'OPTIONAL' } as const;
  if (feature.kind === 'class-label') return [{ ...repetition, ...SCALARS.int64 }];
  if (feature.kind === 'value') return [{ ...repetition, ...SCALARS[feature.dtype] }];
  if (feature.kind === 'struct') {
    const fields = Object.entries(feature.fields);
    return [{ ...repetition, num_children: fields.length }, ...fields.flatMap(([field, of]) => elementsOf(field, of))];
  }
  return [
    { ...repetition, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elementsOf('element', feature.of),
  ];
}
