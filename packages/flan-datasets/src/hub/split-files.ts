import { DatasetError } from '../errors.js';
import { EXPORT_REVISION } from './export-state.js';
import type { RepoFile, RepoListing } from './repo-listing.js';

/** Which files of a data set hold a split. */
export interface SplitQuery {
  /** The configuration; the only one there is when left out. */
  readonly config?: string | undefined;
  readonly split: string;
  /**
   * Names of the files where they are not those of the export or of `push_to_hub`: `{config}` and `{split}` stand for what is
   * asked, `*` for anything but a slash.
   */
  readonly files?: string | undefined;
}

export interface SplitFiles {
  readonly config: string;
  readonly split: string;
  readonly files: readonly RepoFile[];
  readonly isPartialFolder: boolean;
}

/** The layouts of an export, and of data sets published as Parquet; the first one that matches anything is taken. */
const EXPORT_LAYOUTS = ['{config}/{split}/*.parquet', '{config}/partial-{split}/*.parquet'] as const;
const PUBLISHED_LAYOUTS = [
  '{config}/{split}-*-of-*.parquet',
  '{config}/{split}.parquet',
  '{config}/{split}-*.parquet',
  'data/{config}/{split}-*.parquet',
  'data/{split}-*-of-*.parquet',
  'data/{split}-*.parquet',
  '{split}-*-of-*.parquet',
  '{split}.parquet',
] as const;

/**
 * The files of a split, in the order of its rows.
 * @throws {DatasetError} `DATASET_HUB_SPLIT_MISSING`, with the splits there are
 */
export function splitFiles(listing: RepoListing, { config, split, files }: SplitQuery): SplitFiles {
  const isExport = listing.revision === EXPORT_REVISION;
  const layouts = files !== undefined ? [files] : isExport ? EXPORT_LAYOUTS : PUBLISHED_LAYOUTS;
  for (const layout of layouts) {
    const pattern = layoutPattern(layout, config, split);
    const matches = listing.files.flatMap((file) => {
      const match = pattern.exec(file.path);
      return match === null ? [] : [{ file, config: config ?? match.groups?.config ?? 'default' }];
    });
    const configs = [...new Set(matches.map((match) => match.config))];
    if (configs.length > 1 && config === undefined) throw ambiguous(listing, split, configs);
    if (matches.length === 0) continue;
    const found = matches.map(({ file }) => file).sort((a, b) => naturalOrder(a.path, b.path));
    return { config: configs[0]!, split, files: found, isPartialFolder: layout.includes('partial-') };
  }
  throw missing(listing, config, split);
}

function layoutPattern(layout: string, config: string | undefined, split: string): RegExp {
  const escaped = layout.replace(/[.+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
  const folder = config === undefined ? '(?<config>[^/]+)' : literal(config);
  // Very long splits lie in several folders: train-part0, train-part1, …
  const name = layout.includes('{split}/') ? `${literal(split)}(?:-part\\d+)?` : literal(split);
  return new RegExp(`^${escaped.replaceAll('{config}', folder).replaceAll('{split}', name)}$`);
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const collator = new Intl.Collator('en', { numeric: true });
/** `train-part2` before `train-part10`; a stable order on every machine. */
const naturalOrder = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : 1);

function missing({ repo, revision, files }: RepoListing, config: string | undefined, split: string): DatasetError {
  const parquet = files.filter(({ path }) => path.endsWith('.parquet')).map(({ path }) => path);
  const shown = [...new Set(parquet.map((path) => path.replace(/(-\d+-of-\d+|\/\d+)?[^/]*\.parquet$/, '$1')))];
  return new DatasetError('DATASET_HUB_SPLIT_MISSING', {
    what: `${repo} has no split ${split}${config === undefined ? '' : ` of ${config}`} at ${revision}.`,
    why:
      parquet.length === 0
        ? 'It holds no Parquet file.'
        : `Its Parquet files lie at: ${shown.slice(0, 12).join(', ')}${shown.length > 12 ? ', …' : ''}.`,
    fix: 'Take a split or configuration that is there, or another revision.',
  });
}

function ambiguous({ repo }: RepoListing, split: string, configs: readonly string[]): DatasetError {
  return new DatasetError('DATASET_HUB_SPLIT_MISSING', {
    what: `${repo} has several configurations with a split ${split}.`,
    why: `They are: ${configs.slice(0, 12).join(', ')}${configs.length > 12 ? ', …' : ''}.`,
    fix: 'Name the configuration in the source of the task.',
  });
}
