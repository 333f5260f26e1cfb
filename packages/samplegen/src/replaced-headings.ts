/** The fixed words of blocks with questions and choices. */
export interface TranslatedHeadings {
  readonly example: string;
  readonly solution: string;
  readonly answer: string;
  readonly options: string;
  /** A heading with its number, or for the question to solve. */
  readonly of: (heading: string, n: number | 'solution') => string;
}

const HEADINGS = {
  english: {
    example: 'Example',
    solution: 'Solution',
    answer: 'Answer',
    options: 'Options',
    of: (heading, n) => `${heading} ${n === 'solution' ? 'Solution' : n}`,
  },
  gaelic: {
    example: 'Eisimpleir',
    solution: 'Fuasgladh',
    answer: 'Freagairt',
    options: 'Roghainnean',
    of: (heading, n) => (n === 'solution' ? `Fuasgladh ${heading}` : `${heading} ${n}`),
  },
} as const satisfies Record<string, TranslatedHeadings>;

export function translatedHeadings(language: keyof typeof HEADINGS): TranslatedHeadings {
  return HEADINGS[language];
}

/** The reference's replacements, of its test module and then of its separate script, in their order. */
const GAELIC = [
  ['Options Solution', 'Fuasgladh Roghainnean'],
  ['Options', 'Roghainnean'],
  ['Answer Solution', 'Fuasgladh Freagairt'],
  ['Example 1', 'Eisimpleir 1'],
  ['Example 2', 'Eisimpleir 2'],
  ['Solution', 'Fuasgladh'],
] as const;

function inGaelic(text: string): string {
  return GAELIC.reduce((translated, [english, gaelic]) => translated.replaceAll(english, gaelic), text);
}

const collapse = (text: string): string => text.replaceAll('\n \n', '\n').replaceAll('\n\n', '\n');

export interface ReplacedHeadingsOptions {
  /** Only a quoted run at the start of a line is taken for options. */
  readonly optionsOnOwnLine: boolean;
  readonly unify: boolean;
  /** English headings become Gaelic ones, wherever they stand (Q76). */
  readonly translated: boolean;
}

/** Puts headings into finished questions by replacement, as the reference does (behaviour 11.4, Q52, Q76). */
export function replacedHeadings(
  gold: readonly string[],
  question: string,
  { optionsOnOwnLine, unify, translated }: ReplacedHeadingsOptions,
): string {
  const quotedRuns = optionsOnOwnLine ? /\n("[^\n]+")+/g : /("[^\n]+")+/g;
  const blocks = gold.map((text, index) => {
    const n = index + 1;
    const bare = collapse(
      text
        .replaceAll('Q: ', '')
        .replace(/ choice:[\s\S]*/, '')
        .replaceAll('Context: ', ''),
    );
    const named = bare
      .replaceAll('Answer Solution:', `Answer ${n}:`)
      .replaceAll('Question:', `Question ${n}:`)
      .replaceAll('Options:', `Options ${n}:`);
    return `Example ${n}:\n${named}`;
  });
  let samples = blocks.join('\n\n');
  const runs = [...samples.matchAll(quotedRuns)].map(([whole]) => whole.replace(/^\n/, ''));
  runs.forEach((run, index) => {
    samples = samples.replaceAll(run, () => `Options ${index + 1}: ${run}`);
  });
  samples = samples.replaceAll(' Options', 'Options');
  const asked = collapse(question).replaceAll('Question', 'Question Solution');
  const choices = /("[^\n]+")+/.exec(asked)?.[0];
  // Wherever they stand: a quotation in a question, which is taken for options, may come again (Q52).
  const main =
    choices === undefined ? asked : asked.replaceAll(choices, () => `Options Solution: ${choices}\nAnswer Solution:`);
  const text = `${samples}\n\nSolution:\n${main}`;
  const unified = unify ? text.replaceAll('Question', 'Input 1').replaceAll('Options', 'Input 2') : text;
  return translated ? inGaelic(unified) : unified;
}
