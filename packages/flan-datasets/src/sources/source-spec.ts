/** Where the hub holds the rows of a data set as Parquet. */
export interface HubSource {
  readonly repo: string;
  /** A commit, or a branch where none is known that holds Parquet. */
  readonly revision: string;
  /** Names of the files, where they are not the usual ones: `{config}`, `{split}` and `*`. */
  readonly files?: string;
  /** What is not as in the data set that the reference read. */
  readonly differs?: string;
  /** Where it is said that the rows are there. */
  readonly cite?: string;
}

/** What has to be downloaded by hand, and where it is put below the folder of manual downloads. */
export interface ManualSource {
  readonly page: string;
  readonly how: string;
  /** Names it may have; `{split}` stands for the split. */
  readonly files: readonly string[];
  /** Names of splits in those files, where they are others. */
  readonly splits?: Readonly<Record<string, string>>;
  /** Two texts a line, divided by a tab; rows with named columns when left out. */
  readonly format?: { readonly kind: 'pairs'; readonly languages: readonly [first: string, second: string] };
}
