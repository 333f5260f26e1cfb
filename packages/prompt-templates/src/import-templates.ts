import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { problemList } from '@flanlab/errors';
import { exists, hashBytes, makeFolder, readJson, withFileErrors, writeJson } from '@flanlab/files';
import { PUBLISHED_CATALOGUES, type PublishedCatalogueName, type PublishedFile } from './data/published-sources.js';
import { TemplateError } from './errors.js';
import { type FetchPublishedOptions, fetchPublished } from './fetch-published.js';
import { CATALOGUE_FILE_NAMES, catalogueProblems } from './load-catalogue.js';
import { type CataloguePart, readTemplateFile } from './read-template-file.js';

/** Where one imported file came from. */
export interface ImportedFile {
  readonly part: CataloguePart;
  /** Path or URL-like name of the source: `<repo>/<path>@<commit>` where the bytes are the published ones. */
  readonly from: string;
  /** SHA-256 of the source's bytes. */
  readonly sha256: string;
  /** Groups of templates, or frames. */
  readonly entries: number;
  /** The file written. */
  readonly path: string;
}

export interface ImportTemplatesOptions {
  /** Files to read: Python modules of literals, or JSON. */
  readonly files?: readonly string[];
  /** Published catalogues to fetch, in place of files. */
  readonly published?: PublishedCatalogueName;
  /** Folder for `flan-templates.json`, `samplegen-templates.json` and `import.json`. Other parts in it stay. */
  readonly to: string;
  readonly fetch: FetchPublishedOptions['fetch'];
  readonly baseUrl?: string;
  readonly signal?: AbortSignal;
}

/** Says which files of the folder came from where. */
export const IMPORT_RECORD = 'import.json';

const shownName = ({ repo, path, commit }: PublishedFile): string => `${repo}/${path}@${commit}`;

/**
 * Turns published template files into a folder for `loadCatalogue`, word for word. Python is parsed, never run. Nothing is
 * written unless every file can be used.
 *
 * @throws {TemplateError} `TEMPLATE_PYTHON_INVALID`, `TEMPLATE_CATALOGUE_UNREADABLE`, `TEMPLATE_CATALOGUE_INVALID`,
 * `TEMPLATE_DOWNLOAD_FAILED`, `TEMPLATE_DOWNLOAD_CHANGED`; `FilesError`
 */
export async function importTemplates(options: ImportTemplatesOptions): Promise<readonly ImportedFile[]> {
  const { files = [], published, to } = options;
  const sources = published === undefined ? await localFiles(files) : await publishedFiles(published, options);
  const read = sources.map(({ name, text, ...source }) => ({ ...source, ...readTemplateFile(name, text) }));
  const parts = new Set(read.map(({ part }) => part));
  if (parts.size < read.length) {
    throw new TemplateError(
      'TEMPLATE_CATALOGUE_INVALID',
      {
        what: 'Two of the files hold the same part of a catalogue.',
        why: `${read.map(({ from, part }) => `${from}: ${part}`).join('; ')}.`,
        fix: 'Import one table of tasks and one file of frames.',
      },
      { kind: 'usage' },
    );
  }
  for (const { from, part, content } of read) {
    const problems = catalogueProblems(part, content);
    if (problems.length === 0) continue;
    throw new TemplateError('TEMPLATE_CATALOGUE_INVALID', {
      what: `${from} has ${problems.length} problem(s):${problemList(problems)}`,
      why: 'Each entry has to be a template in the slot language.',
      fix: 'Correct these entries; the README of prompt-templates shows the format.',
    });
  }
  await makeFolder(to);
  const imported: ImportedFile[] = [];
  for (const { part, content, from, sha256 } of read) {
    const path = join(to, CATALOGUE_FILE_NAMES[part]);
    await writeJson(path, content);
    imported.push({ part, from, sha256, entries: Object.keys(content).length, path });
  }
  await recordImport(to, imported);
  return imported;
}

interface Source {
  readonly name: string;
  readonly from: string;
  readonly sha256: string;
  readonly text: string;
}

async function localFiles(paths: readonly string[]): Promise<readonly Source[]> {
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await withFileErrors('read', path, () => readFile(path));
      const sha256 = hashBytes(bytes);
      const known = Object.values(PUBLISHED_CATALOGUES)
        .flat()
        .find((file) => file.sha256 === sha256);
      return { name: basename(path), from: known ? shownName(known) : path, sha256, text: bytes.toString('utf8') };
    }),
  );
}

async function publishedFiles(
  name: PublishedCatalogueName,
  { fetch, baseUrl, signal }: ImportTemplatesOptions,
): Promise<readonly Source[]> {
  const how = { fetch, ...(baseUrl === undefined ? {} : { baseUrl }), ...(signal === undefined ? {} : { signal }) };
  const sources: Source[] = [];
  for (const file of PUBLISHED_CATALOGUES[name]) {
    const text = await fetchPublished(file, how);
    sources.push({ name: basename(file.path), from: shownName(file), sha256: file.sha256, text });
  }
  return sources;
}

async function recordImport(to: string, imported: readonly ImportedFile[]): Promise<void> {
  const path = join(to, IMPORT_RECORD);
  const before = (await exists(path)) ? ((await readJson(path)) as Readonly<Record<string, unknown>>) : {};
  const now = imported.map(({ part, from, sha256, entries }) => [
    CATALOGUE_FILE_NAMES[part],
    { from, sha256, entries },
  ]);
  await writeJson(path, { ...before, ...Object.fromEntries(now) });
}
