import {
  CLEANING_STEPS,
  type CleaningStep,
  extractionTraits,
  REGION_RULES,
  type RegionRule,
} from './data/extraction-rules.js';
import { EvaluatorError } from './errors.js';
import { matchLetter, matchVerbatim } from './match-option.js';
import { formatPythonFloat, parsePythonFloat, strip, stripCharacters } from './python-text.js';

export type PromptFormat = 'mix_prompts' | 'flan_prompts';

export interface ExtractionInput {
  readonly response: string;
  /** `base` for a model without instruction tuning; its first line may count as the answer. */
  readonly run: 'trained' | 'base';
  /** What a trained model was taught: SampleGen (`mix_prompts`) or Regular Prompt (`flan_prompts`). */
  readonly promptFormat?: PromptFormat | null;
  /** BIG-bench prompt style, which steers cleaning for every task. `closed` when left out. */
  readonly format?: string | null;
  readonly task: string;
  readonly options: readonly string[];
  readonly compat?: boolean;
}

export interface Extraction {
  readonly answer: string;
  /** Where it came from, as UTF-16 offsets into the raw response; null when nothing was found. */
  readonly region: { readonly start: number; readonly end: number } | null;
  readonly rule: RegionRule;
  readonly step: CleaningStep;
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly rule: RegionRule;
}

const ANSWER_SOLUTION = /Answer Solution:[^\n]*/;
const ANSWER_PHRASE = /[aA]nswer(?: Solution)*:[^\n]*/;
const END_OF_SEQUENCE = '</s>';

function matchRegion(pattern: RegExp, text: string, rule: RegionRule, offset = 0): Region | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  return { start: offset + match.index, end: offset + match.index + match[0].length, rule };
}

/** Linear form of the reference's `(.(?!</s>))*.(?=</s>)`, which is quadratic on long lines. */
function textBeforeEnd(response: string): Region | null {
  let start = 0;
  for (const line of response.split('\n')) {
    const end = line.indexOf(END_OF_SEQUENCE, 1);
    if (end > 0) return { start, end: start + end, rule: 'before-end-of-sequence' };
    start += line.length + 1;
  }
  return null;
}

/** First line that has more than whitespace, stripped, with its place in the response. */
function firstLine(response: string): Region | null {
  let start = 0;
  for (const line of response.split('\n')) {
    const stripped = strip(line);
    if (stripped !== '') {
      const lead = line.indexOf(stripped);
      return { start: start + lead, end: start + lead + stripped.length, rule: 'first-line' };
    }
    start += line.length + 1;
  }
  return null;
}

function findRegion({ response, run, promptFormat }: ExtractionInput): Region | null {
  if (run === 'base') {
    const line = firstLine(response);
    if (line === null) return null;
    return matchRegion(ANSWER_PHRASE, response.slice(line.start, line.end), 'answer-phrase', line.start) ?? line;
  }
  const answerSolution = matchRegion(ANSWER_SOLUTION, response, 'answer-solution-line');
  if (promptFormat === 'mix_prompts') return answerSolution;
  if (promptFormat === 'flan_prompts') return textBeforeEnd(response) ?? answerSolution;
  throw new EvaluatorError(
    'EVALUATION_PROMPT_FORMAT_MISSING',
    {
      what: 'The answers of a trained model cannot be extracted without its prompt format.',
      why: `Its prompt format is ${promptFormat === undefined || promptFormat === null ? 'not given' : `"${promptFormat as string}"`}.`,
      fix: 'Give "mix_prompts" for a SampleGen model or "flan_prompts" for a Regular Prompt model.',
    },
    { kind: 'usage' },
  );
}

function withoutIntroduction(region: string, compat: boolean): string {
  if (compat) {
    return region
      .replace(/[aA]nswer(?: Solution):[ *]*/g, '')
      .replaceAll('Answer: ', '')
      .replace(/^ +/, '');
  }
  // "answer: no" loses its introduction too, and "Answer:" inside the answer stays.
  const introduction = region.lastIndexOf('Answer Solution:');
  const answer = introduction > 0 ? region.slice(introduction) : region;
  return answer.replace(/^(?:[aA]nswer(?: Solution)*:[ *]*)+/, '').replace(/^ +/, '');
}

