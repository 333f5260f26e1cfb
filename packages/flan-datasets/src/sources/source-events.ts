/** Where a row lies: file and row group of the split (from 0), row in the group, and rows of the split before it. */
export interface RowPosition {
  readonly file: number;
  readonly rowGroup: number;
  readonly row: number;
  readonly index: number;
}

/** The first row of a split. */
export const FIRST_ROW: RowPosition = { file: 0, rowGroup: 0, row: 0, index: 0 };

/** How a file of the hub was read: it was in the cache, is now, or only parts of it were fetched. */
export type FileAccess = 'cached' | 'downloaded' | 'ranges';

/** What was read of one file. */
export interface FetchedFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the whole file as the repository lists it; the git hash (40 digits) of a small one. */
  readonly hash: string;
  readonly access: FileAccess;
  /** Bytes that came over the network in this run. */
  readonly bytes: number;
  /** Rows its footer announces. */
  readonly rows: number;
  readonly rowsRead: number;
}

/** What a split was read from, to be written down beside whatever is made of the rows. */
export interface FetchManifest {
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
  readonly config: string;
  readonly split: string;
  /** Files of the split, read or not. */
  readonly fileCount: number;
  readonly files: readonly FetchedFile[];
  /** Columns read; null: all. */
  readonly columns: readonly string[] | null;
  /** Where reading began; rows before it are not counted in `rows.found`. */
  readonly start: RowPosition;
  readonly rows: {
    /** Rows asked for, from the head of the split; null: all. */
    readonly first: number | null;
    /** Rows that footers say there are to read; null where not every footer was needed, or the reader stopped early. */
    readonly expected: number | null;
    readonly found: number;
    /** Rows of the whole split; null where not every footer was read. */
    readonly inSplit: number | null;
  };
  /** What the hub says of its export; null for files published as Parquet. */
  readonly exported: {
    readonly checked: boolean;
    readonly madeFrom: string | null;
    readonly partial: boolean;
    readonly why?: string;
  } | null;
}

/** Progress of a source that is read over the network. */
export type SourceEvent =
  | {
      readonly kind: 'resolved';
      readonly repo: string;
      readonly commit: string;
      readonly config: string;
      readonly split: string;
      readonly files: number;
      readonly bytes: number;
    }
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly access: FileAccess }
  /** `bytes` have just come. */
  | { readonly kind: 'bytes'; readonly path: string; readonly bytes: number }
  | {
      readonly kind: 'retry';
      readonly what: string;
      readonly attempt: number;
      readonly waitMs: number;
      readonly why: string;
    }
  /** A batch was decoded; `total` rows of the split so far. */
  | { readonly kind: 'rows'; readonly path: string; readonly rowGroup: number; readonly total: number }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'done'; readonly manifest: FetchManifest };
