import { join } from 'node:path';
import { exists, hashFile, hashJson, readJson, writeFolderAtomic, writeJson } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import type { Row } from '../row.js';
import { readArrowBatches, readArrowFeatures } from './arrow-stream.js';
import { writeArrowShards } from './arrow-write.js';
import { type Features, featuresFromJson, featuresToJson } from './features.js';
import { withFeatures } from './spool.js';

/** One split on disk. `rows()` streams it anew at each call. */
export interface Dataset {
  readonly features: Features;
  rows(): AsyncGenerator<Row>;
  /** The same rows, some at a time. */
  batches(): AsyncGenerator<readonly Row[]>;
}

export interface WriteDatasetOptions {
  /** The columns and their types; inferred when left out, for which many rows go through a temporary file. */
  readonly features?: Features | undefined;
  /** The name recorded as `_split`. */
  readonly split?: string;
  /** A data file ends at about so many bytes (default 500 million, as in `datasets`). */
  readonly shardBytes?: number | undefined;
  /** Replaces a folder that is there; an error otherwise. */
  readonly replace?: boolean;
}

/** What a folder is, judged by its files as `datasets.load_from_disk` does; undefined for any other folder. */
export async function datasetFolderKind(folder: string): Promise<'dataset' | 'dictionary' | undefined> {
  const [state, info, dictionary] = await Promise.all(
    ['state.json', 'dataset_info.json', 'dataset_dict.json'].map((name) => exists(join(folder, name))),
  );
  if (state && info) return 'dataset';
  return dictionary ? 'dictionary' : undefined;
}

/** The names of the splits of a folder with `dataset_dict.json`. */
export async function readSplitNames(folder: string): Promise<readonly string[]> {
  const json = await readJson(join(folder, 'dataset_dict.json'));
  const splits = (json as { splits?: unknown } | null)?.splits;
  if (Array.isArray(splits) && splits.every(isFileName)) return splits;
  throw folderError(folder, 'Its dataset_dict.json names no usable splits.');
}

/**
 * Opens a folder that `Dataset.save_to_disk` of Python, or {@link writeDataset}, made.
 * @throws {DatasetError} `DATASET_FOLDER_INVALID`, `DATASET_ARROW_INVALID`, `DATASET_FEATURES_INVALID`
 */
export async function readDataset(folder: string): Promise<Dataset> {
  const files = await dataFiles(folder);
  const info = (await readJson(join(folder, 'dataset_info.json'))) as { features?: unknown };
  const features = info.features ? featuresFromJson(info.features, folder) : await readArrowFeatures(files[0]!);
  async function* batches(): AsyncGenerator<readonly Row[]> {
    for (const file of files) yield* readArrowBatches(file);
  }
  async function* rows(): AsyncGenerator<Row> {
    for await (const batch of batches()) yield* batch;
  }
  return { features, rows, batches };
}

/**
 * The data files of a dataset folder, in row order.
 * @throws {DatasetError} `DATASET_FOLDER_INVALID`
 */
export async function dataFiles(folder: string): Promise<readonly string[]> {
  const kind = await datasetFolderKind(folder);
  if (kind === 'dictionary') {
    const splits = await readSplitNames(folder);
    throw folderError(
      folder,
      `It holds several splits: ${splits.join(', ')}.`,
      `Open ${join(folder, splits[0] ?? 'train')}.`,
    );
  }
  if (kind === undefined) throw folderError(folder, 'It has no state.json and dataset_info.json.');
  const state = (await readJson(join(folder, 'state.json'))) as { _data_files?: unknown } | null;
  const entries: readonly unknown[] = Array.isArray(state?._data_files) ? state._data_files : [];
  const names = entries.map((entry) => (entry as { filename?: unknown } | null)?.filename);
  // A name with a path could point anywhere.
  if (names.length > 0 && names.every(isFileName)) return names.map((name) => join(folder, name));
  throw folderError(folder, 'Its state.json lists no usable data files.');
}

function isFileName(name: unknown): name is string {
  return typeof name === 'string' && /^[^/\\\0]+$/.test(name) && name !== '.' && name !== '..';
}

/**
 * Writes one split in the layout of `datasets.save_to_disk`; the folder appears whole or not at all. Rows are streamed in
 * batches of 1,000 into data files of half a gigabyte. Same rows, same bytes: the fingerprint is the hash of the data.
 *
 * @returns the number of rows
 * @throws {DatasetError} `DATASET_FEATURES_INVALID`, `DATASET_VALUE_INVALID`
 */
export async function writeDataset(
  folder: string,
  rows: Iterable<Row> | AsyncIterable<Row>,
  { replace = false, ...options }: WriteDatasetOptions = {},
): Promise<number> {
  let count = 0;
  await writeFolderAtomic(
    folder,
    async (temporary) => {
      count = await fillDataset(temporary, rows, options);
    },
    { replace },
  );
  return count;
}

/**
 * Writes several splits as `DatasetDict.save_to_disk` does, all or nothing.
 * @returns the number of rows of each split
 */
export async function writeDatasetDict<Split extends string>(
  folder: string,
  splits: Readonly<Record<Split, Iterable<Row> | AsyncIterable<Row>>>,
  { features, shardBytes, replace = false }: Omit<WriteDatasetOptions, 'split'> = {},
): Promise<Readonly<Record<Split, number>>> {
  const counts: Partial<Record<Split, number>> = {};
  await writeFolderAtomic(
    folder,
    async (temporary) => {
      for (const split of Object.keys(splits) as Split[]) {
        const inside = join(temporary, split);
        await writeFolderAtomic(inside, async (splitFolder) => {
          counts[split] = await fillDataset(splitFolder, splits[split], { features, split, shardBytes });
        });
      }
      await writeJson(join(temporary, 'dataset_dict.json'), { splits: Object.keys(splits) });
    },
    { replace },
  );
  return counts as Record<Split, number>;
}

async function fillDataset(
  folder: string,
  rows: Iterable<Row> | AsyncIterable<Row>,
  { features, split, shardBytes }: Omit<WriteDatasetOptions, 'replace'>,
): Promise<number> {
  if (features === undefined)
    return withFeatures(rows, (again, inferred) =>
      fillDataset(folder, again, { features: inferred, ...(split !== undefined && { split }), shardBytes }),
    );
  const { count, files } = await writeArrowShards(folder, rows, features, shardBytes);
  const hashes = await Promise.all(files.map((name) => hashFile(join(folder, name))));
  const fingerprint = (hashes.length === 1 ? hashes[0]! : hashJson(hashes)).slice(0, 16);
  await writeJson(join(folder, 'state.json'), {
    _data_files: files.map((filename) => ({ filename })),
    _fingerprint: fingerprint,
    _format_columns: null,
    _format_kwargs: {},
    _format_type: null,
    _output_all_columns: false,
    _split: split ?? null,
  });
  await writeJson(join(folder, 'dataset_info.json'), {
    citation: '',
    description: '',
    features: featuresToJson(features),
    homepage: '',
    license: '',
  });
  return count;
}

function folderError(
  folder: string,
  why: string,
  fix = 'Give a folder made by save_to_disk, or by `flanlab prompts create --format arrow`.',
): DatasetError {
  return new DatasetError('DATASET_FOLDER_INVALID', { what: `${folder} is no dataset folder.`, why, fix });
}
