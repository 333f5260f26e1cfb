import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { PromptRow } from '@flanlab/samplegen';
import { MixtureError } from './errors.js';
import type { LoadedRows, PromptFacts, PromptSource } from './prompt-source.js';

/** A file of prompts; close it when the mixture has been read. */
export interface PromptFile extends PromptSource, AsyncDisposable {
  readonly sha256: string;
  at(index: number): Promise<PromptRow>;
  blocks(count: number): AsyncGenerator<readonly PromptRow[]>;
  facts(count: number): AsyncGenerator<readonly PromptFacts[]>;
  bytesOf(index: number): number;
  load(rows: Uint32Array): Promise<LoadedRows>;
  close(): Promise<void>;
}

const BLOCK_BYTES = 1 << 22;
/** Rows that lie no further apart are read together: what lies between costs less than another read. */
const GAP_BYTES = 1 << 16;
const NEWLINE = 10;
/** How rows begin as `flanlab prompts create` writes them, and what follows the text. */
const TEXT_FIRST = Buffer.from('{"text":"');
const AFTER_TEXT = '","labels":';

/**
 * Opens a JSON Lines file of prompts. One pass hashes it and notes where the rows are (16 bytes per row); rows are read and
 * parsed when asked for.
 *
 * @throws {MixtureError} `MIXTURE_FILE_INVALID` when the file cannot be read, or (when it is read) when a row is no prompt
 */
export async function openPromptFile(path: string): Promise<PromptFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw fileError(path, 'It cannot be opened.', cause);
  });
  try {
    return promptFile(file, path, await scanLines(file));
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Lines {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly sha256: string;
}

function promptFile(file: FileHandle, path: string, { starts, ends, sha256 }: Lines): PromptFile {
  const length = starts.length;
  const read = async (start: number, end: number): Promise<Buffer> => {
    const bytes = Buffer.allocUnsafeSlow(end - start);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) throw fileError(path, 'It has become shorter while it was read.');
      filled += bytesRead;
    }
    return bytes;
  };
  const parse = (bytes: Buffer, offset: number, index: number): PromptRow =>
    parseRow(bytes.toString('utf8', starts[index]! - offset, ends[index]! - offset), path, index);

  /** The last `"` before the mark ends the text: within a text, no quotation mark stands behind a comma without a backslash. */
  const parseFacts = (bytes: Buffer, offset: number, index: number): PromptFacts => {
    const [start, end] = [starts[index]! - offset, ends[index]! - offset];
    const at = bytes.indexOf(AFTER_TEXT, start, 'latin1');
    if (at < 0 || at >= end || !bytes.subarray(start, start + TEXT_FIRST.length).equals(TEXT_FIRST))
      return parse(bytes, offset, index);
    return parseRow(`{"text":""${bytes.toString('utf8', at + 1, end)}`, path, index);
  };

  const blocks = (count: number): AsyncGenerator<readonly PromptRow[]> => readBlocks(count, parse);

  async function* readBlocks<Read>(
    count: number,
    readRow: (bytes: Buffer, offset: number, index: number) => Read,
  ): AsyncGenerator<readonly Read[]> {
    for (let first = 0; first < count; ) {
      let end = first + 1;
      while (end < count && ends[end]! - starts[first]! <= BLOCK_BYTES) end += 1;
      const offset = starts[first]!;
      const bytes = await read(offset, ends[end - 1]!);
      yield Array.from({ length: end - first }, (_, n) => readRow(bytes, offset, first + n));
      first = end;
    }
  }

  async function load(rows: Uint32Array): Promise<LoadedRows> {
    const from = new Float64Array(rows.length + 1);
    for (let n = 0; n < rows.length; n++) from[n + 1] = from[n]! + ends[rows[n]!]! - starts[rows[n]!]!;
    const held = Buffer.allocUnsafeSlow(from[rows.length]!);
    for (let first = 0; first < rows.length; ) {
      let end = first + 1;
      while (
        end < rows.length &&
        starts[rows[end]!]! - ends[rows[end - 1]!]! <= GAP_BYTES &&
        ends[rows[end]!]! - starts[rows[first]!]! <= BLOCK_BYTES
      ) {
        end += 1;
      }
      const offset = starts[rows[first]!]!;
      const bytes = await read(offset, ends[rows[end - 1]!]!);
      for (let n = first; n < end; n++)
        bytes.copy(held, from[n]!, starts[rows[n]!]! - offset, ends[rows[n]!]! - offset);
      first = end;
    }
    return { at: (n) => parseRow(held.toString('utf8', from[n]!, from[n + 1]!), path, rows[n]!) };
  }

  return {
    length,
    sha256,
    at: async (index) => parse(await read(starts[index]!, ends[index]!), starts[index]!, index),
    blocks,
    facts: (count) => readBlocks(count, parseFacts),
    bytesOf: (index) => ends[index]! - starts[index]!,
    load,
    close: () => file.close(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Start and end of every line that is not empty, and the hash of all bytes. */
async function scanLines(file: FileHandle): Promise<Lines> {
  const chunk = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const hash = createHash('sha256');
  let bounds = new Float64Array(1024);
  let count = 0;
  let start = 0;
  let position = 0;
  const close = (end: number): void => {
    if (end > start) {
      if (count === bounds.length) bounds = grown(bounds);
      bounds[count] = start;
      bounds[count + 1] = end;
      count += 2;
    }
    start = end + 1;
  };
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, BLOCK_BYTES, position);
    if (bytesRead === 0) break;
    const read = chunk.subarray(0, bytesRead);
    hash.update(read);
    for (let at = read.indexOf(NEWLINE); at >= 0; at = read.indexOf(NEWLINE, at + 1)) close(position + at);
    position += bytesRead;
  }
  close(position);
  const lines = (offset: number): Float64Array =>
    Float64Array.from({ length: count / 2 }, (_, line) => bounds[2 * line + offset]!);
  return { starts: lines(0), ends: lines(1), sha256: hash.digest('hex') };
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

function parseRow(text: string, path: string, index: number): PromptRow {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (cause) {
    throw fileError(path, `Row ${index} is not valid JSON.`, cause);
  }
  if (isPromptRow(row)) return row;
  throw fileError(path, `Row ${index} lacks text, labels, gold_options, label_start or label_end.`);
}

/** Whether a row has what every prompt has. */
export function isPromptRow(row: unknown): row is PromptRow {
  if (typeof row !== 'object' || row === null) return false;
  const { text, labels, gold_options, label_start, label_end } = row as Record<string, unknown>;
  return (
    typeof text === 'string' &&
    (typeof labels === 'string' || typeof labels === 'number') &&
    Array.isArray(gold_options) &&
    typeof label_start === 'number' &&
    typeof label_end === 'number'
  );
}

export function fileError(path: string, why: string, cause?: unknown): MixtureError {
  return new MixtureError(
    'MIXTURE_FILE_INVALID',
    {
      what: `The prompts in ${path} cannot be used.`,
      why,
      fix: 'Make them with `flanlab prompts create`: one JSON object per line, or a dataset folder.',
    },
    cause === undefined ? {} : { cause },
  );
}
