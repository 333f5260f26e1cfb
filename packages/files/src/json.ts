import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, writeFileAtomic } from './atomic.js';
import { FilesError, withFileErrors } from './errors.js';
import { type ReadLinesOptions, readLineBatches } from './lines.js';
import { parseOrderedJson } from './ordered-json.js';

export interface ReadJsonOptions {
  /** Objects keep the order of their names where whole numbers are among them, see {@link parseOrderedJson} (default false). */
  readonly ordered?: boolean;
}

interface Place extends ReadJsonOptions {
  readonly path: string;
}

function parse(text: string, { path, ordered = false }: Place, line?: number): unknown {
  try {
    return ordered ? parseOrderedJson(text) : JSON.parse(text);
  } catch (cause) {
    throw new FilesError(
      'FILES_JSON_INVALID',
      {
        what: line === undefined ? `${path} is not JSON.` : `Line ${line} of ${path} is not JSON.`,
        why: `${(cause as Error).message}. It begins: ${JSON.stringify(text.slice(0, 60))}.`,
        fix: 'Mend or remove it; if the file was cut off, make it again.',
      },
      { cause },
    );
  }
}

/** @throws {FilesError} `FILES_NOT_FOUND`, `FILES_JSON_INVALID` */
export async function readJson(path: string, options: ReadJsonOptions = {}): Promise<unknown> {
  return parse(await withFileErrors('read', path, () => readFile(path, 'utf8')), { ...options, path });
}

/** Indented by two, with a final newline; atomic. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Streams the values of a JSON Lines file in order. Empty lines are skipped.
 * @throws {FilesError} with the line's number: `FILES_JSON_INVALID` (a file cut off in its last line included),
 * `FILES_TEXT_INVALID`, `FILES_LINE_TOO_LONG`
 */
export async function* readJsonLines(path: string, options: ReadLinesOptions = {}): AsyncGenerator<unknown> {
  for await (const values of readJsonLineBatches(path, options)) yield* values;
}

/** The values of {@link readJsonLines}, many at a time: waiting for each takes longer than reading it. */
export async function* readJsonLineBatches(
  path: string,
  { ordered = false, ...options }: ReadLinesOptions & ReadJsonOptions = {},
): AsyncGenerator<readonly unknown[]> {
  let before = 0;
  for await (const lines of readLineBatches(path, options)) {
    yield* parseLines(lines, before, { path, ordered });
    before += lines.length;
  }
}

/** The values as one batch; what stands before a line that is no JSON is still given. */
function* parseLines(lines: readonly string[], before: number, place: Place): Generator<readonly unknown[]> {
  const values: unknown[] = [];
  try {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.trim() !== '') values.push(parse(line, place, before + i + 1));
    }
  } catch (error) {
    yield values;
    throw error;
  }
  if (values.length > 0) yield values;
}

async function* lines(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let buffer = '';
  for await (const row of rows) {
    buffer += `${JSON.stringify(row)}\n`;
    if (buffer.length > 1 << 16) {
      yield buffer;
      buffer = '';
    }
  }
  if (buffer !== '') yield buffer;
}

/** One value a line; atomic; rows are streamed. */
export async function writeJsonLines(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  await writeFileAtomic(path, lines(rows));
}

/** A JSON Lines file that grows; each `append` is on disk when its promise resolves. */
export interface JsonLinesAppender extends AsyncDisposable {
  append(...rows: readonly unknown[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a JSON Lines file for appending and cuts off a last line that a crash left without its newline, so that what
 * is there afterwards is whole rows.
 */
export async function openJsonLinesAppender(path: string): Promise<JsonLinesAppender> {
  const handle = await withFileErrors('write', path, async () => {
    await makeFolder(dirname(path));
    return open(path, 'a+');
  });
  try {
    await withFileErrors('write', path, () => cutTornLine(handle));
  } catch (error) {
    await handle.close();
    throw error;
  }
  const close = () => handle.close();
  return {
    append: (...rows) =>
      withFileErrors('write', path, async () => {
        await handle.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        await handle.sync();
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const block = Buffer.alloc(1 << 16);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (newline >= 0) {
      if (start + newline + 1 < size) await handle.truncate(start + newline + 1);
      return;
    }
    end = start;
  }
  if (size > 0) await handle.truncate(0);
}
