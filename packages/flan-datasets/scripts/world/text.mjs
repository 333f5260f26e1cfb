// The text that the embedded base model and encoder are pre-trained on: deterministic, and without any row that is tested.
import { normaliseRow, TASKS, viewRow } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';
import { ITEMS } from './items.mjs';
import { MINI_TASKS } from './mini-tasks.mjs';
import { PARAGRAPHS } from './prose.mjs';
import { embeddedRows, rowKey, withIndex } from './rows.mjs';

const SEED = 1_234;
const PROSE = 440;
const TASK_BLOCKS = 720;
const MINI_BLOCKS = 160;

/** Blocks longer than this cost more training time than they teach. */
const LONGEST = 480;

/** Texts to train a causal model on: prose, and blocks of examples in the layout of in-context prompts. */
export function pretrainingTexts() {
  const random = new PythonRandom(SEED);
  const tested = testedSentences();
  const texts = [
    ...fill(PROSE, (turn) => paragraph(random, turn, tested)),
    ...fill(TASK_BLOCKS, (turn) => taskBlock(random, turn)),
    ...fill(MINI_BLOCKS, (turn) => miniBlock(random, turn)),
  ];
  random.shuffle(texts);
  return texts;
}

/** One or two sentences each: what a masked-token encoder needs. */
export function encoderTexts() {
  const random = new PythonRandom(SEED + 1);
  const tested = testedSentences();
  const texts = fill(1_300, (turn) => random.sample(sentencesOf(random, turn, tested), 2).join(' '));
  const answers = fill(500, (turn) => {
    const { fields, answer } = miniExample(random, turn);
    return `${Object.values(fields).join(' ')} Answer: ${answer}`;
  });
  const labels = fill(700, (turn) => {
    const { fields, answer } = taskExample(random, turn);
    return `${Object.values(fields).join(' ')} Answer: ${answer}`;
  });
  const all = [...texts, ...answers, ...labels];
  random.shuffle(all);
  return all;
}

function fill(count, make) {
  const texts = new Set();
  for (let turn = 0; texts.size < count; turn++) {
    if (turn > 100 * count) throw new Error(`Only ${texts.size} different texts of ${count}.`);
    const text = make(turn);
    if (!givesAway(text)) texts.add(text);
  }
  return [...texts];
}

const ROWS = Object.values(embeddedRows());
const TRAINED = ROWS.flatMap(({ train = [] }) => train);
const TESTED = ROWS.flatMap(({ train, ...evaluated }) => Object.values(evaluated).flat());

/** Every text inside a value. */
const strings = (value) =>
  typeof value === 'string' ? [value] : value && typeof value === 'object' ? Object.values(value).flatMap(strings) : [];

/** Whole sentences that occur in rows to be tested and in no row for training. Single words and names may occur anywhere. */
function testedSentences() {
  const trained = new Set(TRAINED.flatMap(strings));
  const tested = TESTED.flatMap(strings).filter((text) => /^\S+( \S+){2,}[.?]$/.test(text) && !trained.has(text));
  return [...new Set(tested)];
}

/** The shown inputs of every tested row. */
const TESTED_INPUTS = Object.entries(embeddedRows()).flatMap(([task, { train, ...evaluated }]) =>
  Object.values(evaluated)
    .flat()
    .map((raw) =>
      viewRow(TASKS[task], normaliseRow(TASKS[task], raw.label === -1 ? { ...raw, label: 0 } : raw, { compat: false })),
    )
    .map(({ fields }) => fields.map(({ text }) => text)),
);

/** True for a text that holds all inputs of a tested row, be it over several examples. */
function givesAway(text) {
  return TESTED_INPUTS.some((inputs) => inputs.every((input) => text.includes(input)));
}

const TESTED_KEYS = new Set(TESTED.map(rowKey));

function sentencesOf(random, turn, tested) {
  for (;;) {
    const sentences = PARAGRAPHS[turn % PARAGRAPHS.length](random);
    const text = sentences.join(' ');
    if (!tested.some((sentence) => text.includes(sentence))) return sentences;
  }
}

function paragraph(random, turn, tested) {
  return sentencesOf(random, turn, tested).join(' ');
}

/** Tasks that a very small model can learn from single words come twice as often. */
const LEXICAL = ['sst2', 'copa', 'trec', 'ag_news', 'arc', 'cola', 'rte', 'bool_q', 'social_iqa', 'causal_judgment'];
const ROTATION = [...Object.keys(ITEMS), ...LEXICAL];

function taskExample(random, turn, task = ROTATION[turn % ROTATION.length]) {
  for (;;) {
    const raw = ITEMS[task].make(random, random.randbelow(12));
    if (TESTED_KEYS.has(rowKey(raw))) continue;
    const spec = TASKS[task];
    const targetField =
      spec.prompt.target && random.choice(TARGETS[spec.prompt.target.fallback] ?? [spec.prompt.target.fallback]);
    const view = viewRow(spec, normaliseRow(spec, withIndex(raw, ITEMS[task].index, 0), { compat: false }), {
      targetField,
    });
    const fields = Object.fromEntries(view.fields.map(({ name, text }) => [heading(name), text]));
    return { fields, answer: String(view.label), targetField };
  }
}

/** Translations go both ways. */
const TARGETS = { sent2: ['sent1', 'sent2'] };

const heading = (name) => name[0].toUpperCase() + name.slice(1).toLowerCase();

function miniExample(random, turn) {
  const { fields, options, answer } = MINI_TASKS[turn % MINI_TASKS.length](random);
  return { fields: { ...fields, ...(options && { Options: options.join('; ') }) }, answer };
}

/** 'Example 1: … Example 2: … Solution: …' with the answer. */
function block(examples) {
  const last = examples.length - 1;
  return examples
    .map(({ fields, answer }, index) => {
      const number = index === last ? 'Solution' : String(index + 1);
      const lines = Object.entries({ ...fields, Answer: answer }).map(([name, text]) => `${name} ${number}: ${text}`);
      return [index === last ? 'Solution:' : `Example ${number}:`, ...lines].join('\n');
    })
    .join('\n\n');
}

function taskBlock(random, turn) {
  const count = 2 + random.randbelow(4);
  const first = taskExample(random, turn);
  const examples = [first];
  while (examples.length < count) {
    const next = taskExample(random, turn);
    if (next.targetField === first.targetField) examples.push(next);
  }
  while (examples.length > 1 && block(examples).length > LONGEST) examples.pop();
  return block(examples);
}

function miniBlock(random, turn) {
  const count = 2 + random.randbelow(3);
  return block(Array.from({ length: count }, () => miniExample(random, turn)));
}
