import { type Data, type RecordBatch, Type } from 'apache-arrow';

/** Rows that are made at a time. */
const SLICE_ROWS = 1024;
/** Values of lists that are made at a time, where more than one row has some. */
const SLICE_VALUES = 2 ** 17;
/** Values of one column in one row. A compressed buffer of a few bytes says that there are a hundred million: no row of text has so many. */
export const MOST_ROW_VALUES = 2 ** 22;

/** Where row `row` begins among the values of a leaf. */
type Place = (row: number) => number;

/**
 * Cuts the rows of a record batch into slices that are made at once: of a batch from elsewhere, nobody knows how many rows it has, nor
 * how long its lists are. The data must have passed the check of its offsets.
 *
 * @throws {RangeError} when a row has more values than any row of text
 */
export function* rowSlices(batch: RecordBatch): Generator<readonly [start: number, end: number]> {
  const leaves = batch.schema.fields.flatMap(({ name }, index) =>
    listPlaces(batch.data.children[index]!, (row) => row).map((place) => ({ name, place })),
  );
  let start = 0;
  let values = 0;
  for (let row = 0; row < batch.numRows; row++) {
    let inRow = 0;
    for (const { name, place } of leaves) {
      const count = place(row + 1) - place(row);
      if (count > MOST_ROW_VALUES) throw new RangeError(`A row has ${count} values in the column ${name}.`);
      inRow += count;
    }
    if (row > start && (row - start === SLICE_ROWS || values + inRow > SLICE_VALUES)) {
      yield [start, row];
      [start, values] = [row, 0];
    }
    values += inRow;
  }
  if (start < batch.numRows) yield [start, batch.numRows];
}

/** The places of the values below each list of a column, the innermost of nested ones. */
function listPlaces(data: Data, at: Place): readonly Place[] {
  const { type, children, valueOffsets } = data;
  if (type.typeId === Type.Struct) return children.flatMap((child) => listPlaces(child, at));
  if (type.typeId === Type.FixedSizeList) {
    const { listSize } = type as unknown as { readonly listSize: number };
    return innermost(children[0]!, (row) => at(row) * listSize);
  }
  if (type.typeId !== Type.List && type.typeId !== Type.LargeList && type.typeId !== Type.Map) return [];
  const offsets = valueOffsets as unknown as ArrayLike<number | bigint>;
  return innermost(children[0]!, (row) => Number(offsets[at(row)]));
}

function innermost(child: Data, place: Place): readonly Place[] {
  // The lists themselves count too: a row may have millions of empty ones.
  return [place, ...listPlaces(child, place)];
}
