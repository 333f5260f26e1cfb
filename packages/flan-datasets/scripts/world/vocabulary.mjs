// The small world that all embedded text is about. Written by hand for this project; nothing is taken from a data set.

export const PEOPLE = [
  { name: 'Anna', they: 'she', their: 'her' },
  { name: 'Ben', they: 'he', their: 'his' },
  { name: 'Clara', they: 'she', their: 'her' },
  { name: 'Daniel', they: 'he', their: 'his' },
  { name: 'Emma', they: 'she', their: 'her' },
  { name: 'Felix', they: 'he', their: 'his' },
  { name: 'Greta', they: 'she', their: 'her' },
  { name: 'Hugo', they: 'he', their: 'his' },
  { name: 'Ida', they: 'she', their: 'her' },
  { name: 'Jonas', they: 'he', their: 'his' },
];

export const OBJECTS = ['ball', 'book', 'hat', 'lamp', 'cup', 'box', 'key', 'coat'];
export const COLORS = ['red', 'blue', 'green', 'yellow', 'black', 'white'];
export const FOODS = ['bread', 'soup', 'cheese', 'rice', 'cake', 'fruit'];

/** A place, and the words that put something there. */
export const PLACES = [
  { noun: 'garden', where: 'in the garden' },
  { noun: 'kitchen', where: 'in the kitchen' },
  { noun: 'park', where: 'in the park' },
  { noun: 'school', where: 'at the school' },
  { noun: 'market', where: 'at the market' },
  { noun: 'library', where: 'in the library' },
  { noun: 'station', where: 'at the station' },
  { noun: 'house', where: 'in the house' },
];

export const ANIMALS = ['dog', 'cat', 'horse', 'bird', 'mouse', 'cow', 'rabbit', 'duck'];
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'];

/** An action in the forms that sentences need. */
export const ACTIONS = [
  { base: 'run', now: 'runs', past: 'ran' },
  { base: 'sleep', now: 'sleeps', past: 'slept' },
  { base: 'play', now: 'plays', past: 'played' },
  { base: 'wait', now: 'waits', past: 'waited' },
  { base: 'sing', now: 'sings', past: 'sang' },
  { base: 'eat', now: 'eats', past: 'ate' },
];

export const HANDLINGS = [
  { base: 'find', now: 'finds', past: 'found' },
  { base: 'buy', now: 'buys', past: 'bought' },
  { base: 'see', now: 'sees', past: 'saw' },
  { base: 'lose', now: 'loses', past: 'lost' },
  { base: 'clean', now: 'cleans', past: 'cleaned' },
  { base: 'hide', now: 'hides', past: 'hid' },
];

export const WORKS = ['film', 'story', 'song', 'play', 'show', 'book'];
export const PRAISE = ['great', 'lovely', 'wonderful', 'charming', 'funny', 'brilliant', 'warm', 'clever'];
export const BLAME = ['awful', 'boring', 'terrible', 'dull', 'silly', 'weak', 'cold', 'empty'];

/** What somebody feels, and what they do about it. */
export const NEEDS = [
  { state: 'hungry', does: 'ate some bread' },
  { state: 'thirsty', does: 'drank some water' },
  { state: 'tired', does: 'went to bed' },
  { state: 'cold', does: 'put on a coat' },
  { state: 'dirty', does: 'took a bath' },
  { state: 'ill', does: 'saw a doctor' },
  { state: 'bored', does: 'read a book' },
  { state: 'late', does: 'ran to the station' },
];

/** Facts that the pre-training text repeats and that questions ask about. */
export const FACTS = [
  { subject: 'snow', relation: 'color', value: 'white' },
  { subject: 'grass', relation: 'color', value: 'green' },
  { subject: 'the sky', relation: 'color', value: 'blue' },
  { subject: 'the sun', relation: 'color', value: 'yellow' },
  { subject: 'coal', relation: 'color', value: 'black' },
  { subject: 'blood', relation: 'color', value: 'red' },
  { subject: 'a dog', relation: 'sound', value: 'barks' },
  { subject: 'a cat', relation: 'sound', value: 'meows' },
  { subject: 'a cow', relation: 'sound', value: 'moos' },
  { subject: 'a duck', relation: 'sound', value: 'quacks' },
  { subject: 'a bird', relation: 'sound', value: 'sings' },
  { subject: 'a horse', relation: 'home', value: 'stable' },
  { subject: 'a fish', relation: 'home', value: 'river' },
  { subject: 'a bee', relation: 'home', value: 'hive' },
  { subject: 'a fox', relation: 'home', value: 'forest' },
  { subject: 'a pupil', relation: 'home', value: 'school' },
];

export const FACT_SENTENCES = {
  color: (subject, value) => `${capital(subject)} is ${value}.`,
  sound: (subject, value) => `${capital(subject)} ${value}.`,
  home: (subject, value) =>
    `${capital(subject)} lives in the ${value}.`.replace('lives in the school', 'learns in the school'),
};

