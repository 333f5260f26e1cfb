import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../lib/workspace.mjs';

const QUIRKS = Array.from({ length: 80 }, (_, index) => `Q${index + 1}`);

/** Those that show in prompts or mixtures, or once a model is loaded: each is tested in compat mode and by default. */
const PAIRED = QUIRKS.filter((quirk) => {
  const number = Number(quirk.slice(1));
  return (
    (number <= 40 && ![4, 6, 8].includes(number)) ||
    (number >= 49 && number <= 56) ||
    [48, 67, 70, 75, 76, 77, 80].includes(number)
  );
});

/** Tables of tests, each run once per mode. */
const PAIR_TABLES = [
  'packages/samplegen/src/quirks.test.ts',
  'packages/study/src/prompts/quirk-pairs.test.ts',
  'packages/mixtures/src/quirks.test.ts',
  'packages/study/src/tests/quirks.test.ts',
];

/** Where a test file that a row names without its folder may lie. */
const FOLDERS = {
  Prompts: ['packages/samplegen/src'],
  Training: [],
  Mixtures: ['packages/mixtures/src', 'packages/study/src/prompts'],
  'Testing and scores': ['packages/evaluator/src'],
};

const page = readFileSync(join(ROOT, 'docs/compat.md'), 'utf8');

/** Every row of the tables: its quirks, its section, its cells. */
const ROWS = page.split(/^## /m).flatMap((part) => {
  const section = part.slice(0, part.indexOf('\n'));
  return [...part.matchAll(/^\| (Q[\dQ, ]+) \|(.*)\|$/gm)].map(([line, quirks, cells]) => ({
    line,
    quirks: quirks.split(', '),
    section,
    cells: cells.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  }));
});

it('has a row in docs/compat.md for each of the eighty quirks, and for no other', () => {
  const named = new Set(ROWS.flatMap(({ quirks }) => quirks));
  expect(QUIRKS.filter((quirk) => !named.has(quirk))).toEqual([]);
  expect([...named].filter((quirk) => !QUIRKS.includes(quirk))).toEqual([]);
});

it.each(ROWS.map(({ line, ...row }) => [line.slice(0, 60), row]))('says what each side does, and how: %s', (_, row) => {
  for (const cell of row.cells) expect(cell).not.toBe('');
  const folders = FOLDERS[row.section] ?? [];
  for (const [file] of row.cells.at(-1).matchAll(/[\w./-]+\.test\.ts/g)) {
    const places = [ROOT, ...folders.map((folder) => join(ROOT, folder))];
    expect(
      places.some((place) => existsSync(join(place, file))),
      `${file} of ${row.quirks}`,
    ).toBe(true);
  }
});

it('tests each quirk of prompts, mixtures and loaded models in both modes', () => {
  const tested = PAIR_TABLES.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const start = text.indexOf('const QUIRKS');
    const table = text.slice(start, text.indexOf('\n};', start));
    expect(text, file).toMatch(/describe\.each\((Object\.entries\(QUIRKS\)|\[true, false\])\)/);
    return [...table.matchAll(/^ {2}(?:async )?(Q\d+)[:(]/gm)].map(([, quirk]) => quirk);
  });
  expect(PAIRED.filter((quirk) => !tested.includes(quirk))).toEqual([]);
});
