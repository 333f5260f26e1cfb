import { readFileSync } from 'node:fs';
import { NumpyGenerator, PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { createPrompts } from './create-prompts.js';
import { extractSamples } from './extract-samples.js';
import {
  cutAtAnswer,
  pipelinePrompt,
  pipelinePromptsFromResponses,
  pipelinePromptsFromTraining,
} from './pipeline-prompt.js';
import type { PromptRow } from './prompt-row.js';
import { stripSystemPrompt } from './strip-system-prompt.js';
import { testRows } from './test-rows.js';

const golden: readonly (readonly [text: string, samples: string | null, stripped: string])[] = JSON.parse(
  readFileSync(new URL('../fixtures/pipeline.json', import.meta.url), 'utf8'),
);

it.each([true, false])('finds samples in a row that has them (compat %s)', (compat) => {
  const [row] = rows('samplegen', 'train');
  expect(extractSamples(row!.text, { compat })).toMatch(/^\n?Example 1:\nPremise 1: [\s\S]+\nAnswer 2: (yes|no)\n$/);
});

describe('in compat mode', () => {
  it('takes what Python’s expressions take from any text', () => {
    for (const [text, samples, stripped] of golden) {
      expect([text, extractSamples(text, { compat: true }) ?? null]).toEqual([text, samples]);
      expect([text, stripSystemPrompt(text)]).toEqual([text, stripped]);
    }
  });

  it('runs into the solution block at a blank line, which the default does not (Q50)', () => {
    const text =
      '<s>[INST] q[/INST]\n\nExample 1:\nText 1: a\nAnswer 1: b\n\nSolution:\nText Solution: c\n\nd\nAnswer Solution: e\n';
    expect(extractSamples(text, { compat: true })).toContain('Text Solution: c');
    expect(extractSamples(text)).toBe('Example 1:\nText 1: a\nAnswer 1: b\n');
  });

  it('is linear in the text', () => {
    const long = `${'a '.repeat(200_000)}\n\n${'b: '.repeat(200_000)}`;
    const before = process.cpuUsage();
    extractSamples(long, { compat: true });
    // Processor time, which a busy machine does not stretch; the expression itself would need hours.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});

function rows(kind: 'samplegen' | 'gold-pipeline', use: 'train' | 'test', count = 20): PromptRow[] {
  const { task, rows: three } = testRows('rte');
  const many = Array.from({ length: count }, (_, n) =>
    three.map((row) => ({ ...row, premise: `${row.premise} ${n}` })),
  ).flat();
  return [...createPrompts({ task, rows: many, kind, use, random: new PythonRandom(5) })];
}

const BLOCK = '\nPremise Solution: p\nAnswer Solution: ';

describe('pipelinePrompt', () => {
  it('puts the samples before the block and ends where the answer belongs', () => {
    const samples = 'Example 1:\nPremise 1: x\nAnswer 1: yes\n\nExample 2:\nPremise 2: y\nAnswer 2: no\n';
    expect(pipelinePrompt(BLOCK, [samples])).toBe(`${samples}\nSolution:\nPremise Solution: p\nAnswer Solution:`);
  });

  it.each([
    [true, 'Example 1:\nA 1: x\nAnswer 1: y\n\nExample 2:\nA 1: v\nAnswer 1: w\n'],
    [false, 'Example 1:\nA 1: x\nAnswer 1: y\n\nExample 2:\nA 2: v\nAnswer 2: w\n'],
  ])('takes the first sample of each of several rows and numbers them on (compat %s)', (compat, samples) => {
    const sources = ['x\nAnswer 1: y', 'v\nAnswer 1: w'].map(
      (rest) => `Example 1:\nA 1: ${rest}\n\nExample 2:\nA 2: z\nAnswer 2: u\n`,
    );
    expect(pipelinePrompt(BLOCK, sources, { compat })).toBe(
      `${samples}\nSolution:\nPremise Solution: p\nAnswer Solution:`,
    );
  });

  it('takes system prompts away', () => {
    expect(pipelinePrompt('<s>[INST] <<SYS>>\nx\n<</SYS>>\n\nQ\n[/INST]', ['Example 1:\nA\n'])).toBe(
      'Example 1:\nA\n\nSolution:\n\nQ',
    );
  });
});

describe('pipelinePromptsFromTraining', () => {
  const tests = rows('gold-pipeline', 'test');
  const source = rows('samplegen', 'train');

  it.each([true, false])('gives each test row samples drawn in the reference’s order (compat %s)', (compat) => {
    const made = [...pipelinePromptsFromTraining({ tests, source, random: new PythonRandom(42), compat })];
    expect(made).toHaveLength(tests.length);
    const random = new PythonRandom(42);
    const order = new NumpyGenerator(42).permutation(source.length);
    for (const [index, { text, labels, task, label_start }] of made.entries()) {
      const drawn = source[order[random.sample(source.length, 1)[0]!]!]!;
      expect(text).toBe(pipelinePrompt(tests[index]!.text, [extractSamples(drawn.text, { compat })!]));
      expect({ labels, task, label_start }).toEqual({
        labels: tests[index]!.labels,
        task: 'rte',
        label_start: text.length,
      });
      expect(text.endsWith('\nAnswer Solution:')).toBe(true);
    }
  });

  it('shows one sample where one source row is asked for, as the ablation does', () => {
    const options = { tests: tests.slice(0, 1), source, compat: true } as const;
    const [whole, first] = [{}, { rowsPerPrompt: 1 }].map(
      (more) => [...pipelinePromptsFromTraining({ ...options, ...more, random: new PythonRandom(3) })][0]!.text,
    );
    expect(whole).toContain('\nExample 2:\n');
    expect(first).not.toContain('Example 2');
    expect(first!.slice(0, 20)).toBe(whole!.slice(0, 20));
  });

  it.each([true, false])('skips source rows without samples (compat %s)', (compat) => {
    const mixed = [...source, ...Array.from({ length: 40 }, () => ({ text: 'nothing' }))];
    for (const { text } of pipelinePromptsFromTraining({ tests, source: mixed, random: new PythonRandom(1), compat })) {
      expect(text).toContain('Example 1:');
    }
  });

  it.each([
    [[], 1, 'PROMPT_SOURCE_EMPTY'],
    [[{ text: 'nothing' }], 1, 'PROMPT_SOURCE_EMPTY'],
    [source.slice(0, 1), 2, 'PROMPT_CONTEXT_TOO_SMALL'],
  ])('refuses a source that cannot serve (%#)', (few, rowsPerPrompt, code) => {
    for (const compat of [true, false]) {
      const run = (): unknown => [
        ...pipelinePromptsFromTraining({ tests, source: few, random: new PythonRandom(1), rowsPerPrompt, compat }),
      ];
      expect(run).toThrowError(expect.objectContaining({ code }));
    }
  });
});

describe('pipelinePromptsFromResponses', () => {
  it.each([
    [
      '\n\nExample 1:\nA\n\nSolution:\nAnswer Solution: yes\nAnswer Solution: no',
      'Example 1:\nA\n\nSolution:\nAnswer Solution:',
    ],
    ['no samples here', 'no samples here'],
    ['', ''],
  ])('cuts %j after its first answer heading', (response, text) => {
    expect(cutAtAnswer(response)).toBe(text);
  });

  it('shuffles with seed 42 and keeps what belongs to a response', () => {
    const responses = Array.from({ length: 10 }, (_, n) => ({
      response: `r${n}`,
      labels: `l${n}`,
      gold_options: [`l${n}`, 'x'],
      task: 'rte',
    }));
    const made = pipelinePromptsFromResponses(responses, { num: 4 });
    expect(made.map(({ text }) => text)).toEqual(['r5', 'r6', 'r0', 'r7']); // default_rng(42).permutation(10)
    expect(made[0]).toMatchObject({ labels: 'l5', gold_options: ['l5', 'x'], label_start: 2, label_end: 2 });
  });
});

describe('stripSystemPrompt', () => {
  it('keeps a plain question and one leading newline of a Regular prompt', () => {
    expect(stripSystemPrompt('plain')).toBe('plain');
    expect(stripSystemPrompt('<s>[INST] <<SYS>>\nSolve.\n<</SYS>>\n\nQ?[/INST]')).toBe('\nQ?');
    expect(stripSystemPrompt('<s>[INST] <<SYS>>\nSolve.\n<</SYS>>\n\nQ?\n[/INST]')).toBe('\nQ?');
  });
});
