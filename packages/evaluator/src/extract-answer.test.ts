import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLEANING_STEPS, REGION_RULES } from './data/extraction-rules.js';
import { type ExtractionInput, explainExtraction, extractAnswer } from './extract-answer.js';
import { matchLetter } from './match-option.js';

interface ReferenceCase {
  readonly run: 'trained' | 'base';
  readonly format: string | null;
  readonly prompt_format: 'mix_prompts' | 'flan_prompts';
  readonly task: string;
  readonly response: string;
  readonly options: string;
  readonly extracted: string | number | { readonly error: string };
}
const REFERENCE = JSON.parse(readFileSync(new URL('../fixtures/reference-values.json', import.meta.url), 'utf8')) as {
  answer_extraction: ReferenceCase[];
  letter_match: { text: string; trained: string | null; base: string | null }[];
};
// Where the reference stops with an error, we answer: Q45 (no format counts as closed), Q57 (options are no patterns).
const INSTEAD_OF_ERROR: Record<string, string> = { 'Answer Solution: no': 'no', yes: 'yes' };

function input(values: Partial<ExtractionInput> & { response: string }): ExtractionInput {
  return {
    run: 'trained',
    promptFormat: 'mix_prompts',
    format: 'closed',
    task: 'qnli',
    options: ['yes', 'no'],
    ...values,
  };
}

describe('under compat', () => {
  it.each(REFERENCE.answer_extraction.map((value, index) => [index, value] as const))(
    'extracts what the reference extracts, case %i',
    (_index, { run, format, prompt_format, task, response, options, extracted }) => {
      const extraction = extractAnswer({
        response,
        run,
        promptFormat: prompt_format,
        format,
        task,
        options: options.split('###'),
        compat: true,
      });
      if (typeof extracted === 'number') {
        expect(Number(extraction.answer)).toBe(extracted);
        expect(extraction.answer).toMatch(/\.\d/);
      } else {
        expect(extraction.answer).toBe(typeof extracted === 'string' ? extracted : INSTEAD_OF_ERROR[response]);
      }
    },
  );

  it.each(REFERENCE.letter_match)('matches the letter in $text as the reference does', ({ text, trained, base }) => {
    const options = ['yes', 'no', 'maybe'];
    expect(matchLetter(text, options, { run: 'trained', compat: true })).toBe(trained);
    expect(matchLetter(text, options, { run: 'base', compat: true })).toBe(base);
  });

  it.each([
    ['.END B)', 'trained', null],
    ['.END B)', 'base', null],
    ['END\nB)\n', 'trained', null],
    ['the B) or C', 'base', 'no'],
  ] as const)('counts the first capital of %j alone (%s)', (text, run, option) => {
    expect(matchLetter(text, ['yes', 'no', 'maybe'], { run, compat: true })).toBe(option);
  });
});

describe('by default', () => {
  it.each([
    ['removes quotes and trailing spaces', { response: 'Answer Solution:  "no" ' }, 'no', 'option'],
    ['takes the option despite case and dots', { response: 'Answer Solution: No.' }, 'no', 'option'],
    ['keeps an answer that is no option', { response: 'Answer Solution: perhaps' }, 'perhaps', 'as-is'],
    ['prefers the exact option', { response: 'Answer Solution: No', options: ['no', 'No'] }, 'No', 'as-is'],
    [
      'gives the option its final dot back',
      {
        response: 'Answer Solution: "the red book"',
        task: 'logical_deduction',
        options: ['The red book.', 'The blue book.'],
      },
      'The red book.',
      'option',
    ],
    ['reads a letter that stands alone', { response: 'Answer Solution: (b) no', format: 'closed-adv' }, 'no', 'letter'],
    [
      'reads no letter out of a word',
      { response: 'Answer Solution: Because', format: 'closed-adv' },
      'Because',
      'as-is',
    ],
    [
      'knows that one empty option is none',
      { response: 'Answer Solution: A) x', format: 'closed-adv', options: [''] },
      'A) x',
      'as-is',
    ],
    ['drops a lower-case introduction', { response: 'answer: no', run: 'base' }, 'no', 'as-is'],
    [
      'leaves an unreadable number as it is',
      { response: 'three', run: 'base', task: 'stsb', options: [] },
      'three',
      'as-is',
    ],
    ['never turns free text into an option', { response: 'No', run: 'base', task: 'common_gen' }, 'No', 'as-is'],
    [
      'treats option text as text, not as a pattern',
      { response: 'A (b.', run: 'base', options: ['A (b'] },
      'A (b',
      'option',
    ],
  ] as const)('%s', (_title, values, answer, step) => {
    expect(extractAnswer(input(values))).toMatchObject({ answer, step });
  });
});

describe('the region', () => {
  it.each([
    ['trained', 'mix_prompts', 'x\nAnswer Solution: no \ny', 'Answer Solution: no ', 'answer-solution-line'],
    ['trained', 'flan_prompts', '\n\nno</s> rest', 'no', 'before-end-of-sequence'],
    ['trained', 'flan_prompts', '</s>a</s>', '</s>a', 'before-end-of-sequence'],
    ['base', null, '\n \u0085 I say Answer: no \nmore', 'Answer: no', 'answer-phrase'],
    ['base', null, '\n\u001c 😀 no \nmore', '😀 no', 'first-line'],
  ] as const)('of a %s model (%s) lies in the raw response', (run, promptFormat, response, text, rule) => {
    const extraction = extractAnswer(input({ response, run, promptFormat, options: [] }));
    expect(extraction.rule).toBe(rule);
    expect(response.slice(extraction.region!.start, extraction.region!.end)).toBe(text);
  });

  it('is missing when a tuned model writes no answer', () => {
    expect(extractAnswer(input({ response: 'no' }))).toEqual({
      answer: '',
      region: null,
      rule: 'nothing',
      step: 'empty',
    });
  });

  it('is found in linear time on one long line without an end', () => {
    const response = 'a'.repeat(2_000_000);
    const before = process.cpuUsage();
    expect(extractAnswer(input({ response, promptFormat: 'flan_prompts' })).rule).toBe('nothing');
    // Processor time, which a busy machine does not stretch; the reference's pattern needs 10^12 steps.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});

it('asks for the prompt format of a trained model', () => {
  expect(() => extractAnswer(input({ response: 'no', promptFormat: null }))).toThrowError(
    expect.objectContaining({ code: 'EVALUATION_PROMPT_FORMAT_MISSING', exitCode: 2 }),
  );
});

it('explains every rule and every step in words', () => {
  for (const rule of Object.keys(REGION_RULES) as (keyof typeof REGION_RULES)[]) {
    for (const step of Object.keys(CLEANING_STEPS) as (keyof typeof CLEANING_STEPS)[]) {
      expect(explainExtraction({ rule, step })).toMatch(/^[A-Z].{30,}\.$/);
    }
  }
});
