/**
 * Where an answer was looked for. `words` tells a reader of the report why it was taken from there.
 * Source: behaviour of the reference's extraction, steps 1a to 1d, 3a and 3b.
 */
export const REGION_RULES = {
  'answer-solution-line': {
    words: 'The first "Answer Solution:" and the rest of its line, which is where a tuned model was taught to answer.',
  },
  'before-end-of-sequence': {
    words: 'The text before "</s>", on the first line that has one: the end of a Regular Prompt answer.',
  },
  'answer-phrase': {
    words: 'The first line with text holds "Answer:" or "Answer Solution:"; what follows it is taken.',
  },
  'first-line': {
    words: 'A base model was asked and wrote no "Answer:", so its first line with text is taken whole.',
  },
  nothing: { words: 'Nothing in the response has the form of an answer, so the answer is empty.' },
} as const satisfies Record<string, { readonly words: string }>;

export type RegionRule = keyof typeof REGION_RULES;

/** How the region became the answer, in words for the report. */
export const CLEANING_STEPS = {
  'as-is': { words: 'Used as written, without its introduction.' },
  unquoted: { words: 'Spaces and double quotes around it were removed.' },
  option: { words: 'It equals one option, apart from case, quotes and final dots, so that option is the answer.' },
  letter: { words: 'It names an option by its letter, so that option is the answer.' },
  number: { words: 'It was read as a number; text that is no number counts as 9.0.' },
  amount: { words: 'Currency, percent and quote characters were removed.' },
  empty: { words: 'Nothing was left to clean.' },
} as const satisfies Record<string, { readonly words: string }>;

export type CleaningStep = keyof typeof CLEANING_STEPS;

interface ExtractionTraits {
  /** Candidates may be given in double quotes, as the options are shown (reference: `closed` and `bad-prompt` only). */
  readonly quoted?: true;
  /** Free text: an answer is never replaced by an option. */
  readonly free?: true;
  readonly number?: true;
  readonly amount?: true;
}

const TRAITS = {
  logical_deduction: { quoted: true },
  gsm8k: { free: true, amount: true },
  common_gen: { free: true },
  stsb: { number: true },
} as const satisfies Record<string, ExtractionTraits>;

/** What a task changes about extraction. Translation tasks (`wmt…` anywhere in the name) are free text. */
export function extractionTraits(task: string): ExtractionTraits {
  if (Object.hasOwn(TRAITS, task)) return TRAITS[task as keyof typeof TRAITS];
  return task.includes('wmt') ? { free: true } : {};
}
