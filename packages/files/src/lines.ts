import { open } from 'node:fs/promises';
import { FilesError, withFileErrors } from './errors.js';

/** Read at once. */
const READ_BYTES = 1 << 18;

/** Bytes of one line, when nothing else is said. */
const LONGEST_LINE = 1 << 26;

/** No limit may be higher: a block holds up to twice as much, and the engine has no texts of 2^29 letters. */
const HIGHEST_LIMIT = 1 << 28;

const NEWLINE = 0x0a;

export interface ReadLinesOptions {
  /**
   * Most bytes of one line: each is held in memory as a whole, and a file of another kind may be one line of gigabytes. 64 MiB when
   * left out, 256 MiB at most.
   */
  readonly longestLine?: number | undefined;
}

/**
 * Streams the lines of a text file without their `\n`, many at a time; a byte order mark is left out, and a last line without an end
 * counts. In memory is one block of the file, or one line where that is longer.
 *
 * @throws {FilesError} with the line's number: `FILES_LINE_TOO_LONG`, `FILES_TEXT_INVALID` for bytes that are no UTF-8; or what
 * opening the file gives
 */
export async function* readLineBatches(
  path: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<readonly string[]> {
  const longestLine = Math.min(options.longestLine ?? LONGEST_LINE, HIGHEST_LIMIT);
  const handle = await withFileErrors('read', path, () => open(path, 'r'));
  try {
    let bytes = Buffer.allocUnsafe(READ_BYTES);
    let begun = 0; // bytes of a line whose end is not read yet
    let before = 0; // lines
    for (;;) {
      if (begun === bytes.length) bytes = Buffer.concat([bytes], 2 * bytes.length);
      const { bytesRead } = await withFileErrors('read', path, () => handle.read(bytes, begun, bytes.length - begun));
      const end = begun + bytesRead;
      const isLast = bytesRead === 0;
      if (isLast && end === 0) return;
      const stop = isLast ? end : bytes.subarray(0, end).lastIndexOf(NEWLINE);
      if (stop < 0) {
        begun = end;
        if (begun > longestLine) throw tooLong(path, before + 1, longestLine);
        continue;
      }
      const block = bytes.subarray(0, stop);
      const text = block.toString('utf8');
      const lines = text.split('\n');
      if (block.length > longestLine) checkLengths(lines, { path, before, longestLine });
      // What is no UTF-8 was decoded to U+FFFD: a question mark in its place would go unnoticed.
      if (text.includes('\ufffd')) checkText(lines, block, { path, before });
      if (before === 0 && text.startsWith('\ufeff')) lines[0] = lines[0]!.slice(1);
      yield lines;
      if (isLast) return;
      before += lines.length;
      bytes.copyWithin(0, stop + 1, end);
      begun = end - stop - 1;
    }
  } finally {
    await handle.close();
  }
}

interface Place {
  readonly path: string;
  /** Lines of the file before these. */
  readonly before: number;
}

function checkLengths(
  lines: readonly string[],
  { path, before, longestLine }: Place & { readonly longestLine: number },
): void {
  const long = lines.findIndex((line) => Buffer.byteLength(line) > longestLine);
  if (long >= 0) throw tooLong(path, before + long + 1, longestLine);
}

function tooLong(path: string, line: number, longestLine: number): FilesError {
  return new FilesError('FILES_LINE_TOO_LONG', {
    what: `Line ${line} of ${path} has more than ${longestLine} bytes.`,
    why: 'Each line is held in memory as a whole; a file that is no list of lines may be one line of any size.',
    fix: 'Check that it is what its name says; if it is, raise the limit (`longestLine`, in bytes; 256 MiB at most).',
  });
}

function checkText(lines: readonly string[], block: Buffer, { path, before }: Place): void {
  let start = 0;
  for (const [index, line] of lines.entries()) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline < 0 ? block.length : newline;
    if (line.includes('\ufffd') && !Buffer.from(line).equals(block.subarray(start, end))) {
      throw new FilesError('FILES_TEXT_INVALID', {
        what: `Line ${before + index + 1} of ${path} is not text in UTF-8.`,
        why: `It begins: ${JSON.stringify(line.slice(0, 60))}.`,
        fix: 'Save the file as UTF-8; if it is damaged, make it again.',
      });
    }
    start = end + 1;
  }
}
