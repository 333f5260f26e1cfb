// One maker per task: (random, turn) → one raw row in the columns of the hub. `turn` counts up, so that labels can alternate.

import { choices, other, some } from './draw.mjs';
import { causalJudgment, logicalDeduction, socialIqa } from './multiple-choice-items.mjs';
import {
  ACTIONS,
  ANIMALS,
  article,
  BLAME,
  COLORS,
  capital,
  DAYS,
  FACT_QUESTIONS,
  FACTS,
  FOODS,
  GERMAN,
  HANDLINGS,
  LETTERS,
  NEEDS,
  OBJECTS,
  PEOPLE,
  PLACES,
  PRAISE,
  QUESTION_KINDS,
  TOPICS,
  WORKS,
} from './vocabulary.mjs';

/** Restated: yes. Negated, or told of something else: no. */
function rte(random, turn) {
  const { name } = random.choice(PEOPLE);
  const [color, object, place] = [random.choice(COLORS), random.choice(OBJECTS), random.choice(PLACES)];
  const sentence1 = random.choice([
    `${name} has a ${color} ${object} ${place.where}.`,
    `There is a ${color} ${object} ${place.where}, and ${name} likes it.`,
  ]);
  const entailed = [
    `The ${object} is ${place.where}.`,
    `The ${object} is ${color}.`,
    sentence1.startsWith('There') ? `${name} likes the ${object}.` : `${name} has a ${object}.`,
  ];
  const refuted = [
    `The ${object} is not ${place.where}.`,
    `The ${object} is not ${color}.`,
    sentence1.startsWith('There') ? `${name} does not like the ${object}.` : `${name} does not have a ${object}.`,
    `The ${object} is ${other(random, COLORS, color)}.`,
  ];
  const label = turn % 2;
  return { sentence1, sentence2: random.choice(label === 0 ? entailed : refuted), label };
}

/** A need and what is done about it, asked in both directions. */
function copa(random, turn) {
  const { name, they } = random.choice(PEOPLE);
  const need = random.choice(NEEDS);
  const odd = other(random, NEEDS, need);
  const question = random.choice(['cause', 'effect']);
  const premise = question === 'effect' ? `${name} was ${need.state}.` : `${name} ${need.does}.`;
  const answer = ({ state, does }) => `${capital(they)} ${question === 'effect' ? does : `was ${state}`}.`;
  const label = turn % 2;
  const [choice1, choice2] = label === 0 ? [answer(need), answer(odd)] : [answer(odd), answer(need)];
  return { premise, choice1, choice2, question, label };
}

function sst2(random, turn) {
  const label = turn % 2;
  const words = label === 1 ? PRAISE : BLAME;
  const [first, second] = some(random, words, 2);
  const [work, subject] = [random.choice(WORKS), random.choice([...ANIMALS, 'family', 'king'])];
  const sentence = random.choice([
    () => `${article(first)} ${work} about a ${subject}`,
    () => `the ${work} is ${first} and ${second}`,
    () => `this ${work} about a ${subject} is ${first}`,
    () => `${first} and ${second} , like the last ${work}`,
    () => `what ${article(first)} ${work} !`,
  ])();
  return { sentence, label };
}

/** Giving told from the other side: the same. With another person or thing: not the same. */
function mrpc(random, turn) {
  const [giver, taker, third] = some(random, PEOPLE, 3).map(({ name }) => name);
  const object = random.choice(OBJECTS);
  const place = random.choice(PLACES);
  const sentence1 = `${giver} gave ${taker} a ${object} ${place.where}.`;
  const label = turn % 2;
  const tell = (a, b, thing, where) =>
    random.choice([`${b} got a ${thing} from ${a} ${where}.`, `${capital(where)}, ${a} gave a ${thing} to ${b}.`]);
  const sentence2 =
    label === 1
      ? tell(giver, taker, object, place.where)
      : random.choice([
          () => tell(giver, third, object, place.where),
          () => tell(giver, taker, other(random, OBJECTS, object), place.where),
          () => tell(giver, taker, object, other(random, PLACES, place).where),
        ])();
  return { sentence1, sentence2, label };
}

/** The world's facts, three to a question. */
function arc(random) {
  const fact = random.choice(FACTS);
  const alike = [...new Set(FACTS.filter(({ relation }) => relation === fact.relation).map(({ value }) => value))];
  const { all, index } = choices(
    random,
    fact.value,
    some(
      random,
      alike.filter((value) => value !== fact.value),
      2,
    ),
  );
  return {
    question: random.choice(FACT_QUESTIONS[fact.relation])(fact.subject),
    choices: { text: all, label: ['A', 'B', 'C'] },
    answerKey: 'ABC'[index],
  };
}

