import { describe, expect, it } from 'vitest';
import { findTask } from './find-task.js';
import { normaliseRow } from './normalise.js';
import type { Row } from './row.js';
import { type RowView, type ViewOptions, viewRow } from './view-row.js';

function view(name: string, raw: Row, options: ViewOptions = {}): RowView {
  const task = findTask(name);
  return viewRow(task, normaliseRow(task, raw, { compat: options.compat ?? false })!, options);
}

const shown = ({ fields }: RowView) => Object.fromEntries(fields.map(({ name, text }) => [name, text]));

const COPA = { premise: 'P.', choice1: 'A.', choice2: 'B.', question: 'cause', idx: 0, label: 1 };
const WIC = { word: 'w', sentence1: 'S.', sentence2: 'T.', start1: 0, start2: 0, end1: 1, end2: 1, idx: 0, label: 1 };
const RECORD = {
  ...{ passage: 'P.', query: '@placeholder left.', entities: ['Ann', 'Bob'], answers: ['Bob'] },
  ...{ entity_spans: { text: ['Ann'], start: [0], end: [3] }, idx: { passage: 0, query: 0 } },
};
const STSB = { sentence1: 'S.', sentence2: 'T.', label: 3.8, idx: 0 };
const HELLASWAG = {
  ...{ ind: 0, activity_label: 'a', ctx_a: 'x', ctx_b: 'y', ctx: 'C', endings: ['one.', 'two; three.'] },
  ...{ source_id: 's', split: 'train', split_type: 't', label: '1' },
};
const ARC = { id: 'x', question: 'Q?', choices: { text: ['red; blue', 'green'], label: ['A', 'B'] }, answerKey: 'B' };

describe('the default mode', () => {
  it('shows the same row whichever pass looks at it', () => {
    const qnli = { question: 'Q?', sentence: 'S.', label: 0, idx: 0 };
    const first = view('qnli', qnli);
    expect(shown(first)).toEqual({ question: '"Q?"', sentence: '"S."', options: 'yes; no' });
    expect(viewRow(findTask('qnli'), first.next)).toEqual(first);
  });

  it('shows options wherever a task has some (Q23)', () => {
    expect(shown(view('copa', COPA))).toEqual({ premise: 'P.', question: 'cause', options: 'A.; B.' });
    expect(shown(view('copa', COPA, { compat: true }))).toEqual({ premise: 'P.', question: 'cause' });
    expect(shown(view('wic', WIC)).options).toBe('True; False');
  });

  it('shows options once where a field of its own holds them', () => {
    expect(shown(view('hellaswag', HELLASWAG))).toEqual({ context: 'C', endings: 'one; two; three' });
  });

  it('keeps an option that holds a semicolon whole (Q17)', () => {
    expect(view('arc', ARC)).toMatchObject({ options: ['red; blue', 'green'], label: 'green' });
    expect(view('arc', ARC, { compat: true })).toMatchObject({ options: ['red', 'blue', 'green'], label: 'blue' });
  });

  it('keeps spaces around options; in compat mode, shows them but does not answer with them (Q17)', () => {
    const row = { ...ARC, choices: { text: [' red', 'green '], label: ['A', 'B'] } };
    expect(view('arc', row)).toMatchObject({ options: [' red', 'green '], shownOptions: ' red; green ' });
    const compat = { options: ['red', 'green'], shownOptions: ' red; green ', label: 'green' };
    expect(view('arc', row, { compat: true })).toMatchObject(compat);
  });

  it.each([
    ['copa', { ...COPA, choice2: null }],
    ['record', { ...RECORD, query: 'Who?' }],
  ])('takes no row of %s for which options cannot be made', (name, row) => {
    for (const compat of [true, false]) {
      expect(() => view(name, row, { compat })).toThrow(expect.objectContaining({ code: 'DATASET_VALUE_INVALID' }));
    }
  });

  it('has WiC the right way round (Q10)', () => {
    expect([view('wic', WIC).label, view('wic', WIC, { compat: true }).label]).toEqual(['True', 'False']);
  });

  it('takes scores from 0 to 2 for negative, and no others', () => {
    const at = (sentiment: number) =>
      view('sentiment140', { text: 'T', date: 'd', user: 'u', sentiment, query: 'q' }).label;
    expect([0, 2, 4, -1].map(at)).toEqual(['negative', 'negative', 'positive', 'positive']);
  });

  it('rounds similarity scores and makes them text (Q11)', () => {
    expect([view('stsb', STSB).label, view('stsb', STSB, { compat: true }).label]).toEqual(['4', 3]);
  });

  it('does not show the answer among the inputs (Q24)', () => {
    const newsroom = { title: 'T', text: 'X', summary: 'S' };
    expect(shown(view('newsroom', newsroom))).toEqual({ title: 'T', text: 'X' });
    expect(shown(view('newsroom', newsroom, { compat: true }))).toEqual({ title: 'T', text: 'X', summary: 'S' });
  });

  it('replaces a pronoun only where it is a whole word (Q25)', () => {
    const row = {
      ...{ text: 'T', pronoun: 'he', pronoun_loc: 0, quote: 'he is a hero', quote_loc: 0, source: 's' },
      ...{ options: ['Ben', 'Max'], label: 0 },
    };
    expect(view('wsc273', row).shownOptions).toBe('Ben is a hero; Max is a hero');
    expect(view('wsc273', row, { compat: true }).shownOptions).toBe('Ben is a Benro; Max is a Maxro');
  });

  it('shows a BIG-bench question without markers and its choices', () => {
    const row = {
      inputs: 'Q: Who left?\n  choice: Ben.\n  choice: Max.\nA:',
      targets: ['Max.'],
      multiple_choice_targets: ['Ben.', 'Max.'],
      multiple_choice_scores: [0, 1],
      idx: 0,
    };
    const clean = view('social_iqa', row);
    expect(shown(clean)).toEqual({ text: 'Who left?', options: 'Ben.; Max.' });
    expect(clean).toMatchObject({ options: ['Ben.', 'Max.'], label: 'Max.' });
    expect(Object.keys(shown(view('social_iqa', row, { compat: true })))).toEqual([
      ...['text', 'labels', 'multiple_choice_targets', 'multiple_choice_scores', 'adv_labels'],
    ]);
  });
});

