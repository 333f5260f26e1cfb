import { open } from 'node:fs/promises';
import { withFileErrors } from '@flanlab/files';
import type { AsyncBuffer } from 'hyparquet';
import { DatasetError } from '../errors.js';
import type { Row } from '../row.js';
import {
  type FetchedFile,
  type FetchManifest,
  FIRST_ROW,
  type RowPosition,
  type SourceEvent,
} from '../sources/source-events.js';
import { cachedFile, downloadFile, type FileRequest } from './download-file.js';
import { checkExport, EXPORT_REVISION, type ExportState, exportState, incomplete, isPartial } from './export-state.js';
import { joinSpans, neededSpans, type Wanted } from './needed-bytes.js';
import { rangeCache } from './range-cache.js';
import { remoteFile } from './remote-file.js';
import { listRepo, type RepoFile, type RepoListing } from './repo-listing.js';
import type { HubSettings } from './settings.js';
import { type SplitFiles, type SplitQuery, splitFiles } from './split-files.js';

/** Which rows of which data set. */
export interface HubSplitQuery extends SplitQuery {
  readonly repo: string;
  /** A commit, branch or tag; the hub's own conversion to Parquet when it is `refs/convert/parquet`. */
  readonly revision: string;
  /** Top-level columns to read, where there are such; all when left out. */
  readonly columns?: readonly string[] | undefined;
  /** Only so many rows from the head of the split. */
  readonly firstRows?: number | undefined;
  /** How many rows the reader will probably take: what is fetched first. */
  readonly batch?: number | undefined;
  /** Takes what there is of an export that is not complete. */
  readonly allowPartial?: boolean | undefined;
  readonly start?: RowPosition | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: SourceEvent) => void) | undefined;
}

/** A row, and where the next one lies: to go on from there, pass it as `start`. */
export interface PositionedRow {
  readonly row: Row;
  readonly next: RowPosition;
}

/** A file of which more than this share is needed is fetched whole, however large. */
const MOST_OF_IT = 0.6;
/** Bytes of a column that are asked for at once: few for a look at few rows, many where a request costs more than its bytes. */
const FEW_ROWS = 1000;
const SMALL_WINDOW = 2 ** 18;
const LARGE_WINDOW = 2 ** 22;

/**
 * Streams the rows of a split in published order, fetching only the row groups, pages and columns needed; ends with a `done`
 * event that carries the manifest, also when the reader stops early.
 *
 * @throws {DatasetError} what {@link listRepo}, the files and the Parquet reader give; `DATASET_HUB_EXPORT_INCOMPLETE`
 */
export async function* readHubSplit(settings: HubSettings, query: HubSplitQuery): AsyncGenerator<PositionedRow> {
  const { onEvent, signal, start = FIRST_ROW } = query;
  const hooks = { signal, onRetry: retryEvents(query.repo, onEvent) };
  const listing = await listRepo(settings, query, hooks);
  const found = splitFiles(listing, query);
  const state = await stateOf(settings, listing, found, hooks);
  if (state !== null) warn(checkExport(listing, state, found, limitsOf(query)), onEvent);
  const { repo, commit } = listing;
  const bytes = found.files.reduce((sum, { size }) => sum + size, 0);
  onEvent?.({
    kind: 'resolved',
    repo,
    commit,
    config: found.config,
    split: found.split,
    files: found.files.length,
    bytes,
  });
  const read: FetchedFile[] = [];
  let finished = false;
  try {
    let { index } = start;
    for (const [number, file] of found.files.entries()) {
      if (number < start.file) continue;
      if (index >= (query.firstRows ?? Number.POSITIVE_INFINITY)) break;
      const from = number === start.file ? start : { ...FIRST_ROW, file: number, index };
      for await (const { row, next } of readFile(settings, listing, file, query, from, read)) {
        index = next.index;
        yield { row, next };
      }
    }
    // The rows after the last one of a partial export exist: their absence must not look like the end.
    if (index < (query.firstRows ?? 0) && isPartial(listing, state, found) && query.allowPartial !== true)
      throw incomplete(repo, found, `It ends after ${index} rows; ${query.firstRows} were asked for.`);
    finished = true;
  } finally {
    onEvent?.({ kind: 'done', manifest: manifestOf(listing, found, state, query, read, finished) });
  }
}