function boolQ(random, turn) {
  const { name } = random.choice(PEOPLE);
  const [object, color, place] = [random.choice(OBJECTS), random.choice(COLORS), random.choice(PLACES)];
  const answer = turn % 2 === 0;
  const [question, passage] = random.choice([
    () => [
      `is the ${object} ${answer ? place.where : other(random, PLACES, place).where}`,
      `${name} put the ${color} ${object} ${place.where}.`,
    ],
    () => [
      `is the ${object} ${answer ? color : other(random, COLORS, color)}`,
      `The ${object} ${place.where} is ${color}.`,
    ],
    () => [
      `does ${name} have a ${answer ? object : other(random, OBJECTS, object)}`,
      `${name} has a ${color} ${object} ${place.where}.`,
    ],
  ])();
  return { question, answer, passage };
}

/** Why somebody went somewhere, from the sentence before. */
function cosmosQa(random) {
  const { name, they } = random.choice(PEOPLE);
  const place = random.choice(PLACES);
  const [object, ...wrongObjects] = some(random, OBJECTS, 4);
  const [need, ...wrongNeeds] = some(random, NEEDS, 4);
  const [context, question, right, wrong] = random.choice([
    () => [
      `${name} lost a ${object}. Then ${they} looked for it ${place.where}.`,
      `What did ${name} want to find?`,
      `the ${object}`,
      wrongObjects.map((item) => `the ${item}`),
    ],
    () => [
      `${name} was ${place.where}. In the end ${they} ${need.does}.`,
      `How did ${name} feel before?`,
      need.state,
      wrongNeeds.map(({ state }) => state),
    ],
  ])();
  const { all, index } = choices(random, right, wrong);
  const [answer0, answer1, answer2, answer3] = all;
  return { context, question, answer0, answer1, answer2, answer3, label: index };
}

/** The one with the quality does the deed, the other suffers it. */
const REASONS = [
  { deed: 'chased', doer: 'angry', other: 'afraid' },
  { deed: 'helped', doer: 'kind', other: 'weak' },
  { deed: 'carried', doer: 'strong', other: 'tired' },
  { deed: 'woke', doer: 'loud', other: 'asleep' },
  { deed: 'fed', doer: 'kind', other: 'hungry' },
  { deed: 'washed', doer: 'careful', other: 'dirty' },
];

/** Others, so that no sentence of one task gives away one of the other. */
const MORE_REASONS = [
  { deed: 'pushed', doer: 'rude', other: 'slow' },
  { deed: 'followed', doer: 'curious', other: 'fast' },
  { deed: 'comforted', doer: 'gentle', other: 'sad' },
  { deed: 'scared', doer: 'loud', other: 'shy' },
  { deed: 'thanked', doer: 'polite', other: 'helpful' },
  { deed: 'ignored', doer: 'proud', other: 'boring' },
];

function dprRaw(random, turn) {
  const [a, b] = some(random, ANIMALS, 2);
  const { deed, doer, other: sufferer } = random.choice(REASONS);
  const label = turn % 2;
  return {
    sentence: `The ${a} ${deed} the ${b} because it was ${label === 0 ? doer : sufferer}.`,
    pronoun: 'it',
    candidates: [`The ${a}`, `the ${b}`],
    label,
  };
}

function wsc273(random, turn) {
  const [a, b] = some(random, ANIMALS, 2);
  const { deed, doer, other: sufferer } = random.choice(MORE_REASONS);
  const label = turn % 2;
  const quality = label === 0 ? doer : sufferer;
  const text = `The ${a} ${deed} the ${b} because it was ${quality}.`;
  return {
    text,
    pronoun: 'it',
    pronoun_loc: text.indexOf(' it ') + 1,
    quote: `it was ${quality}`,
    quote_loc: text.indexOf(' it ') + 1,
    options: [`The ${a}`, `the ${b}`],
    label,
    source: 'flanlab',
  };
}

/** Well formed, or with two neighbouring words exchanged. */
function cola(random, turn) {
  const { name } = random.choice(PEOPLE);
  const words = random.choice([
    () => [
      name,
      random.choice(HANDLINGS).now,
      'the',
      random.choice(OBJECTS),
      ...random.choice(PLACES).where.split(' '),
    ],
    () => ['The', random.choice(COLORS), random.choice(OBJECTS), 'is', ...random.choice(PLACES).where.split(' ')],
    () => ['The', random.choice(ANIMALS), random.choice(ACTIONS).now, ...random.choice(PLACES).where.split(' ')],
  ])();
  const label = turn % 2;
  if (label === 0) {
    const at = words.indexOf('the') > 0 && random.random() < 0.5 ? words.indexOf('the') : words.length - 2;
    [words[at], words[at + 1]] = [words[at + 1], words[at]];
  }
  return { sentence: `${words.join(' ')}.`, label };
}