type Cleaned = readonly [answer: string, step: CleaningStep];

const unquote = (text: string): string => stripCharacters(stripCharacters(text, ' '), '"');

/** The reference's steps 2a to 2e. */
function cleanAsReference(candidate: string, format: string, input: ExtractionInput): Cleaned {
  if (format === 'closed-adv' || format === 'adv') {
    const option = matchLetter(candidate, input.options, { run: input.run, compat: true });
    return option === null ? [candidate, 'as-is'] : [option, 'letter'];
  }
  if (format === 'closed' || format.includes('bad-prompt')) {
    if (!extractionTraits(input.task).quoted) return [candidate, 'as-is'];
    return [stripCharacters(candidate.replace(/^ +/, ''), '"'), 'unquoted'];
  }
  return [unquote(candidate), 'unquoted'];
}

function clean(candidate: string, format: string, input: ExtractionInput): Cleaned {
  const options = input.options.filter((option) => option !== ''); // one empty text stands for no options
  if (format === 'closed-adv' || format === 'adv') {
    const option = matchLetter(candidate, options, { run: input.run });
    if (option !== null) return [option, 'letter'];
  }
  const bare = strip(unquote(strip(candidate)));
  const option = extractionTraits(input.task).free ? null : matchVerbatim(bare, options);
  if (option !== null) return option === candidate ? [option, 'as-is'] : [option, 'option'];
  return bare === candidate ? [candidate, 'as-is'] : [bare, 'unquoted'];
}

/**
 * Finds the answer in a raw response and says where and by which rule.
 *
 * Default: surrounding spaces and quotes go, an answer that spells an option apart from case, quotes and final dots
 * becomes that option, and a letter counts only where it stands alone. Compat: the reference's behaviour, in which
 * quotes, dots and trailing spaces stay with `closed` (Q71), no option is ever matched verbatim (Q57), any capital
 * letter may name an option with `closed-adv` (Q58), and an unreadable `stsb` answer becomes 9.0. In both, a missing
 * format counts as `closed` (Q45), and a trained model's response without a region is an empty answer (Q72).
 *
 * @throws {EvaluatorError} `EVALUATION_PROMPT_FORMAT_MISSING` for a trained run without prompt format
 */
export function extractAnswer(input: ExtractionInput): Extraction {
  const { response, compat = false } = input;
  const region = findRegion(input);
  if (region === null) return { answer: '', region: null, rule: 'nothing', step: 'empty' };
  const { start, end, rule } = region;
  const text = response.slice(start, end);
  const format = input.format ?? 'closed';
  let [answer, step]: Cleaned = [text, 'as-is'];
  if (rule === 'first-line') {
    if (!compat) [answer, step] = clean(text, format, input);
  } else {
    const candidate = withoutIntroduction(text, compat);
    [answer, step] = compat ? cleanAsReference(candidate, format, input) : clean(candidate, format, input);
  }
  const traits = extractionTraits(input.task);
  if (traits.number && compat && answer !== '') {
    [answer, step] = [formatPythonFloat(parsePythonFloat(answer) ?? 9), 'number'];
  }
  if (traits.amount) {
    const amount = answer.replace(/[$%"]/g, '');
    if (amount !== answer) [answer, step] = [amount, 'amount'];
  }
  if (answer === '') step = 'empty';
  return { answer, region: { start, end }, rule, step };
}

/** Why the answer is what it is, in one or two sentences for people. */
export function explainExtraction({ rule, step }: Pick<Extraction, 'rule' | 'step'>): string {
  const where = REGION_RULES[rule].words;
  return rule === 'nothing' ? where : `${where} ${CLEANING_STEPS[step].words}`;
}