async function* readFile(
  settings: HubSettings,
  listing: RepoListing,
  file: RepoFile,
  query: HubSplitQuery,
  start: RowPosition,
  read: FetchedFile[],
): AsyncGenerator<PositionedRow> {
  const { onEvent, signal, firstRows = Number.POSITIVE_INFINITY } = query;
  const record = {
    path: file.path,
    size: file.size,
    hash: file.etag,
    access: 'cached' as const,
    bytes: 0,
    rows: 0,
    rowsRead: 0,
  };
  const at = read.push(record) - 1;
  const note = (change: Partial<FetchedFile>): void => {
    read[at] = { ...(read[at] as FetchedFile), ...change };
  };
  const request: FileRequest = {
    settings,
    cache: listing.cache,
    commit: listing.commit,
    file,
    signal,
    onRetry: retryEvents(file.path, onEvent),
    onBytes(bytes) {
      note({ bytes: (read[at] as FetchedFile).bytes + bytes });
      onEvent?.({ kind: 'bytes', path: file.path, bytes });
    },
  };
  const few = (query.batch ?? firstRows) <= FEW_ROWS;
  const wanted = { start, firstRows, columns: query.columns, few };
  const announce = (access: FetchedFile['access']): void =>
    onEvent?.({ kind: 'file', path: file.path, size: file.size, access });
  const opening = openFile(request, wanted, announce).catch((error: unknown) => forgetDamaged(error, request));
  const { bytes, groups, columns, access, close } = await opening;
  try {
    note({ access, rows: groups.reduce((sum, rows) => sum + rows, 0) });
    const offset = groups.slice(0, start.rowGroup).reduce((sum, rows) => sum + rows, start.row);
    let { rowGroup, row: inGroup, index } = start;
    const window = few ? SMALL_WINDOW : LARGE_WINDOW;
    const { readParquetBatches } = await parquet();
    for await (const batch of readParquetBatches(bytes, file.path, { columns, offset, window, signal })) {
      const rows = batch.slice(0, Math.max(0, firstRows - index));
      note({ rowsRead: (read[at] as FetchedFile).rowsRead + rows.length });
      for (const row of rows) {
        while (inGroup >= (groups[rowGroup] ?? Number.POSITIVE_INFINITY)) {
          rowGroup += 1;
          inGroup = 0;
        }
        inGroup += 1;
        index += 1;
        yield { row, next: { file: start.file, rowGroup, row: inGroup, index } };
      }
      onEvent?.({ kind: 'rows', path: file.path, rowGroup, total: index });
      if (index >= firstRows) return;
    }
  } catch (error) {
    return await forgetDamaged(error, request);
  } finally {
    await close();
  }
}

/** Parts that came damaged must not stay: a whole file is checked by its hash, they cannot be. */
async function forgetDamaged(error: unknown, { cache, file, signal }: FileRequest): Promise<never> {
  // The reader wraps what stops it.
  signal?.throwIfAborted();
  if (error instanceof DatasetError && error.code === 'DATASET_PARQUET_INVALID')
    await rangeCache(cache, file.etag).clear();
  throw error;
}

interface OpenFile {
  readonly bytes: AsyncBuffer;
  /** Rows of each row group. */
  readonly groups: readonly number[];
  readonly columns: readonly string[] | undefined;
  readonly access: FetchedFile['access'];
  readonly close: () => Promise<void>;
}

