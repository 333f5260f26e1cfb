import { isFlanlabError, type Problem } from '@flanlab/errors';
import type { BigBenchFormat, OptionNumbering, PromptFrames } from './catalogue.js';
import { parseTemplate } from './template.js';

/** Which published name each frame has, and the slots it must use. */
export const PUBLISHED_FRAMES = {
  samplegenSystem: { name: 'sys-prompt', slots: ['formatted_main_sample'] },
  regularTrain: { name: 'sys-prompt-flan', slots: ['formatted_main_sample', 'target_field'] },
  regularTest: { name: 'sys-prompt-flan-test-new', slots: ['formatted_main_sample'] },
  bigbenchRegular: { name: 'sys-prompt-bigbench-flan', slots: ['formatted_main_sample'] },
  outer: { name: 'outer-template-4', slots: ['sys_and_main', 'ic_string', 'main_sample_parsed', 'ending'] },
  inner: { name: 'gen-inner-template-num2', slots: ['example_num', 'components', 'answer'] },
  ending: { name: 'sys-prompt-ending', slots: [] },
} as const satisfies Record<Exclude<keyof PromptFrames, 'bigbench'>, { name: string; slots: readonly string[] }>;

const BIGBENCH = /^bigbench-(.+?)(-translated)?$/;
const GOLD_SLOTS = ['question', 'options', 'numbered_options', 'answer'];

/** How the formats with numbered choices number them; the files do not say. */
const NUMBERING: Readonly<Record<string, OptionNumbering>> = { 'closed-adv': 'A)', adv: '(a)' };

/** Reads frame name → template; what is wrong goes to `problems`. Names that nothing uses are skipped. */
export function readSamplegenTemplates(value: Readonly<Record<string, unknown>>, problems: Problem[]): PromptFrames {
  const frames = Object.fromEntries(
    Object.entries(PUBLISHED_FRAMES).map(([frame, { name, slots }]) => [
      frame,
      readFrame(value, name, slots, problems),
    ]),
  ) as unknown as Omit<PromptFrames, 'bigbench'>;
  return { ...frames, bigbench: readFormats(value, problems) };
}

function readFrame(
  value: Readonly<Record<string, unknown>>,
  name: string,
  slots: readonly string[],
  problems: Problem[],
): string {
  const text = value[name];
  if (typeof text !== 'string') {
    problems.push({ path: name, message: 'is missing, or no text' });
    return '';
  }
  try {
    const { slots: used } = parseTemplate(text, { id: name, slots });
    const unused = slots.filter((slot) => !used.includes(slot));
    if (unused.length > 0) problems.push({ path: name, message: `lacks the slot(s) {${unused.join('}, {')}}` });
  } catch (error) {
    if (!isFlanlabError(error)) throw error;
    problems.push({ path: name, message: error.why });
  }
  return text;
}

/**
 * `bigbench-X` makes the format X, with `bigbench-X-samplegen` for its solved samples where there is one; the translated
 * ones make `X-translated`. Entries with slots that nothing fills belong to drafts of the reference and are skipped.
 */
function readFormats(value: Readonly<Record<string, unknown>>, problems: Problem[]): Record<string, BigBenchFormat> {
  const formats: Record<string, BigBenchFormat> = {};
  for (const [name, question] of Object.entries(value)) {
    const [, format, suffix = ''] = BIGBENCH.exec(name) ?? [];
    if (format === undefined || format.endsWith('-samplegen') || typeof question !== 'string') continue;
    const numbering = NUMBERING[format];
    const slots = ['question', numbering === undefined ? 'options' : 'numbered_options'];
    if (!onlySlots(name, question, slots, problems)) continue;
    const goldName = `bigbench-${format}-samplegen${suffix}`;
    const gold = value[goldName];
    const usable = typeof gold === 'string' && onlySlots(goldName, gold, GOLD_SLOTS, problems);
    formats[`${format}${suffix}`] = { question, ...(usable ? { gold } : {}), ...(numbering ? { numbering } : {}) };
  }
  return formats;
}

function onlySlots(name: string, text: string, slots: readonly string[], problems: Problem[]): boolean {
  try {
    return parseTemplate(text, { id: name }).slots.every((slot) => slots.includes(slot));
  } catch (error) {
    if (!isFlanlabError(error)) throw error;
    problems.push({ path: name, message: error.why });
    return false;
  }
}
