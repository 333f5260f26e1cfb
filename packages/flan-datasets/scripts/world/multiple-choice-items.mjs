// Makers of the BIG-bench-like tasks: (random, turn) → one raw row in the columns of the hub.

import { choices, some } from './draw.mjs';
import { ANIMALS, COLORS, capital, OBJECTS, PEOPLE, PLACES } from './vocabulary.mjs';

const SCORES = (all, index) => all.map((_, i) => (i === index ? 1 : 0));

function bigBench(inputs, right, all) {
  const index = all.indexOf(right);
  return { inputs, targets: [right], multiple_choice_targets: all, multiple_choice_scores: SCORES(all, index) };
}

/** Three coloured things in a row; both neighbours are told. */
export function logicalDeduction(random) {
  const object = random.choice(OBJECTS);
  const order = some(random, COLORS, 3);
  const mentioned = some(random, order, 3);
  const left = (a, b) =>
    random.choice([
      `The ${a} ${object} is left of the ${b} ${object}.`,
      `The ${b} ${object} is right of the ${a} ${object}.`,
    ]);
  const clues = [left(order[0], order[1]), left(order[1], order[2])];
  random.shuffle(clues);
  const [place, at] = random.choice([
    ['leftmost', 0],
    ['rightmost', 2],
    ['second from the left', 1],
  ]);
  const all = mentioned.map((color) => `The ${color} ${object} is the ${place}.`);
  const list = mentioned.map((color) => `a ${color} ${object}`);
  return bigBench(
    `Three things stand in a row: ${list[0]}, ${list[1]} and ${list[2]}. ${clues.join(' ')}`,
    `The ${order[at]} ${object} is the ${place}.`,
    all,
  );
}

/** Who did it caused it; who only stood by did not. */
export function causalJudgment(random, turn) {
  const [doer, witness] = some(random, PEOPLE, 2).map(({ name }) => name);
  const [object, animal] = [random.choice(OBJECTS), random.choice(ANIMALS)];
  const place = random.choice(PLACES);
  const [deed, seen, result] = random.choice([
    [`dropped the ${object}`, `looked at it`, `the ${object} to break`],
    [`opened the gate`, `stood by the wall`, `the ${animal} to run away`],
    [`left the window open`, `slept`, `the ${object} to get wet`],
    [`fed the ${animal}`, `read a book`, `the ${animal} to grow`],
  ]);
  const yes = turn % 2 === 0;
  const story = `${capital(place.where)}, ${doer} ${deed} and ${witness} ${seen}.`;
  return bigBench(`Q: ${story} Did ${yes ? doer : witness} cause ${result}?\nA:`, yes ? 'Yes' : 'No', ['Yes', 'No']);
}

const FEELINGS = [
  { deed: (a, b, x) => `${a} gave ${b} a ${x}.`, feels: 'thankful' },
  { deed: (a, b, x) => `${a} took the ${x} of ${b}.`, feels: 'angry' },
  { deed: (a, b, x) => `${a} broke the ${x} of ${b}.`, feels: 'sad' },
  { deed: (a, b, x) => `${a} hid behind a ${x} and scared ${b}.`, feels: 'afraid' },
];

export function socialIqa(random) {
  const [a, b] = some(random, PEOPLE, 2).map(({ name }) => name);
  const event = random.choice(FEELINGS);
  const wrong = some(
    random,
    FEELINGS.filter(({ feels }) => feels !== event.feels),
    2,
  ).map(({ feels }) => feels);
  const { all } = choices(random, event.feels, wrong);
  const list = all.map((choice) => `\n  choice: ${choice}`).join('');
  return bigBench(`Q: ${event.deed(a, b, random.choice(OBJECTS))} How does ${b} feel?${list}\nA:`, event.feels, all);
}
