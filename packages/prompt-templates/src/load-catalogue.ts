import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, problemList } from '@flanlab/errors';
import { BUILTIN_CATALOGUE } from './builtin.js';
import type { PromptFrames, TaskTemplate, TemplateCatalogue } from './catalogue.js';
import { TemplateError } from './errors.js';
import { readFlanTemplates } from './read-flan-templates.js';
import { readSamplegenTemplates } from './read-samplegen-templates.js';
import type { CataloguePart } from './read-template-file.js';

/** Where the files of a published catalogue are. A part that is not named keeps the built-in wording. */
export interface CatalogueFiles {
  /** JSON object: template key → list of `[input, target]`. */
  readonly flan?: string;
  /** JSON object: frame name (`sys-prompt`, `outer-template-4`, `bigbench-closed`, …) → template. */
  readonly samplegen?: string;
}

/** The names under which a folder is searched. */
export const CATALOGUE_FILE_NAMES = {
  flan: 'flan-templates.json',
  samplegen: 'samplegen-templates.json',
} as const satisfies Required<CatalogueFiles>;

const READERS = { flan: readFlanTemplates, samplegen: readSamplegenTemplates } as const;

/** What is wrong with the content of one file, all of it. */
export function catalogueProblems(part: CataloguePart, content: Readonly<Record<string, unknown>>): readonly Problem[] {
  const problems: Problem[] = [];
  READERS[part](content, problems);
  return problems;
}

/**
 * Reads a catalogue with the published (or your own) wording from a folder that holds `flan-templates.json`,
 * `samplegen-templates.json` or both, or from files named one by one.
 *
 * @throws {TemplateError} `TEMPLATE_CATALOGUE_UNREADABLE` when nothing can be read, `TEMPLATE_CATALOGUE_INVALID` with
 * all problems of the files at once
 */
export async function loadCatalogue(source: string | CatalogueFiles): Promise<TemplateCatalogue> {
  const files = typeof source === 'string' ? await filesIn(source) : source;
  const problems: Problem[] = [];
  let tasks: Readonly<Record<string, readonly TaskTemplate[]>> = BUILTIN_CATALOGUE.tasks;
  let frames: PromptFrames = BUILTIN_CATALOGUE.frames;
  if (files.flan !== undefined) tasks = READERS.flan(await readObject(files.flan), problems);
  if (files.samplegen !== undefined) frames = READERS.samplegen(await readObject(files.samplegen), problems);
  if (problems.length > 0) {
    throw new TemplateError('TEMPLATE_CATALOGUE_INVALID', {
      what: `The template files have ${problems.length} problem(s):${problemList(problems)}`,
      why: `Read from ${Object.values(files).join(' and ')}.`,
      fix: 'Correct these entries; the README of prompt-templates shows the format.',
    });
  }
  const paths = Object.values(files);
  if (paths.length === 0) throw unreadable(String(source), 'No file was named.');
  return { source: paths.join(', '), tasks, frames };
}

async function filesIn(directory: string): Promise<CatalogueFiles> {
  const present = await Promise.all(
    Object.entries(CATALOGUE_FILE_NAMES).map(async ([part, name]) => {
      const path = join(directory, name);
      const found = await stat(path).then(
        (entry) => entry.isFile(),
        () => false,
      );
      return found ? ([[part, path]] as const) : [];
    }),
  );
  const files: CatalogueFiles = Object.fromEntries(present.flat());
  if (Object.keys(files).length === 0) {
    throw unreadable(directory, `It holds neither ${Object.values(CATALOGUE_FILE_NAMES).join(' nor ')}.`);
  }
  return files;
}

async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, 'The file cannot be read.', cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    throw unreadable(path, 'It is not valid JSON.', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(path, 'It holds no JSON object at the top.');
  }
  return value as Readonly<Record<string, unknown>>;
}

function unreadable(path: string, why: string, cause?: unknown): TemplateError {
  return new TemplateError(
    'TEMPLATE_CATALOGUE_UNREADABLE',
    {
      what: `No templates could be read from ${path}.`,
      why,
      fix: 'Name a folder with the template files, or use the built-in wording.',
    },
    cause === undefined ? {} : { cause },
  );
}
