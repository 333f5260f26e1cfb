import { describe, expect, it } from 'vitest';
import { findTask } from './find-task.js';
import { normaliseRow } from './normalise.js';
import type { Row } from './row.js';

const compat = { compat: true };
const clean = { compat: false };
const DROP = { section_id: 's', query_id: 'q', passage: 'P', question: 'Q?', answers_spans: { spans: [], types: [] } };

describe('normaliseRow', () => {
  it('says which columns a row lacks and which it has', () => {
    expect(() => normaliseRow(findTask('rte'), { premise: 'P', hypothesis: 'H', label: 0 }, clean)).toThrow(
      expect.objectContaining({
        code: 'DATASET_COLUMN_MISSING',
        what: 'A row of rte lacks columns: sentence1, sentence2.',
        why: 'It has: premise, hypothesis, label.',
      }),
    );
  });

  it('does without columns that nothing reads', () => {
    expect(normaliseRow(findTask('rte'), { sentence1: 'P', sentence2: 'H', label: 0 }, clean)).toEqual({
      ...{ premise: 'P', hypothesis: 'H', label: 0, options: '' },
    });
  });

  it('leaves the row it is given alone', () => {
    const row: Row = { sentence1: 'P', sentence2: 'H', label: 0, idx: 1 };
    const copy = structuredClone(row);
    normaliseRow(findTask('rte'), row, compat);
    expect(row).toEqual(copy);
  });

  it('skips rows without an answer, which the reference keeps as an empty list (Q18)', () => {
    expect(normaliseRow(findTask('drop'), DROP, clean)).toBeUndefined();
    expect(normaliseRow(findTask('drop'), DROP, compat)).toMatchObject({ label: [] });
  });

  it('skips what a task leaves out in either mode', () => {
    const row = { premise: 'P', hypothesis: 'H', label: -1 };
    expect([clean, compat].map((mode) => normaliseRow(findTask('snli'), row, mode))).toEqual([undefined, undefined]);
  });

  it('tells a task by the number of choices', () => {
    const row = {
      ...{
        inputs: 'I',
        targets: ['a'],
        multiple_choice_targets: ['a', 'b', 'c'],
        multiple_choice_scores: [1, 0, 0],
        idx: 0,
      },
    };
    const kept = ['three', 'five', 'seven'].filter((count) =>
      normaliseRow(findTask(`tracking_shuffled_objects/${count}`), row, clean),
    );
    expect(kept).toEqual(['three']);
  });

  it('sorts the fields of structs in compat mode, as the data frame of the reference does (Q14)', () => {
    const row = {
      paragraph: 'P',
      question: 'Q?',
      answer: 'A',
      idx: { paragraph: 1, question: 2, answer: 3 },
      label: 0,
    };
    const fields = [compat, clean].map((mode) => Object.keys(normaliseRow(findTask('multirc'), row, mode)!.idx as Row));
    expect(fields).toEqual([
      ['answer', 'paragraph', 'question'],
      ['paragraph', 'question', 'answer'],
    ]);
  });

  it('never shows the right number of gsm8k twice (Q70)', () => {
    const row = { question: 'How many?', answer: 'She has 4 + 5 = <<4+5=9>>9, that is 9.\n#### 9' };
    const choices = normaliseRow(findTask('gsm8k'), row, clean)!.multiple_choice_targets as readonly string[];
    expect([...choices].sort()).toEqual(['4', '5', '9']);
    expect(normaliseRow(findTask('gsm8k'), row, clean)!.multiple_choice_targets).toEqual(choices);
  });

  it.each([
    ['it was done.', 'done'],
    ['it was 😀', ''],
    ['it was\ufeffdone.', 'was\ufeffdone'],
    ['it was\x1cdone.\n', 'done'],
    ['it was (done', '(done'],
    ['a', ''],
  ])('puts the last word of %j behind the text without marks, as Python finds it (Q20)', (utterance, word) => {
    const row = normaliseRow(findTask('fix_punct'), { utterance, corrupted_cased: '' }, clean)!;
    expect(row.no_punct).toBe(word);
  });

  it.each([
    ['cb', { premise: 'P', hypothesis: 'H', idx: 0, label: null }],
    ['cb', { premise: 'P', hypothesis: 'H', idx: 0, label: 3 }],
    ['gsm8k', { question: 'Q', answer: 'no mark' }],
    ['wmt16/de-en', { translation: { de: 'nur deutsch' } }],
    [
      'coqa',
      {
        source: 's',
        story: 't',
        questions: 'not a list',
        answers: { input_text: [], answer_start: [], answer_end: [] },
      },
    ],
    [
      'social_iqa',
      { inputs: 'I', targets: ['z'], multiple_choice_targets: ['a'], multiple_choice_scores: [0], idx: 0 },
    ],
  ])('says what is wrong with a value of %s', (name, row: Row) => {
    expect(() => normaliseRow(findTask(name), row, clean)).toThrow(
      expect.objectContaining({ code: 'DATASET_VALUE_INVALID' }),
    );
  });
});
