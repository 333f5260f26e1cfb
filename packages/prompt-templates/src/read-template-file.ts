import { TemplateError } from './errors.js';
import { type PythonValue, readPythonLiterals } from './python/read-python-literals.js';

/** What a template file holds: FLAN's table of tasks, or the frames of SampleGen and BIG-bench. */
export type CataloguePart = 'flan' | 'samplegen';

/** The content of a template file, as its JSON form has it. */
export interface TemplateFile {
  readonly part: CataloguePart;
  readonly content: Readonly<Record<string, string | readonly (readonly [string, string])[]>>;
}

/** FLAN's name for its table. */
const TABLE = 'PATTERNS';

/**
 * Reads the text of a published template file: a Python module of literals (`.py`), or JSON. Its shape says what it holds:
 * lists of pairs are FLAN's table, texts are frames.
 *
 * @throws {TemplateError} `TEMPLATE_PYTHON_INVALID`, `TEMPLATE_CATALOGUE_UNREADABLE` when it holds no templates
 */
export function readTemplateFile(name: string, text: string): TemplateFile {
  const tables = name.endsWith('.py') ? pythonTables(readPythonLiterals(text)) : [jsonTable(name, text)];
  const found = tables.flatMap((table) => templateFile(table) ?? []);
  if (found.length === 1) return found[0]!;
  throw noTemplates(
    name,
    found.length === 0
      ? 'No table in it maps names to texts, or to lists of [input, target] pairs.'
      : `It has ${found.length} such tables, and none is called ${TABLE}.`,
  );
}

function pythonTables(names: ReadonlyMap<string, PythonValue>): readonly (readonly (readonly [string, unknown])[])[] {
  const table = names.get(TABLE);
  const candidates = table === undefined ? [...names.values()] : [table];
  return candidates.flatMap((value) => (value instanceof Map ? [[...value.entries()]] : []));
}

function jsonTable(name: string, text: string): readonly (readonly [string, unknown])[] {
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    throw noTemplates(name, 'It is not valid JSON.', cause);
  }
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** More pairs than any catalogue has; names that share one list cannot blow a file up beyond it. */
const MOST_PAIRS = 100_000;

function templateFile(entries: readonly (readonly [string, unknown])[]): TemplateFile | undefined {
  if (entries.length === 0) return undefined;
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    return { part: 'samplegen', content: Object.fromEntries(entries) };
  }
  let pairs = 0;
  for (const [, list] of entries) {
    if (!Array.isArray(list)) return undefined;
    pairs += list.length;
    if (pairs > MOST_PAIRS || !list.every(isPair)) return undefined;
  }
  return { part: 'flan', content: Object.fromEntries(entries as readonly (readonly [string, [string, string][]])[]) };
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

function noTemplates(name: string, why: string, cause?: unknown): TemplateError {
  return new TemplateError(
    'TEMPLATE_CATALOGUE_UNREADABLE',
    {
      what: `${name} holds no templates.`,
      why,
      fix: "Give FLAN's templates.py, the study's flan_orig.py or templates.json, or a file of the same form.",
    },
    cause === undefined ? {} : { cause },
  );
}
