import { type Data, type RecordBatch, Type } from 'apache-arrow';

const OFFSET_TYPES: readonly Type[] = [
  Type.Utf8,
  Type.Binary,
  Type.LargeUtf8,
  Type.LargeBinary,
  Type.List,
  Type.LargeList,
  Type.Map,
];
const LIST_TYPES: readonly Type[] = [Type.List, Type.LargeList, Type.Map];

/**
 * Looks whether the lengths and offsets of a record batch stay inside its buffers. The Arrow reader trusts them: a damaged offset
 * would become a list of two thousand million elements.
 *
 * @returns what is wrong, or undefined
 */
export function batchProblem(batch: RecordBatch): string | undefined {
  for (const [index, field] of batch.schema.fields.entries()) {
    const data = batch.data.children[index];
    const problem = data === undefined ? 'there is no data' : dataProblem(data, batch.numRows);
    if (problem !== undefined) return `In the column ${field.name} ${problem}.`;
  }
  return undefined;
}

function dataProblem(data: Data, atLeast: number): string | undefined {
  if (data.length < atLeast) return `${atLeast} values are announced and ${data.length} are there`;
  if (data.nullCount > 0 && data.nullBitmap && data.nullBitmap.length * 8 < data.length)
    return 'the null marks are cut off';
  const { typeId } = data.type;
  if (typeId === Type.Struct) {
    return firstProblem(data.children, data.length);
  }
  if (OFFSET_TYPES.includes(typeId)) {
    const isList = LIST_TYPES.includes(typeId);
    const size = isList ? (data.children[0]?.length ?? 0) : ((data.values as Uint8Array | undefined)?.byteLength ?? 0);
    return offsetProblem(data, size) ?? (isList ? firstProblem(data.children, 0) : undefined);
  }
  if (typeId === Type.FixedSizeList) {
    const { listSize } = data.type as unknown as { listSize: number };
    return firstProblem(data.children, data.length * listSize);
  }
  if (typeId === Type.Null) return undefined;
  const values = data.values as { readonly length: number } | undefined;
  const capacity = (values?.length ?? 0) * (typeId === Type.Bool ? 8 : 1);
  return capacity < data.length ? 'the values are cut off' : undefined;
}

function firstProblem(children: readonly Data[], atLeast: number): string | undefined {
  for (const child of children) {
    const problem = dataProblem(child, atLeast);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Offsets must ascend from 0 to at most `size`. */
function offsetProblem({ length, valueOffsets }: Data, size: number): string | undefined {
  const offsets = valueOffsets as unknown as ArrayLike<number | bigint> | undefined;
  if (length === 0) return undefined;
  if (offsets === undefined || offsets.length < length + 1) return 'the offsets are cut off';
  let previous = 0;
  for (let i = 0; i <= length; i++) {
    const offset = Number(offsets[i]);
    if (offset < previous || offset > size) return `offset ${offset} does not lie between ${previous} and ${size}`;
    previous = offset;
  }
  return undefined;
}
