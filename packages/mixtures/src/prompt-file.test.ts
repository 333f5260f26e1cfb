import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPromptFile } from './prompt-file.js';
import { testPrompts } from './test-prompts.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const all = async <Row>(blocks: AsyncIterable<readonly Row[]>): Promise<(readonly Row[])[]> => {
  const found: (readonly Row[])[] = [];
  for await (const rows of blocks) found.push(rows);
  return found;
};

const write = async (content: string): Promise<string> => {
  const path = join(folder, `${content.length}.jsonl`);
  await writeFile(path, content);
  return path;
};

describe('openPromptFile', () => {
  it('reads rows in any order, over the bounds of its chunks, without a last newline', async () => {
    // 13 MiB with rows of many lengths, so that chunk bounds fall inside rows and between them
    const rows = testPrompts('rte', 1200).map((row, n) => ({
      ...row,
      text: row.text + 'ü'.repeat((n * 7919) % 11_000),
    }));
    await using file = await openPromptFile(await write(rows.map((row) => JSON.stringify(row)).join('\n')));
    expect(file.length).toBe(1200);
    for (const index of [1199, 0, 150, 151, 777]) expect(await file.at(index)).toEqual(rows[index]);
    for (let index = 0; index < 1200; index++) expect((await file.at(index)).task).toBe('rte');
  });

  it('gives everything but the texts, whatever these look like', async () => {
    const [row] = testPrompts('rte', 1);
    const texts = ['","labels":"x","', '\\', '\\","labels":1', '"', ',"labels":', '\u2028 ö 日本', ''];
    const rows = texts.map((text, n) => ({ ...row!, text, labels: `label ${n}`, examples: [text] }));
    const { text: _, ...others } = row!;
    const moved = { ...others, text: 'behind' };
    await using file = await openPromptFile(await write([...rows, moved].map((one) => JSON.stringify(one)).join('\n')));
    const facts = (await all(file.facts(8))).flat().map((one) => ({ ...one, text: '' }));
    expect(facts).toEqual([...rows, moved].map((one) => ({ ...one, text: '' })));
    expect((await all(file.blocks(8))).flat()).toEqual([...rows, moved]);
    expect((await all(file.blocks(3))).flat()).toEqual(rows.slice(0, 3));
  });

  it('loads rows together, with repeats', async () => {
    const rows = testPrompts('rte', 4000);
    await using file = await openPromptFile(await write(rows.map((row) => JSON.stringify(row)).join('\n')));
    const wanted = Uint32Array.of(0, 0, 1, 5, 2500, 3999);
    const loaded = await file.load(wanted);
    expect([...wanted.keys()].map((n) => loaded.at(n))).toEqual([...wanted].map((row) => rows[row]));
  });

  it('takes an empty file for no rows and skips empty lines', async () => {
    await using empty = await openPromptFile(await write(''));
    expect(empty.length).toBe(0);
    await using spaced = await openPromptFile(await write(`\n\n${JSON.stringify(testPrompts('rte', 1)[0])}\n\n`));
    expect(spaced.length).toBe(1);
  });

  it.each([
    ['{"text": "cut', 'not valid JSON'],
    ['{"text": 1}', 'lacks'],
    ['null', 'lacks'],
  ])('refuses the row %s when it is read', async (line, why) => {
    await using file = await openPromptFile(await write(line));
    await expect(file.at(0)).rejects.toMatchObject({ code: 'MIXTURE_FILE_INVALID', why: expect.stringContaining(why) });
  });

  it('refuses a file that is not there', async () => {
    await expect(openPromptFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'MIXTURE_FILE_INVALID' });
  });
});
