import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { withFileErrors } from '@flanlab/files';
import { DatasetError } from '../errors.js';

/** No line of text data is longer. */
const LONGEST_LINE = 2 ** 26;
/** Text packs to a tenth or so; a bomb to a thousandth. */
const MOST_GROWTH = 100;
/** Below this size, small files of equal lines may grow as they like. */
const HARMLESS_BYTES = 2 ** 22;

/**
 * Streams the lines of a text file, unpacked if its name ends in `.gz`: never more than one line and one block in memory.
 * @throws {DatasetError} `DATASET_MANUAL_INVALID` for damaged gzip, a line of more than 64 MiB, or far more bytes than text unpacks to
 */
export async function* readTextLines(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // `pipe` hands on no errors.
  file.on('error', (error) => text.destroy(error));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  // Joined only at the end of a line, or a long one would be copied with each block.
  let parts: string[] = [];
  let length = 0;
  try {
    for await (const chunk of text) {
      signal?.throwIfAborted();
      bytes += (chunk as Uint8Array).length;
      if (bytes > HARMLESS_BYTES && bytes > MOST_GROWTH * file.bytesRead)
        throw invalid(path, `It unpacks to more than ${MOST_GROWTH} times its size.`);
      const lines = decoder.decode(chunk as Uint8Array, { stream: true }).split('\n');
      for (const line of lines.slice(0, -1)) {
        const whole = parts.length === 0 ? line : [...parts, line].join('');
        parts = [];
        length = 0;
        yield whole.endsWith('\r') ? whole.slice(0, -1) : whole;
      }
      const rest = lines.at(-1) ?? '';
      if (rest !== '') parts.push(rest);
      length += rest.length;
      if (length > LONGEST_LINE) throw invalid(path, `A line of it has more than ${LONGEST_LINE} characters.`);
    }
    parts.push(decoder.decode());
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DatasetError) throw error;
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw invalid(path, 'It is no UTF-8.', error);
    if (typeof code === 'string' && code.startsWith('Z_')) throw invalid(path, (error as Error).message, error);
    await withFileErrors('read', path, () => Promise.reject(error));
  } finally {
    file.destroy();
  }
  const last = parts.join('');
  if (last !== '') yield last;
}

function invalid(path: string, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    'DATASET_MANUAL_INVALID',
    {
      what: `${path} cannot be read.`,
      why: why.endsWith('.') ? why : `${why}.`,
      fix: 'Download it again; `flanlab data fetch` says from where.',
    },
    { cause },
  );
}