export const FACT_QUESTIONS = {
  color: [(s) => `What color is ${s}?`, (s) => `Which color does ${s} have?`, (s) => `Tell me the color of ${s}.`],
  sound: [(s) => `What does ${s} do?`, (s) => `Which sound comes from ${s}?`, (s) => `How is ${s} heard?`],
  home: [(s) => `Where is ${s} found?`, (s) => `Which place is right for ${s}?`, (s) => `Where can you meet ${s}?`],
};

/** News by topic, in the order of the classes. */
export const TOPICS = [
  {
    label: 'World',
    who: ['The president', 'The king', 'The minister', 'The army'],
    does: ['signs a peace plan', 'visits the border', 'speaks to the people', 'calls for an election'],
  },
  {
    label: 'Sports',
    who: ['The team', 'The player', 'The coach', 'The runner'],
    does: ['wins the match', 'loses the final', 'scores a goal', 'trains for the cup'],
  },
  {
    label: 'Business',
    who: ['The bank', 'The company', 'The shop', 'The market'],
    does: ['raises its prices', 'sells more shares', 'reports a profit', 'cuts many jobs'],
  },
  {
    label: 'Sci/Tech',
    who: ['The scientist', 'The robot', 'The computer', 'The rocket'],
    does: ['studies a new planet', 'runs a new program', 'flies to the moon', 'tests a new phone'],
  },
];

/** Questions by the kind of thing they ask for. */
export const QUESTION_KINDS = [
  {
    label: 'ABBR',
    ask: [(x) => `What does ${x.letters} stand for ?`, (x) => `What is the full form of ${x.letters} ?`],
  },
  {
    label: 'ENTY',
    ask: [
      (x) => `What animal lives near the ${x.place} ?`,
      (x) => `What color is the ${x.object} ?`,
      (x) => `What food does ${x.name} like ?`,
    ],
  },
  {
    label: 'DESC',
    ask: [
      (x) => `Why does ${x.name} need a ${x.object} ?`,
      (x) => `How does a ${x.object} work ?`,
      (x) => `What is the meaning of ${x.object} ?`,
    ],
  },
  {
    label: 'HUM',
    ask: [
      (x) => `Who found the ${x.object} ?`,
      (x) => `Who lives near the ${x.place} ?`,
      (x) => `Who is the friend of ${x.name} ?`,
    ],
  },
  {
    label: 'LOC',
    ask: [
      (x) => `Where is the ${x.object} ?`,
      (x) => `Where does ${x.name} live ?`,
      (x) => `Where can I buy a ${x.object} ?`,
    ],
  },
  {
    label: 'NUM',
    ask: [
      (x) => `How many people are at the ${x.place} ?`,
      (x) => `How old is ${x.name} ?`,
      (x) => `When does the ${x.place} open ?`,
    ],
  },
];

export const LETTERS = ['ABC', 'BBD', 'CAD', 'DNA', 'EFG', 'FAQ', 'GPS', 'HTL', 'IBK', 'KLM', 'LTD', 'NPC'];

/** A phrase grammar in two languages. German nouns carry their article, once as subject and once as object. */
export const GERMAN = {
  subjects: [
    ['The dog', 'Der Hund'],
    ['The cat', 'Die Katze'],
    ['The horse', 'Das Pferd'],
    ['The child', 'Das Kind'],
    ['The man', 'Der Mann'],
    ['The woman', 'Die Frau'],
    ['Anna', 'Anna'],
    ['Ben', 'Ben'],
    ['Clara', 'Clara'],
    ['Felix', 'Felix'],
  ],
  actions: [
    ['sleeps', 'schläft'],
    ['runs', 'läuft'],
    ['plays', 'spielt'],
    ['waits', 'wartet'],
    ['sings', 'singt'],
    ['eats', 'isst'],
  ],
  places: [
    ['in the garden', 'im Garten'],
    ['in the kitchen', 'in der Küche'],
    ['in the park', 'im Park'],
    ['in the house', 'im Haus'],
    ['at the station', 'am Bahnhof'],
    ['at the market', 'auf dem Markt'],
  ],
  handlings: [
    ['sees', 'sieht'],
    ['finds', 'findet'],
    ['buys', 'kauft'],
    ['has', 'hat'],
  ],
  objects: [
    ['the ball', 'den Ball'],
    ['the book', 'das Buch'],
    ['the lamp', 'die Lampe'],
    ['the hat', 'den Hut'],
    ['the bread', 'das Brot'],
    ['the cup', 'die Tasse'],
    ['the key', 'den Schlüssel'],
  ],
  qualities: [
    ['tired', 'müde'],
    ['hungry', 'hungrig'],
    ['happy', 'glücklich'],
    ['old', 'alt'],
    ['young', 'jung'],
    ['small', 'klein'],
    ['big', 'groß'],
  ],
};

export function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** With its article: 'an awful', 'a dull'. */
export function article(word) {
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}
