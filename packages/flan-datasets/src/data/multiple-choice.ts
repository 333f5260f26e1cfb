import { PythonRandom } from '@flanlab/random';
import { textOf } from '../label-rules.js';
import { listedOptions } from '../options-rules.js';
import { pythonStrip, pythonText } from '../python-text.js';
import { isList, type Row } from '../row.js';
import { saying } from '../saying.js';
import { compute, invalidValue, rename, takeFirst, textIn } from '../steps.js';
import type { Mode, MultipleChoiceSpec, TaskSpec } from '../task-spec.js';
import { defineTasks, hub, type TaskEntry } from './define.js';
import { provenance } from './provenance.js';

const QUIRKS = ['Q49', 'Q52', 'Q54', 'Q80'];
const CHOICES = 'multiple_choice_targets';

/** Deletes the markers and the list of choices that some tasks print inside the question. */
const asIs = (text: string): string => text;
const withoutChoices = (text: string): string => text.replaceAll('Q: ', '').replace(/ choice:[\s\S]*$/, '');
const withoutMarkers = (text: string): string => text.replaceAll('A: ', '').replaceAll('Options: ', '');

/** The question alone: no 'Q:' before it, no 'A:' behind it. */
const tidied = (text: string): string => pythonStrip(text.replace(/^\s*Q: /, '').replace(/\bA:\s*$/, ''));

const question = (clean: (text: string) => string): MultipleChoiceSpec => ({
  question: clean,
  choices: CHOICES,
  label: 'labels',
});

/** '(b)' for the second choice. */
function letterOfLabel(row: Row): string {
  const choices = row[CHOICES];
  const index = isList(choices) ? choices.indexOf(row.labels ?? null) : -1;
  if (index < 0) throw invalidValue('targets', row.labels, `one of ${CHOICES}`);
  return `(${String.fromCharCode(97 + index)})`;
}

/** The reference's block builder prints every column and knows no options; the default mode shows question and choices. */
const BLOCK = {
  prompt: { options: null, label: textOf('labels'), hide: [] },
  clean: { only: ['text', 'options'], options: listedOptions(CHOICES) },
} as const;

const bigBench = (config: string, clean: (text: string) => string, count?: number) =>
  ({
    source: hub('tasksource/bigbench', config, { wholeSplit: true }),
    provenance: provenance('bigbench'),
    columns: {
      inputs: 'text',
      targets: ['text'],
      multiple_choice_targets: ['text'],
      multiple_choice_scores: ['integer'],
      idx: 'integer',
    },
    ...(count && {
      filter: saying(
        `of ${count} choices`,
        ({ [CHOICES]: choices }: Row) => isList(choices) && choices.length === count,
      ),
    }),
    normalise: [
      rename({ inputs: 'text', targets: 'labels' }),
      takeFirst('labels'),
      compute({ adv_labels: letterOfLabel }),
    ],
    prompt: BLOCK.prompt,
    clean: {
      ...BLOCK.clean,
      rewrites: { text: saying('without markers and choices', (value) => tidied(clean(pythonText(value)))) },
    },
    multipleChoice: question(clean),
  }) as const satisfies TaskEntry;

/** BIG-bench: rows of its train split are tested, those of validation serve as in-context samples. */
export const BIG_BENCH_TASKS = defineTasks(
  {
    group: 'bigbench',
    splits: { train: 'validation', test: 'train' },
    metric: 'accuracy',
    evaluated: true,
    alwaysHeldOut: true,
    quirks: QUIRKS,
  },
  {
    figure_of_speech_detection: bigBench('figure_of_speech_detection', asIs),
    logical_deduction: { ...bigBench('logical_deduction', asIs), quirks: ['Q49', 'Q52', 'Q54', 'Q57', 'Q80'] },
    social_iqa: { ...bigBench('social_iqa', withoutChoices), provenance: provenance('social_iqa', 'bigbench') },
    strange_stories: bigBench('strange_stories', withoutChoices),
    causal_judgment: bigBench('causal_judgment', withoutMarkers),
    'tracking_shuffled_objects/three': bigBench('tracking_shuffled_objects', asIs, 3),
    'tracking_shuffled_objects/five': bigBench('tracking_shuffled_objects', asIs, 5),
    'tracking_shuffled_objects/seven': bigBench('tracking_shuffled_objects', asIs, 7),
  },
) satisfies Readonly<Record<string, TaskSpec>>;

/** Splits 'explanation#### number' in two. */
function solution(row: Row): readonly [explanation: string, number: string] {
  const parts = textIn(row, 'labels').split('####');
  if (parts.length !== 2) throw invalidValue('answer', row.labels, "an explanation and a number around one '####'");
  return [parts[0]!.replace(/ +$/, ''), parts[1]!.replace(/^ +/, '')];
}

/**
 * Up to three distinct numbers of the explanation and the right one, shuffled. The reference draws from its global generator
 * (`mode.random`); without one, each row has its own, seeded by its text, so that rows do not depend on each other.
 */
function numberChoices(row: Row, { compat, random }: Mode): readonly string[] {
  const [explanation, number] = solution(row);
  const generator = random ?? new PythonRandom(checksum(explanation));
  const numbers: readonly string[] = explanation.match(/[0-9]+/g) ?? [];
  const right = numbers.indexOf(number);
  const others = right < 0 ? [...numbers] : [...numbers.slice(0, right), ...numbers.slice(right + 1)];
  generator.shuffle(others);
  const wrong = compat ? others : others.filter((other) => other !== number); // the reference may show it twice (Q70)
  const choices = [...[...new Set(wrong)].slice(0, 3), number];
  generator.shuffle(choices);
  return choices;
}

function checksum(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return hash;
}

/** Word problems, and the machine-translated set that is stored ready made. */
export const OTHER_TASKS = defineTasks(
  { metric: 'accuracy', evaluated: true, alwaysHeldOut: true },
  {
    gsm8k: {
      group: 'reasoning',
      source: hub('gsm8k', 'main', { wholeSplit: true }),
      provenance: provenance('gsm8k'),
      splits: { train: 'test', test: 'test', stored: { train: 'test', validation: 'test' } },
      columns: { question: 'text', answer: 'text' },
      normalise: [
        rename({ question: 'text', answer: 'labels' }),
        compute({
          labels: (row) => solution(row)[1],
          multiple_choice_targets: numberChoices,
          explanation: (row) => solution(row)[0],
        }),
      ],
      ...BLOCK,
      multipleChoice: question(asIs),
      quirks: ['Q13', 'Q49', 'Q52', 'Q54', 'Q70'],
    },
    social_iqa_translated: {
      group: 'translated',
      source: { kind: 'local-arrow', folder: 'data/closed-translated/social_iqa/test_data/2500' },
      provenance: {
        ...provenance('social_iqa', 'bigbench'),
        licence: {
          id: 'Apache-2.0',
          note: "Of the study's repository, which ships the translation.",
          source: 'https://github.com/UKPLab/arxiv2025-inherent-limits-plms/blob/main/LICENSE',
        },
      },
      columns: {
        text: 'text',
        labels: 'text',
        multiple_choice_targets: ['text'],
        multiple_choice_scores: ['integer'],
        idx: 'integer',
        adv_labels: 'text',
      },
      ...BLOCK,
      multipleChoice: question((text) => text.split('\n', 1)[0]!),
      metric: 'simple_accuracy',
      quirks: ['Q54', 'Q56', 'Q60'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
