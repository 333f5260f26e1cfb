import { DatasetError } from '../errors.js';
import type { RepoListing } from './repo-listing.js';
import { getJson, type HubRequest } from './request.js';
import type { HubSettings } from './settings.js';
import type { SplitFiles } from './split-files.js';

/** The branch that holds the hub's own conversion to Parquet. */
export const EXPORT_REVISION = 'refs/convert/parquet';

/** What the data sets service says of an export. `checked` false: it could not be asked, and `why` says why. */
export type ExportState =
  | {
      readonly checked: true;
      /** The commit of `main` that the export was made from. */
      readonly madeFrom: string | null;
      readonly partial: boolean;
      readonly pending: readonly string[];
      readonly failed: readonly string[];
      /** Names of the export's files, `<config>/<split>/<file>`. */
      readonly files: readonly string[];
    }
  | { readonly checked: false; readonly why: string };

type Hooks = Pick<HubRequest, 'signal' | 'onRetry'>;

/**
 * Asks how complete the export of a data set is. A service that is missing, down, busy, or does not know the data set leaves it
 * unchecked: old exports of scripts stay readable when it answers 501 for them, and the hub itself has already said whether the
 * user may read.
 */
export async function exportState(
  settings: HubSettings,
  repo: string,
  { config, split }: { readonly config: string; readonly split: string },
  hooks: Hooks = {},
): Promise<ExportState> {
  if (settings.offline) return { checked: false, why: 'offline' };
  if (settings.datasetsServer === null) return { checked: false, why: 'this hub has no data sets service' };
  const url = `${settings.datasetsServer}/parquet?dataset=${encodeURIComponent(repo)}`;
  try {
    // With less patience: the rows themselves do not depend on this answer.
    const { attempts, stallMs, maxWaitMs } = settings;
    const hasty = {
      attempts: Math.min(3, attempts),
      stallMs: Math.min(10_000, stallMs),
      maxWaitMs: Math.min(30_000, maxWaitMs),
    };
    const { value, headers } = await getJson({ ...settings, ...hasty }, { url, repo, ...hooks });
    return parseState(value, headers.get('x-revision'), config, split);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    return { checked: false, why: error.why };
  }
}

function parseState(value: unknown, madeFrom: string | null, config: string, split: string): ExportState {
  const { parquet_files, pending, failed, partial } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const named = (list: unknown): string[] =>
    (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
      const { config: ofConfig, split: ofSplit } = (entry ?? {}) as {
        readonly config?: unknown;
        readonly split?: unknown;
      };
      // A configuration without a split stands for all of its splits.
      const concerns = (ofConfig ?? config) === config && (ofSplit ?? split) === split;
      return concerns ? [`${String(ofConfig ?? config)}/${String(ofSplit ?? split)}`] : [];
    });
  const files = (Array.isArray(parquet_files) ? parquet_files : []).flatMap((entry: unknown) => {
    const file = (entry ?? {}) as Readonly<Record<string, unknown>>;
    return file.config === config && file.split === split ? [String(file.filename)] : [];
  });
  return { checked: true, madeFrom, partial: partial === true, pending: named(pending), failed: named(failed), files };
}

/**
 * Refuses an export that is not the whole of the split, unless `allowPartial`.
 * @returns a warning for an export that was not or could not be checked, or is taken although it is partial
 * @throws {DatasetError} `DATASET_HUB_EXPORT_INCOMPLETE`
 */
export function checkExport(
  listing: RepoListing,
  state: ExportState,
  where: SplitFiles,
  { allowPartial, firstRows }: { readonly allowPartial: boolean; readonly firstRows: number | undefined },
): string | undefined {
  const name = `${where.config}/${where.split}`;
  const says = (why: string): DatasetError => incomplete(listing.repo, where, why);
  // Its first rows are the first rows of the whole: a partial export ends early, nothing else.
  const partial = isPartial(listing, state, where);
  if (partial && !allowPartial && firstRows === undefined) throw says('The hub exported only its first gigabytes.');
  if (state.checked && !allowPartial) {
    if (state.failed.includes(name)) throw says('The hub failed to convert it.');
    if (state.pending.includes(name)) throw says('The hub is still converting it.');
  }
  if (partial) return `the export of ${listing.repo} (${name}) is partial: it holds the first rows only`;
  return state.checked ? undefined : `could not check whether the export of ${listing.repo} is complete: ${state.why}`;
}

/**
 * True where the export is known to hold the first rows only. The folder of a partial split says so; what the service says is of the
 * whole data set, and counts for a split only where no folder explains it.
 */
export function isPartial(
  { files }: Pick<RepoListing, 'files'>,
  state: ExportState | null,
  { isPartialFolder }: Pick<SplitFiles, 'isPartialFolder'>,
): boolean {
  if (isPartialFolder || state?.checked !== true || !state.partial) return isPartialFolder;
  return !files.some(({ path }) => /^[^/]+\/partial-/.test(path));
}

/** The export of a split does not hold what was asked for. */
export function incomplete(
  repo: string,
  { config, split }: Pick<SplitFiles, 'config' | 'split'>,
  why: string,
): DatasetError {
  return new DatasetError(
    'DATASET_HUB_EXPORT_INCOMPLETE',
    {
      what: `The Parquet export of ${repo} (${config}/${split}) is not complete.`,
      why,
      fix: 'Try again later, name a data set that is published as Parquet, or take what there is: `--allow-partial` or `allowPartial: true`.',
    },
    { kind: 'environment' },
  );
}
