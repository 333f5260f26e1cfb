import { optionAt, textOf, truthOf } from '../label-rules.js';
import { fixedOptions } from '../options-rules.js';
import { PYTHON_SPACE } from '../python-text.js';
import { carryFields, firstOfList, quoted, withoutByteMarks } from '../rewrites.js';
import { isStruct, type Row } from '../row.js';
import { add, compute, flatten, keep, listIn, numbered, remove, rename, takeFirst, textIn } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hasAnswer, hub } from './define.js';
import { provenance } from './provenance.js';

const SIX_CLASSES = fixedOptions('ABBR', 'ENTY', 'DESC', 'HUM', 'LOC', 'NUM');

/** `[\S]+.{1}$` of Python: at least two characters. */
const LAST_WORD = new RegExp(`[^${PYTHON_SPACE}]+[^\\n](?=\\n?$)`, 'u');

/** The last word of the utterance without its end marks, put straight behind the corrupted text (Q20). */
function withLastWord(row: Row): string {
  const lastWord = LAST_WORD.exec(textIn(row, 'utterance'))?.[0] ?? '';
  return textIn(row, 'corrupted_cased') + lastWord.replace(/[.,?!]/g, '');
}

/** As many answers as there are questions (Q27). */
function answersOfQuestions(row: Row): string {
  return numbered(listIn(row, 'answers.input_text').slice(0, listIn(row, 'questions').length), 1, '. ');
}

/** What FLAN put nowhere else. */
export const MISC_TASKS = defineTasks(
  { cluster: 'misc', category: 'nlu', evaluated: true },
  {
    coqa: {
      source: hub('stanfordnlp/coqa'),
      provenance: provenance('coqa'),
      splits: { train: 'train', test: 'validation' },
      columns: {
        source: 'text',
        story: 'text',
        questions: ['text'],
        answers: { input_text: ['text'], answer_start: ['integer'], answer_end: ['integer'] },
      },
      normalise: [
        flatten(),
        compute({ label: answersOfQuestions }),
        compute({ questions: (row) => numbered(listIn(row, 'questions'), 1, '. ') }),
        rename({ story: 'text', questions: 'numbered_questions' }),
        remove('answers.answer_start', 'answers.answer_end', 'answers.input_text', 'source'),
      ],
      prompt: { options: null, label: textOf('label') },
      templateKey: 'coqa',
      quirks: ['Q27', 'Q60', 'Q64'],
    },
    quac: {
      source: hub('quac'),
      provenance: provenance('quac'),
      splits: { train: 'train', test: 'validation' },
      columns: {
        dialogue_id: 'text',
        wikipedia_page_title: 'text',
        background: 'text',
        section_title: 'text',
        context: 'text',
        turn_ids: ['text'],
        questions: ['text'],
        followups: ['integer'],
        yesnos: ['integer'],
        answers: { texts: [['text']], answer_starts: [['integer']] },
        orig_answers: { texts: ['text'], answer_starts: ['integer'] },
      },
      filter: hasAnswer(({ answers }) => (isStruct(answers) ? answers.texts : undefined)),
      normalise: [
        flatten(),
        rename({ 'answers.texts': 'label', questions: 'question' }),
        remove('dialogue_id', 'wikipedia_page_title', 'turn_ids', 'followups', 'yesnos'),
        remove('answers.answer_starts', 'orig_answers.texts', 'orig_answers.answer_starts'),
        takeFirst('label'),
      ],
      prompt: { options: null, label: textOf('label'), rewrites: { question: firstOfList } },
      templateKey: 'quac',
      quirks: ['Q18', 'Q60', 'Q64'],
    },
    trec: {
      source: hub('trec'),
      provenance: provenance('trec'),
      columns: { text: 'text', coarse_label: 'integer', fine_label: 'integer' },
      normalise: [add({ options: '', label: '' })],
      prompt: {
        only: ['text', 'options'],
        options: SIX_CLASSES,
        label: optionAt('coarse_label'),
        rewrites: { text: quoted },
        carry: carryFields('text'),
      },
      templateKey: 'trec',
      metric: 'accuracy',
      quirks: ['Q22', 'Q28'],
    },
    cola: {
      source: hub('glue', 'cola'),
      provenance: provenance('cola', 'glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: { sentence: 'text', label: 'integer', idx: 'integer' },
      normalise: [add({ options: '' })],
      prompt: { options: fixedOptions('unacceptable', 'acceptable'), label: optionAt('label') },
      templateKey: 'cola',
      metric: 'matthews_corrcoef',
      quirks: ['Q12', 'Q73'],
    },
    wic: {
      source: hub('super_glue', 'wic'),
      provenance: provenance('wic', 'super_glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: {
        word: 'text',
        sentence1: 'text',
        sentence2: 'text',
        start1: 'integer',
        start2: 'integer',
        end1: 'integer',
        end2: 'integer',
        idx: 'integer',
        label: 'integer',
      },
      normalise: [remove('start1', 'start2', 'end1', 'end2')],
      prompt: { options: fixedOptions('True', 'False'), label: optionAt('label') },
      clean: { label: truthOf('label') }, // the reference has them the wrong way round (Q10)
      templateKey: 'wic',
      metric: 'accuracy',
      quirks: ['Q10', 'Q12', 'Q23'],
    },
    math_dataset: {
      source: hub('math_dataset', 'algebra__linear_1d'),
      provenance: provenance('math_dataset'),
      columns: { question: 'text', answer: 'text' },
      normalise: [rename({ answer: 'label' })],
      prompt: {
        options: null,
        label: textOf('label', (text) => withoutByteMarks(text, {})),
        rewrites: { question: withoutByteMarks },
      },
      templateKey: 'math_dataset',
      metric: 'accuracy',
      quirks: ['Q64'],
    },
    fix_punct: {
      source: hub('nbroad/fix_punctuation'),
      provenance: provenance('fix_punctuation'),
      splits: { train: 'train', test: 'train' },
      columns: { utterance: 'text', corrupted_cased: 'text' },
      normalise: [
        compute({ corrupted_cased: withLastWord }),
        rename({ utterance: 'label', corrupted_cased: 'no_punct' }),
        keep('label', 'no_punct'),
      ],
      prompt: { options: null, label: textOf('label') },
      templateKey: 'fix_punct',
      metric: 'edit_distance',
      alwaysHeldOut: true,
      quirks: ['Q13', 'Q20', 'Q64'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