/** Opens a file from the cache, as ranges, or after fetching it whole: whichever costs least. `announce` is told which beforehand. */
async function openFile(
  request: FileRequest,
  wanted: Wanted,
  announce: (access: FetchedFile['access']) => void,
): Promise<OpenFile> {
  const { cache, commit, file, settings } = request;
  const there = await cachedFile(cache, commit, file);
  if (there !== undefined) {
    announce('cached');
    return opened(await localBytes(there), file, wanted, 'cached');
  }
  if (file.size > settings.wholeFileBytes || settings.offline) {
    const { metadata } = await (await parquet()).readParquetFooter(remoteFile(request), file.path);
    const spans = neededSpans(metadata, wanted);
    const needed = spans.reduce((sum, [start, end]) => sum + end - start, 0);
    if (settings.offline || needed <= MOST_OF_IT * file.size) {
      announce('ranges');
      const bytes = remoteFile(request, wanted.few ? [] : joinSpans(spans));
      return opened({ ...bytes, close: async () => {} }, file, wanted, 'ranges');
    }
  }
  announce('downloaded');
  return opened(await localBytes(await downloadFile(request)), file, wanted, 'downloaded');
}

/** Loaded when a split is read, not when anything of this package is. */
const parquet = () => import('../io/parquet/read.js');

type Bytes = AsyncBuffer & { readonly close: () => Promise<void> };

async function opened(
  bytes: Bytes,
  { path }: RepoFile,
  { columns }: Wanted,
  access: OpenFile['access'],
): Promise<OpenFile> {
  try {
    const { metadata, tree } = await (await parquet()).readParquetFooter(bytes, path);
    const names = new Set(tree.children.map(({ element }) => element.name));
    return {
      bytes,
      groups: metadata.row_groups.map(({ num_rows }) => Number(num_rows)),
      columns: columns?.filter((name) => names.has(name)),
      access,
      close: bytes.close,
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function localBytes(path: string): Promise<Bytes> {
  const handle = await withFileErrors('read', path, () => open(path, 'r'));
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await withFileErrors('read', path, () => handle.read(bytes, 0, bytes.length, start));
      return bytes.buffer.slice(0, bytesRead);
    },
    close: () => handle.close(),
  };
}

async function stateOf(
  settings: HubSettings,
  { repo, revision }: RepoListing,
  split: SplitFiles,
  hooks: Parameters<typeof exportState>[3],
): Promise<ExportState | null> {
  return revision === EXPORT_REVISION ? exportState(settings, repo, split, hooks) : null;
}

const limitsOf = ({ allowPartial = false, firstRows }: HubSplitQuery) => ({ allowPartial, firstRows });

function warn(text: string | undefined, onEvent: HubSplitQuery['onEvent']): void {
  if (text !== undefined) onEvent?.({ kind: 'warning', text });
}

const retryEvents = (what: string, onEvent: HubSplitQuery['onEvent']) =>
  ((notice) => onEvent?.({ kind: 'retry', what, ...notice })) satisfies FileRequest['onRetry'];

function manifestOf(
  listing: RepoListing,
  found: SplitFiles,
  state: ExportState | null,
  { columns, firstRows, start = FIRST_ROW }: HubSplitQuery,
  read: readonly FetchedFile[],
  finished: boolean,
): FetchManifest {
  const { repo, revision, commit } = listing;
  const { config, split, files } = found;
  const rowsRead = read.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  const inSplit =
    start.file === 0 && read.length === files.length ? read.reduce((sum, { rows }) => sum + rows, 0) : null;
  const upTo = inSplit ?? (firstRows !== undefined && start.index + rowsRead >= firstRows ? firstRows : null);
  const expected = finished && upTo !== null ? Math.min(upTo, firstRows ?? upTo) - start.index : null;
  return {
    repo,
    revision,
    commit,
    config,
    split,
    fileCount: files.length,
    files: read,
    columns: columns ?? null,
    start,
    rows: { first: firstRows ?? null, expected, found: rowsRead, inSplit },
    exported:
      state === null
        ? null
        : state.checked
          ? { checked: true, madeFrom: state.madeFrom, partial: isPartial(listing, state, found) }
          : { checked: false, madeFrom: null, partial: found.isPartialFolder, why: state.why },
  };
}
