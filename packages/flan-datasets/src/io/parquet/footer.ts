import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import { DamagedError, UnsupportedError } from './damaged.js';
import { thriftEnd } from './thrift-check.js';

/** Rows of one row group: more than any writer makes by default (pyarrow at most 64 times 2^20). */
const MOST_GROUP_ROWS = 2 ** 26;
const MOST_FOOTER_BYTES = 2 ** 28;
const TAIL_BYTES = 2 ** 16;

/** The footer of a file: its schema and where its row groups lie. */
export interface ParquetFooter {
  readonly metadata: FileMetaData;
  readonly tree: SchemaTree;
}

/**
 * Reads and checks a footer; nothing is decoded yet.
 * @throws {DamagedError} or {@link UnsupportedError}
 */
export async function readFooter(file: AsyncBuffer): Promise<ParquetFooter> {
  const size = file.byteLength;
  if (size < 12) throw new DamagedError(`It has ${size} bytes, too few for Parquet.`);
  let tail = new Uint8Array(await file.slice(Math.max(0, size - TAIL_BYTES), size));
  const magic = new TextDecoder('latin1').decode(tail.subarray(-4));
  if (magic === 'PARE') throw new UnsupportedError('Its footer is encrypted.', 'Write the file without encryption.');
  if (magic !== 'PAR1') throw new DamagedError('It does not end with PAR1: it is cut off, or no Parquet.');
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - 8, true);
  if (length > size - 12 || length > MOST_FOOTER_BYTES)
    throw new DamagedError(`A footer of ${length} bytes does not fit a file of ${size}.`);
  if (length + 8 > tail.length) tail = new Uint8Array(await file.slice(size - 8 - length, size));
  const start = tail.length - 8 - length;
  const end = thriftEnd(tail.subarray(0, tail.length - 8), start);
  if (end === undefined || end > tail.length - 8) throw new DamagedError('Its footer is cut off.');
  const metadata = parquetMetadata(tail.slice(start).buffer, { geoparquet: false });
  const tree = parquetSchema(metadata);
  checkGroups(metadata, tree);
  return { metadata, tree };
}

/** Each row group must have exactly the columns of the schema, and the row counts must agree. */
function checkGroups({ row_groups: groups, num_rows: rows }: FileMetaData, tree: SchemaTree): void {
  if (!Array.isArray(groups)) throw new DamagedError('Its footer lists no row groups.');
  const wanted = leafPaths(tree).sort().join('\n');
  let sum = 0n;
  for (const [index, { columns, num_rows: groupRows }] of groups.entries()) {
    const paths = columns.map(({ meta_data: meta }) => JSON.stringify(meta?.path_in_schema ?? null));
    if (columns.some((column) => column.file_path !== undefined && column.file_path !== ''))
      throw new UnsupportedError('Its columns lie in other files.', 'Write one file.');
    if (columns.some((column) => column.meta_data === undefined))
      throw new UnsupportedError('It has encrypted columns.', 'Write the file without encryption.');
    if (paths.sort().join('\n') !== wanted)
      throw new DamagedError(`The columns of row group ${index} are not those of the schema.`);
    if (!(groupRows >= 0n && groupRows <= BigInt(MOST_GROUP_ROWS)))
      throw new DamagedError(`Row group ${index} announces ${groupRows} rows.`);
    sum += groupRows;
  }
  if (sum !== rows) throw new DamagedError(`It announces ${rows} rows; its groups have ${sum}.`);
}

function leafPaths({ children, path }: SchemaTree): string[] {
  return children.length === 0 ? [JSON.stringify(path)] : children.flatMap(leafPaths);
}
