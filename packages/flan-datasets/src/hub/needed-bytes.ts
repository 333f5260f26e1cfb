import type { FileMetaData } from 'hyparquet';
import type { RowPosition } from '../sources/source-events.js';
import type { Span } from './remote-file.js';

/** Which part of a Parquet file is to be read. */
export interface Wanted {
  readonly start: RowPosition;
  readonly firstRows: number;
  readonly columns: readonly string[] | undefined;
  /** True for a look at few rows, which need not the whole of a row group. */
  readonly few: boolean;
}

/** Where the columns wanted lie in the row groups wanted, in the order of the file. */
export function neededSpans({ row_groups }: FileMetaData, { start, firstRows, columns }: Wanted): readonly Span[] {
  const spans: Span[] = [];
  let { index } = start;
  for (const [number, group] of row_groups.entries()) {
    if (number < start.rowGroup) continue;
    if (index >= firstRows) break;
    index += Number(group.num_rows) - (number === start.rowGroup ? start.row : 0);
    for (const { meta_data: meta } of group.columns) {
      const [name] = meta?.path_in_schema ?? [];
      if (meta === undefined || name === undefined || !(columns?.includes(name) ?? true)) continue;
      const { data_page_offset: data, dictionary_page_offset: dictionary } = meta;
      const first = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
      spans.push([first, first + Number(meta.total_compressed_size)]);
    }
  }
  return spans.sort(([a], [b]) => a - b);
}

/** Bytes that nobody asked for and that are fetched all the same, where it saves a request. */
const SMALL_GAP = 2 ** 18;
/** One request brings no more: what is held in memory, and lost when a connection breaks for good. */
const LARGEST_SPAN = 2 ** 23;

/** Joins neighbours into spans that are worth a request; one that is large by itself stays out and is read a window at a time. */
export function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: [number, number][] = [];
  for (const [start, end] of spans) {
    if (end - start > LARGEST_SPAN) continue;
    const last = joined.at(-1);
    if (last !== undefined && start >= last[1] && start - last[1] <= SMALL_GAP && end - last[0] <= LARGEST_SPAN)
      last[1] = end;
    else joined.push([start, end]);
  }
  return joined;
}
