import { describe, expect, it } from 'vitest';
import { BUILTIN_CATALOGUE, TASK_TEMPLATES } from './builtin.js';
import { type BigBenchFormat, bigBenchFormat, taskTemplates } from './catalogue.js';
import { PUBLISHED_FRAMES } from './read-samplegen-templates.js';
import { parseTemplate } from './template.js';

const entries = Object.entries(TASK_TEMPLATES);

it('has the templates of all 12 clusters', () => {
  expect(Object.keys(TASK_TEMPLATES)).toEqual(
    expect.arrayContaining([
      ...['rte', 'copa', 'sst2', 'mrpc', 'arc', 'bool_q', 'cosmos_qa', 'wsc273', 'dpr_raw', 'cola', 'trec'],
      ...['common_gen', 'wmt16', 'ag_news', 'xsum', 'aeslc'],
    ]),
  );
});

describe.each(entries)('%s', (key, templates) => {
  it('has ten different wordings that parse, named by position', () => {
    expect(templates).toHaveLength(10);
    expect(new Set(templates.map(({ input }) => input)).size).toBe(10);
    expect(templates.map(({ id }) => id)).toEqual(templates.map((_, index) => `${key}/${index}`));
    for (const { id, input, target } of templates) {
      expect(parseTemplate(input, { id }).slots.length).toBeGreaterThan(0);
      expect(parseTemplate(target, { id }).parts).toHaveLength(1);
    }
  });

  it('never shows the field it asks for', () => {
    for (const { input, target } of templates) expect(input).not.toContain(target);
  });

  it('offers options in all wordings or in none', () => {
    expect(new Set(templates.map(({ input }) => input.includes('{options_}'))).size).toBe(1);
  });

  it('is short, and free of the double quotes that prompt making deletes', () => {
    for (const { input } of templates) {
      expect(input.replaceAll(/\{\w+\}/g, '').length).toBeLessThanOrEqual(70);
      expect(input).not.toContain('"');
    }
  });
});

it('keeps the format tokens that answer extraction relies on', () => {
  const { frames } = BUILTIN_CATALOGUE;
  for (const system of [frames.samplegenSystem, frames.regularTrain, frames.regularTest, frames.bigbenchRegular]) {
    expect(system).toMatch(/^<s>\[INST\] <<SYS>>\n.+\n<<\/SYS>>\n\n\{formatted_main_sample\}\[\/INST\]/);
  }
  expect(frames.regularTrain.endsWith('[/INST]\nAnswer Solution: {target_field}</s>')).toBe(true);
  expect(frames.regularTest.endsWith('[/INST]')).toBe(true);
  expect(frames.inner).toBe('\nExample {example_num}:{components}\nAnswer {example_num}: {answer}\n');
  expect(frames.outer).toBe('{sys_and_main}\n{ic_string}\nSolution:{main_sample_parsed}{ending}');
  expect(frames.ending).toBe('END_EXAMPLES\n</s>');
});

it.each(Object.entries(PUBLISHED_FRAMES))('has the frame %s with its slots', (frame, { slots }) => {
  const source = BUILTIN_CATALOGUE.frames[frame as keyof typeof PUBLISHED_FRAMES];
  expect(parseTemplate(source, { slots }).slots).toEqual([...slots]);
});

describe('BIG-bench formats', () => {
  const formats: Readonly<Record<string, BigBenchFormat>> = BUILTIN_CATALOGUE.frames.bigbench;

  it('are all there, translated where the reference has a translation', () => {
    const bad = [1, 2, 3, 4, 5, 6].map((n) => `bad-prompt-${n}`);
    const names = ['closed', 'closed-adv', 'adv', 'plain', 'open', ...bad];
    const translated = names.filter((name) => name !== 'adv').map((name) => `${name}-translated`);
    expect(Object.keys(formats).sort()).toEqual([...names, ...translated].sort());
  });

  it.each(Object.entries(formats))('%s: shows the answer in the solved samples only', (name, format) => {
    const { question, gold, numbering } = format;
    const asked = parseTemplate(question).slots;
    const choices = numbering === undefined ? 'options' : 'numbered_options';
    expect(asked).toEqual(/^(plain|open)/.test(name) ? ['question'] : ['question', choices]);
    expect(parseTemplate(gold!).slots).toEqual([...asked, 'answer']);
  });
});

it.each([
  [() => taskTemplates(BUILTIN_CATALOGUE, 'rtee'), 'TEMPLATE_TASK_UNKNOWN', '"rte"'],
  [() => taskTemplates(BUILTIN_CATALOGUE, 'constructor'), 'TEMPLATE_TASK_UNKNOWN', ''],
  [() => bigBenchFormat(BUILTIN_CATALOGUE, 'closd'), 'TEMPLATE_FRAME_UNKNOWN', '"closed"'],
])('helps with an unknown name', (run, code, near) => {
  expect(run).toThrowError(expect.objectContaining({ code, fix: expect.stringContaining(near) }));
});
