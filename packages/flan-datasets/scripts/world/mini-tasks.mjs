// Made-up small tasks for the pre-training text: they teach the shape "examples, then the same for a new one".
import { ANIMALS, COLORS, capital, DAYS, FOODS, OBJECTS, PEOPLE, PLACES } from './vocabulary.mjs';

const OPPOSITES = [
  ...[
    ['big', 'small'],
    ['old', 'young'],
    ['warm', 'cold'],
    ['happy', 'sad'],
    ['left', 'right'],
    ['good', 'bad'],
    ['fast', 'slow'],
  ],
  ...[
    ['loud', 'quiet'],
    ['black', 'white'],
    ['day', 'night'],
    ['open', 'closed'],
    ['strong', 'weak'],
    ['full', 'empty'],
  ],
];

const KINDS = { animal: ANIMALS, color: COLORS, food: FOODS, thing: OBJECTS, place: PLACES.map(({ noun }) => noun) };

/** Each maker gives the named fields of one example, the options shown (or null) and the answer. */
export const MINI_TASKS = [
  function opposite(random) {
    const pair = random.choice(OPPOSITES);
    const [word, answer] = random.random() < 0.5 ? pair : [pair[1], pair[0]];
    return { fields: { Word: word }, options: null, answer };
  },
  function kind(random) {
    const answer = random.choice(Object.keys(KINDS));
    return { fields: { Word: random.choice(KINDS[answer]) }, options: Object.keys(KINDS), answer };
  },
  function colorOf(random) {
    const [object, color] = [random.choice(OBJECTS), random.choice(COLORS)];
    const text = `${random.choice(PEOPLE).name} has a ${color} ${object}.`;
    return { fields: { Text: text, Question: `What color is the ${object}?` }, options: null, answer: color };
  },
  function placeOf(random) {
    const [animal, place] = [random.choice(ANIMALS), random.choice(PLACES)];
    return {
      fields: { Text: `The ${animal} is ${place.where}.`, Question: `Where is the ${animal}?` },
      options: null,
      answer: place.where,
    };
  },
  function who(random) {
    const [person, object] = [random.choice(PEOPLE).name, random.choice(OBJECTS)];
    return {
      fields: { Text: `${person} took the ${object}.`, Question: `Who took the ${object}?` },
      options: null,
      answer: person,
    };
  },
  function repeat(random) {
    const words = random.sample([...OBJECTS, ...ANIMALS, ...COLORS], 3).join(' ');
    return { fields: { Sentence: words }, options: null, answer: words };
  },
  function firstWord(random) {
    const words = random.sample([...OBJECTS, ...ANIMALS, ...COLORS], 3);
    return { fields: { Sentence: words.join(' ') }, options: null, answer: words[0] };
  },
  function contains(random) {
    const words = random.sample([...OBJECTS, ...COLORS], 4);
    const yes = random.random() < 0.5;
    return {
      fields: { Sentence: words.slice(0, 3).join(' '), Word: yes ? words[random.randbelow(3)] : words[3] },
      options: ['yes', 'no'],
      answer: yes ? 'yes' : 'no',
    };
  },
  function same(random) {
    const [a, b] = random.sample([...OBJECTS, ...ANIMALS], 2);
    const yes = random.random() < 0.5;
    return { fields: { First: a, Second: yes ? a : b }, options: ['yes', 'no'], answer: yes ? 'yes' : 'no' };
  },
  function nextDay(random) {
    const at = random.randbelow(DAYS.length - 1);
    return { fields: { Day: DAYS[at] }, options: null, answer: DAYS[at + 1] };
  },
  function pickOne(random) {
    const words = random.sample(OBJECTS, 3);
    const answer = random.choice(words);
    return {
      fields: { Context: `${capital(random.choice(PEOPLE).name)} wants the ${answer}.` },
      options: words.map((word) => `the ${word}`),
      answer: `the ${answer}`,
    };
  },
  function pronoun(random) {
    const { name, they } = random.choice(PEOPLE);
    return { fields: { Name: name }, options: ['he', 'she'], answer: they };
  },
];
