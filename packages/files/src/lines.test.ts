import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ReadLinesOptions, readJsonLines, readLineBatches } from './index.js';
import { temporaryFolder } from './test-folder.js';

const linesOf = async (path: string, options?: ReadLinesOptions): Promise<string[]> => {
  const lines: string[] = [];
  for await (const batch of readLineBatches(path, options)) lines.push(...batch);
  return lines;
};

it.each<[string, string, readonly string[]]>([
  ['nothing', '', []],
  ['one empty line', '\n', ['']],
  ['lines with and without an end', 'a\n\nb', ['a', '', 'b']],
  ['a last line with an end', 'a\nb\n', ['a', 'b']],
  ['a byte order mark, and one that is text', '\ufeffa\n\ufeffb', ['a', '\ufeffb']],
  ['characters that some take for line ends', 'a\r\nb\u2028c\u0085d', ['a\r', 'b\u2028c\u0085d']],
  ['the character for what cannot be decoded, written by its owner', 'a\ufffd\n\ufffd', ['a\ufffd', '\ufffd']],
])('gives %s', async (_what, text, lines) => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'f'), text);
  expect(await linesOf(join(folder.path, 'f'))).toEqual(lines);
});

it('gives lines of every length around the size of a block, cut inside characters', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'f');
  const lines = [1, 0, 2 ** 18 - 2, 2 ** 18, 3, 2 ** 19 + 7, 5].map((length, i) =>
    ['a', 'é', '日', '𝄞'][i % 4]!.repeat(length),
  );
  for (const end of ['', '\n']) {
    await writeFile(path, lines.join('\n') + end);
    const read = await linesOf(path);
    expect(read.map((line, i) => line === lines[i])).toEqual(lines.map(() => true));
  }
});

it.each([3, 300_000])('names the line that is longer than %i bytes, wherever it lies', async (longestLine) => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'f');
  const fits = 'x'.repeat(longestLine);
  await writeFile(path, `a\n${fits}\n\n${fits}`);
  expect(await linesOf(path, { longestLine })).toHaveLength(4);
  for (const text of [`a\n${fits}\n\n${fits}y\nz`, `a\n${fits}\n\n${fits}y`, `a\nb\nc\n${'é'.repeat(longestLine)}`]) {
    await writeFile(path, text);
    await expect(linesOf(path, { longestLine })).rejects.toMatchObject({
      code: 'FILES_LINE_TOO_LONG',
      what: `Line 4 of ${path} has more than ${longestLine} bytes.`,
      fix: expect.stringContaining('longestLine'),
    });
  }
});

it('stops at 64 MiB of one line without reading on, in a file that is none', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'f');
  const handle = await open(path, 'w');
  await handle.truncate(2 ** 36); // sparse: zeros without end
  await handle.close();
  const before = process.memoryUsage.rss();
  const read = async (): Promise<void> => {
    for await (const _value of readJsonLines(path));
  };
  await expect(read()).rejects.toMatchObject({ code: 'FILES_LINE_TOO_LONG' });
  // Twice the line at most, and once more while the buffer grows.
  expect(process.memoryUsage.rss() - before).toBeLessThan(5 * 2 ** 26);
});

it.each([
  ['alone', [0x80]],
  ['cut off', [0xe6, 0x97]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
])('names the line with bytes that are no UTF-8: %s', async (_what, bytes) => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'f');
  await writeFile(path, Buffer.concat([Buffer.from('a\n\ufffd\nb: '), Uint8Array.from(bytes), Buffer.from('\nc')]));
  await expect(linesOf(path)).rejects.toMatchObject({
    code: 'FILES_TEXT_INVALID',
    what: `Line 3 of ${path} is not text in UTF-8.`,
  });
});

it('of a folder or of nothing is an error of the file system', async () => {
  await using folder = await temporaryFolder();
  await expect(linesOf(folder.path)).rejects.toMatchObject({ code: 'FILES_IS_A_FOLDER' });
  await expect(linesOf(join(folder.path, 'none'))).rejects.toMatchObject({ code: 'FILES_NOT_FOUND' });
});
