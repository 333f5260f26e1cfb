import { type FileHandle, open } from 'node:fs/promises';
import type { PromptRow } from '@flanlab/samplegen';
import { MixtureError } from './errors.js';

/** Prompts of one task that can be read in any order, such as a file that is too large for memory. */
export interface PromptSource {
  readonly length: number;
  /** Row `index`, 0 ≤ index < length. */
  at(index: number): PromptRow | Promise<PromptRow>;
}

/** A file of prompts; close it when the mixture has been read. */
export interface PromptFile extends PromptSource, AsyncDisposable {
  at(index: number): Promise<PromptRow>;
  close(): Promise<void>;
}

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/**
 * Opens a JSON Lines file of prompts. One pass notes where the rows start (8 bytes per row); rows are read when asked for.
 *
 * @throws {MixtureError} `MIXTURE_FILE_INVALID` when the file cannot be read, or (from `at`) when a row is no prompt
 */
export async function openPromptFile(path: string): Promise<PromptFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw fileError(path, 'It cannot be opened.', cause);
  });
  try {
    const bounds = await lineBounds(file);
    return {
      length: bounds.length / 2,
      at: (index) => readRow(file, path, index, bounds[2 * index]!, bounds[2 * index + 1]!),
      close: () => file.close(),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Start and end of every line that is not empty. */
async function lineBounds(file: FileHandle): Promise<readonly number[]> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const bounds: number[] = [];
  let start = 0;
  let position = 0;
  const close = (end: number): void => {
    if (end > start) bounds.push(start, end);
    start = end + 1;
  };
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    const read = chunk.subarray(0, bytesRead);
    for (let at = read.indexOf(NEWLINE); at >= 0; at = read.indexOf(NEWLINE, at + 1)) close(position + at);
    position += bytesRead;
  }
  close(position);
  return bounds;
}

async function readRow(file: FileHandle, path: string, index: number, start: number, end: number): Promise<PromptRow> {
  const bytes = Buffer.alloc(end - start);
  await file.read(bytes, 0, bytes.length, start);
  let row: unknown;
  try {
    row = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw fileError(path, `Row ${index} is not valid JSON.`, cause);
  }
  if (isPromptRow(row)) return row;
  throw fileError(path, `Row ${index} lacks text, labels, gold_options, label_start or label_end.`);
}

function isPromptRow(row: unknown): row is PromptRow {
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

function fileError(path: string, why: string, cause?: unknown): MixtureError {
  return new MixtureError(
    'MIXTURE_FILE_INVALID',
    {
      what: `The prompts in ${path} cannot be used.`,
      why,
      fix: 'Make the file with `flanlab prompts create`, one JSON object per line.',
    },
    cause === undefined ? {} : { cause },
  );
}
