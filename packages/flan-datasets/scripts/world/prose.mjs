// Short prose over the world: one maker per kind of paragraph.
import {
  ACTIONS,
  ANIMALS,
  article,
  BLAME,
  COLORS,
  capital,
  DAYS,
  FACT_SENTENCES,
  FACTS,
  FOODS,
  GERMAN,
  HANDLINGS,
  NEEDS,
  OBJECTS,
  PEOPLE,
  PLACES,
  PRAISE,
  QUESTION_KINDS,
  TOPICS,
  WORKS,
} from './vocabulary.mjs';

function day(random) {
  const person = random.choice(PEOPLE);
  const [place, object, animal] = [random.choice(PLACES), random.choice(OBJECTS), random.choice(ANIMALS)];
  const [handling, action] = [random.choice(HANDLINGS), random.choice(ACTIONS)];
  const color = random.choice(COLORS);
  return [
    `On ${random.choice(DAYS)} ${person.name} was ${place.where}.`,
    `${capital(person.they)} ${handling.past} a ${color} ${object}.`,
    `The ${object} was ${color}, and ${person.name} liked it.`,
    `Then the ${animal} ${action.past} ${place.where} too.`,
  ];
}

function need(random) {
  const person = random.choice(PEOPLE);
  const { state, does } = random.choice(NEEDS);
  const felt = [`${person.name} was ${state}.`, `${capital(person.they)} ${does}.`];
  const did = [`${person.name} ${does}.`, `${capital(person.they)} was ${state}.`];
  return [
    ...random.choice([felt, did]),
    `Who is ${state} ${does.replace(/^(ate|drank|went|put|took|saw|read|ran)/, (word) => PRESENT[word])}.`,
  ];
}

const PRESENT = {
  ate: 'eats',
  drank: 'drinks',
  went: 'goes',
  put: 'puts',
  took: 'takes',
  saw: 'sees',
  read: 'reads',
  ran: 'runs',
};

function opinion(random) {
  const good = random.random() < 0.5;
  const [first, second] = random.sample(good ? PRAISE : BLAME, 2);
  const [work, person] = [random.choice(WORKS), random.choice(PEOPLE)];
  return [
    `${person.name} saw ${article(first)} ${work} about a ${random.choice(ANIMALS)}.`,
    `It was ${first} and ${second}, and ${person.they} ${good ? 'loved' : 'hated'} it.`,
    `${capital(article(second))} ${work} is ${good ? 'good: the word for it is positive' : 'bad: the word for it is negative'}.`,
  ];
}

function facts(random) {
  return random.sample(FACTS, 4).map(({ subject, relation, value }) => FACT_SENTENCES[relation](subject, value));
}

function gift(random) {
  const [giver, taker] = random.sample(PEOPLE, 2).map(({ name }) => name);
  const [object, place] = [random.choice(OBJECTS), random.choice(PLACES)];
  return [
    `${giver} gave ${taker} a ${object} ${place.where}.`,
    `So ${taker} got the ${object} from ${giver}, and it happened ${place.where}.`,
    `Now ${taker} has the ${object}, and ${giver} does not have it.`,
  ];
}

function news(random) {
  const { label, who, does } = random.choice(TOPICS);
  const [first, second] = random.sample(does, 2);
  const subject = random.choice(who);
  return [
    `${label} news: ${subject.toLowerCase()} ${first}.`,
    `It ${second}, too.`,
    `That is news of the kind ${label}.`,
  ];
}

function letter(random) {
  const [from, to] = random.sample(PEOPLE, 2).map(({ name }) => name);
  const thing = random.choice([...OBJECTS, ...FOODS]);
  return [`Dear ${to}, do you have the ${thing}?`, `I need it on ${random.choice(DAYS)}.`, `Your friend ${from}`];
}

function german(random) {
  const { subjects, actions, places, handlings, objects, qualities } = GERMAN;
  return [0, 1].map(() => {
    const subject = random.choice(subjects);
    const rest = random.choice([
      () => [random.choice(actions), random.choice(places)],
      () => [random.choice(handlings), random.choice(objects)],
      () => [['is', 'ist'], random.choice(qualities)],
    ])();
    const [en, de] = [0, 1].map((side) => [subject, ...rest].map((pair) => pair[side]).join(' '));
    return `${en}. In German: ${de}.`;
  });
}

function row(random) {
  const object = random.choice(OBJECTS);
  const [a, b, c] = random.sample(COLORS, 3);
  return [
    `A ${a}, a ${b} and a ${c} ${object} stand in a row.`,
    `The ${a} ${object} is left of the ${b} ${object}, and the ${c} ${object} is right of the ${b} ${object}.`,
    `So the ${a} ${object} is the leftmost and the ${c} ${object} is the rightmost.`,
  ];
}

function inside(random) {
  const [object, color] = [random.choice(OBJECTS), random.choice(COLORS)];
  const [here, there] = random.sample(PLACES, 2);
  return [
    `Where is the ${color} ${object}? It is ${here.where}.`,
    `Is the ${object} ${here.where}? Yes, that is true.`,
    `Is the ${object} ${there.where}? No, that is false: it is not ${there.where}.`,
  ];
}

/** What single words say about a text: the shortest way to learn what the labels mean. */
function meanings(random) {
  const words = [
    ...PRAISE.map((word) => `${capital(word)} is positive.`),
    ...BLAME.map((word) => `${capital(word)} is negative.`),
    ...TOPICS.flatMap(({ label, who, does }) => [...who, ...does].map((text) => `${capital(text)}: ${label}.`)),
    ...QUESTION_KINDS.flatMap(({ label, ask }) =>
      ask.map((make) => `${make(EXAMPLE).split(' ').slice(0, 3).join(' ')}: ${label}.`),
    ),
    ...NEEDS.map(({ state, does }) => `${capital(state)}: ${does}.`),
  ];
  return random.sample(words, 5);
}

const EXAMPLE = { name: 'Anna', object: 'box', place: 'park', letters: 'ABC' };

/** Every kind of paragraph, as lists of sentences. */
export const PARAGRAPHS = [
  day,
  need,
  need,
  opinion,
  facts,
  gift,
  news,
  letter,
  german,
  row,
  inside,
  meanings,
  meanings,
  meanings,
];