describe('labels', () => {
  it('stay letter keys when asked to', () => {
    expect(view('arc', ARC, { letters: false }).label).toBe('B');
    expect(view('copa', COPA, { letters: false }).label).toBe('B.');
  });

  it('take digits as keys, too', () => {
    expect(view('arc', { ...ARC, answerKey: '2' }).label).toBe('green');
    expect(() => view('arc', { ...ARC, answerKey: '?' })).toThrow(
      expect.objectContaining({ code: 'DATASET_VALUE_INVALID' }),
    );
  });

  it.each([-1, 7, 0.5, null, 'x', ''])('that are no index are an error: %j', (label) => {
    expect(() => view('copa', { ...COPA, label })).toThrow(expect.objectContaining({ code: 'DATASET_VALUE_INVALID' }));
  });

  it('of -1 are the last option in compat mode, as in Python (Q12)', () => {
    expect(view('copa', { ...COPA, label: -1 }, { compat: true }).label).toBe('B.');
  });

  it('may be texts, as a CSV file has them', () => {
    expect(view('copa', { ...COPA, label: '0' }).label).toBe('A.');
  });

  it('are the first answer, or a word for none', () => {
    const squad = { id: 'i', title: 'T', context: 'C', question: 'Q?' };
    expect(view('squad_v2', { ...squad, answers: { text: ['a', 'b'], answer_start: [0, 1] } }).label).toBe('a');
    expect(view('squad_v2', { ...squad, answers: { text: [], answer_start: [] } }).label).toBe('unanswerable');
  });

  it('of translations are the field that the template names', () => {
    const row = { translation: { de: 'Der Hund.', en: 'The dog.' } };
    const german = view('wmt16/de-en', row, { targetField: 'sent1' });
    expect([german.label, shown(german)]).toEqual([
      'Der Hund.',
      { lang1: 'German', lang2: 'English', sent2: 'The dog.' },
    ]);
    expect(view('wmt16/de-en', row).label).toBe('The dog.');
    expect(view('wmt16/de-en', row, { targetField: 'unknown' }).label).toBe('The dog.');
  });
});
