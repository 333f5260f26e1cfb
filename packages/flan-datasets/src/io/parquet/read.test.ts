import { describe, expect, it } from 'vitest';
import { expectedRows, FILES, INDEX, rowsOf } from './test-files.js';

describe('files of other writers', () => {
  it.each(INDEX.files)('$file: $note', async ({ file, rows }) => {
    expect(await rowsOf(FILES[file]!)).toStrictEqual(expectedRows(rows));
  });

  it.each(INDEX.files)('$file, read a few bytes at a time', async ({ file, rows }) => {
    expect(await rowsOf(FILES[file]!, { window: 16 })).toStrictEqual(expectedRows(rows));
  });
});
