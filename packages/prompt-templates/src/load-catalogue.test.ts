import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILTIN_CATALOGUE, TASK_TEMPLATES } from './builtin.js';
import { loadCatalogue } from './load-catalogue.js';

const FRAMES = {
  'sys-prompt': '<s>[INST] <<SYS>>\nA\n<</SYS>>\n\n{formatted_main_sample}[/INST]',
  'sys-prompt-flan':
    '<s>[INST] <<SYS>>\nB\n<</SYS>>\n\n{formatted_main_sample}[/INST]\nAnswer Solution: {target_field}</s>',
  'sys-prompt-flan-test-new': '<s>[INST] <<SYS>>\nB\n<</SYS>>\n\n{formatted_main_sample}[/INST]',
  'sys-prompt-bigbench-flan': '<s>[INST] <<SYS>>\nC\n<</SYS>>\n\n{formatted_main_sample}[/INST]',
  'outer-template-4': '{sys_and_main}\n{ic_string}\nSolution:{main_sample_parsed}{ending}',
  'gen-inner-template-num2': '\nExample {example_num}:{components}\nAnswer {example_num}: {answer}\n',
  'sys-prompt-ending': 'END_EXAMPLES\n</s>',
  'bigbench-closed': 'Q {question}\n{options}',
  'bigbench-closed-samplegen': 'Q {question}\n{options}\n{answer}',
  'bigbench-closed-adv': 'Q {question}\n{numbered_options}',
  'bigbench-closed-adv-samplegen': 'Q {question}{options}\n{answer}',
  'bigbench-plain': '{question}',
  'bigbench-adv2': '{numbered_options} {question}',
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-templates-'));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, value: unknown): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};

describe('loadCatalogue', () => {
  it('reads both published formats from a folder', async () => {
    await write('flan-templates.json', { rte: [['{premise} {options_}', '{answer}']] });
    await write('samplegen-templates.json', FRAMES);
    const { tasks, frames, source } = await loadCatalogue(folder);
    expect(tasks).toEqual({ rte: [{ id: 'rte/0', input: '{premise} {options_}', target: '{answer}' }] });
    expect(frames.samplegenSystem).toBe(FRAMES['sys-prompt']);
    expect(frames.bigbench).toEqual({
      closed: { question: 'Q {question}\n{options}', gold: 'Q {question}\n{options}\n{answer}' },
      'closed-adv': {
        question: 'Q {question}\n{numbered_options}',
        gold: 'Q {question}{options}\n{answer}',
        numbering: 'A)',
      },
      plain: { question: '{question}' },
    });
    expect(source).toContain('flan-templates.json');
  });

  it('reads FLAN’s first table under our names, and a later one as it is', async () => {
    const read = async (table: unknown) => (await loadCatalogue({ flan: await write('names.json', table) })).tasks;
    const first = await read({ squad_v1: [['{title}', '{answer}']], aeslc: [['{body} {subjects}', '{subject}']] });
    expect(first.squad?.[0]).toEqual({ id: 'squad/0', input: '{title}', target: '{answer}' });
    expect(first.aeslc?.[0]).toMatchObject({ input: '{email_body} {subjects}', target: '{subject_line}' });
    const later = await read({ squad_v1: [['a', 'b']], squad: [['c', 'd']], aeslc: [['{email_body}', '{subject}']] });
    expect([later.squad_v1?.[0]?.input, later.squad?.[0]?.input]).toEqual(['a', 'c']);
    expect(later.aeslc?.[0]?.target).toBe('{subject}');
  });

  it('keeps the built-in part that no file replaces', async () => {
    const flan = await write('mine.json', { rte: [['{premise}', '{answer}']] });
    expect((await loadCatalogue({ flan })).frames).toBe(BUILTIN_CATALOGUE.frames);
    const samplegen = await write('frames.json', FRAMES);
    expect((await loadCatalogue({ samplegen })).tasks).toBe(BUILTIN_CATALOGUE.tasks);
  });

  it('reports every problem at once', async () => {
    const flan = await write('bad.json', { a: 1, b: [['x']], c: [['{x', '{answer}']], d: [['{x}', 7]] });
    const samplegen = await write('bad-frames.json', {
      ...FRAMES,
      'sys-prompt': 'no slot',
      'sys-prompt-flan': '{formatted}',
    });
    const error: unknown = await loadCatalogue({ flan, samplegen }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TEMPLATE_CATALOGUE_INVALID' });
    for (const path of ['a', 'b/0', 'c/0/input', 'd/0', 'sys-prompt', 'sys-prompt-flan']) {
      expect((error as Error).message).toContain(`\n    ${path}: `);
    }
  });

  it.each([
    ['a missing folder', async () => join(folder, 'none')],
    ['a missing file', async () => ({ flan: join(folder, 'none.json') })],
    ['broken JSON', async () => ({ flan: await write('broken.json', '{"rte": [') })],
    ['a list at the top', async () => ({ flan: await write('list.json', []) })],
    ['no file at all', async () => ({})],
  ])('refuses %s', async (_, source) => {
    await expect(loadCatalogue(await source())).rejects.toMatchObject({ code: 'TEMPLATE_CATALOGUE_UNREADABLE' });
  });
});

const shared = process.env.FLANLAB_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
describe.runIf(existsSync(join(shared, 'reference')))('with the published files', () => {
  it('reads them whole, and ships none of their sentences', async () => {
    const published = await loadCatalogue(join(shared, 'reference'));
    expect(Object.keys(published.tasks)).toHaveLength(61);
    expect(Object.keys(published.frames.bigbench)).toEqual(
      expect.arrayContaining(['closed', 'bad-prompt-1', 'bad-prompt-6']),
    );
    const theirs = new Set(Object.values(published.tasks).flatMap((list) => list.map(({ input }) => input)));
    const bare = (input: string): boolean => input.replaceAll(/\{\w+\}|\s/g, '') === '';
    const ours = Object.values(TASK_TEMPLATES).flatMap((list) => list.map(({ input }) => input));
    expect(ours.filter((input) => theirs.has(input) && !bare(input))).toEqual([]);
    expect(published.frames.samplegenSystem).not.toBe(BUILTIN_CATALOGUE.frames.samplegenSystem);
  });
});