function trec(random, turn) {
  const coarse = turn % QUESTION_KINDS.length;
  const filling = {
    name: random.choice(PEOPLE).name,
    object: random.choice(OBJECTS),
    place: random.choice(PLACES).noun,
    letters: random.choice(LETTERS),
  };
  return { text: random.choice(QUESTION_KINDS[coarse].ask)(filling), coarse_label: coarse, fine_label: coarse };
}

/** A few words and the plainest sentence that has them. */
function commonGen(random) {
  const [place, action, handling] = [random.choice(PLACES), random.choice(ACTIONS), random.choice(HANDLINGS)];
  const [animal, object] = [random.choice(ANIMALS), random.choice(OBJECTS)];
  const [concepts, target] = random.choice([
    () => [[animal, action.base, place.noun], `The ${animal} ${action.now} ${place.where}.`],
    () => [[animal, handling.base, object], `The ${animal} ${handling.now} the ${object}.`],
    () => [[object, place.noun, handling.base, animal], `The ${animal} ${handling.now} the ${object} ${place.where}.`],
  ])();
  return { concepts, target };
}

function germanEnglish(random) {
  const { subjects, actions, places, handlings, objects, qualities } = GERMAN;
  const subject = random.choice(subjects);
  const rest = random.choice([
    () => [random.choice(actions), random.choice(places)],
    () => [random.choice(handlings), random.choice(objects)],
    () => [['is', 'ist'], random.choice(qualities)],
    () => [random.choice(handlings), random.choice(objects), random.choice(places)],
  ])();
  const [en, de] = [0, 1].map((language) => `${[subject, ...rest].map((pair) => pair[language]).join(' ')}.`);
  return { translation: { de, en } };
}

function agNews(random, turn) {
  const label = turn % TOPICS.length;
  const { who, does } = TOPICS[label];
  const [first, second] = some(random, does, 2);
  const subject = random.choice(who);
  return {
    label: label + 1,
    title: `${subject} ${first}`,
    description: random.choice([
      `${subject} ${second} on ${random.choice(DAYS)}.`,
      `On ${random.choice(DAYS)}, ${subject.toLowerCase()} ${second}.`,
    ]),
  };
}

function aeslc(random) {
  const [from, to] = some(random, PEOPLE, 2).map(({ name }) => name);
  const [day, place, thing] = [random.choice(DAYS), random.choice(PLACES), random.choice([...OBJECTS, ...FOODS])];
  const [body, subject_line] = random.choice([
    () => [`Can you bring the ${thing} on ${day}? I am ${place.where}.`, `${capital(thing)} on ${day}`],
    () => [`We meet ${place.where} on ${day}. Please bring a ${random.choice(OBJECTS)}.`, `Meeting on ${day}`],
    () => [`I cannot find the ${thing}. Did you leave it ${place.where}?`, `Lost ${thing}`],
  ])();
  return {
    email_body: `Hi ${to}, ${body[0].toLowerCase() === 'i' ? body : body[0].toLowerCase() + body.slice(1)} ${from}`,
    subject_line,
  };
}

/** The embedded tasks: their maker, their splits with row counts, and the index column that the hub's layout has. */
export const ITEMS = {
  rte: { make: rte, splits: { train: 80, validation: 28 }, unlabelled: { test: 12 }, index: 'last' },
  copa: { make: copa, splits: { train: 80, validation: 28 }, unlabelled: { test: 12 }, index: 'before-label' },
  sst2: { make: sst2, splits: { train: 80, validation: 28 }, index: 'first' },
  mrpc: { make: mrpc, splits: { train: 80, test: 28 }, index: 'last' },
  arc: { make: arc, splits: { train: 80, test: 28 }, index: 'id' },
  bool_q: { make: boolQ, splits: { train: 80, validation: 28 } },
  cosmos_qa: { make: cosmosQa, splits: { train: 80, validation: 28 }, unlabelled: { test: 12 }, index: 'id' },
  dpr_raw: { make: dprRaw, splits: { train: 80, test: 28 } },
  wsc273: { make: wsc273, splits: { test: 60 } },
  cola: { make: cola, splits: { train: 80, validation: 28 }, unlabelled: { test: 12 }, index: 'last' },
  trec: { make: trec, splits: { train: 80, test: 28 } },
  common_gen: { make: commonGen, splits: { train: 80, validation: 28 }, index: 'concept_set_idx' },
  'wmt16/de-en': { make: germanEnglish, splits: { train: 80, test: 28 } },
  ag_news: { make: agNews, splits: { train: 80, test: 28 } },
  aeslc: { make: aeslc, splits: { train: 80, test: 28 } },
  logical_deduction: { make: logicalDeduction, splits: { train: 40, validation: 24 }, index: 'last' },
  causal_judgment: { make: causalJudgment, splits: { train: 40, validation: 24 }, index: 'last' },
  social_iqa: { make: socialIqa, splits: { train: 40, validation: 24 }, index: 'last' },
};
