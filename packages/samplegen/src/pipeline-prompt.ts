import { NumpyGenerator, type PythonRandom } from '@flanlab/random';
import { PromptError } from './errors.js';
import { extractSamples } from './extract-samples.js';
import type { PromptRow } from './prompt-row.js';
import { stripSystemPrompt } from './strip-system-prompt.js';

export interface PipelinePromptOptions {
  /** Byte for byte the reference (default false). */
  readonly compat?: boolean;
  /** Keep only `Example 1` of each text, numbered on (the ablation); by default where there are several texts. */
  readonly firstSamples?: boolean;
}

/**
 * The prompt of a base model: solved samples, then the block of a gold-pipeline row, ending with `Answer Solution:`
 * (behaviour 11.2). `samples` are texts as {@link extractSamples} returns them; with more than one, or with
 * `firstSamples`, only `Example 1` of each is kept and they are numbered on. By default the numbers behind the headings follow; in compat mode they stay 1 (Q51).
 */
export function pipelinePrompt(
  goldBlock: string,
  samples: readonly string[],
  { compat = false, firstSamples = samples.length > 1 }: PipelinePromptOptions = {},
): string {
  const shown = firstSamples
    ? samples.map((text, index) => renumber(text, index + 1, compat)).join('')
    : samples.join('');
  const prompt = `${shown.replace(/\n+$/, '')}\n\nSolution:\n${goldBlock.replace(/^\n+/, '')}`;
  return stripSystemPrompt(prompt).replace(/ +$/, '');
}

function renumber(text: string, number: number, compat: boolean): string {
  const first = text.split('Example 2:')[0]!;
  if (number === 1) return first;
  const renamed = first.replaceAll('Example 1:', `Example ${number}:`);
  return compat ? renamed : renamed.replace(/^([A-Z]\w*(?: [0-9])?) 1: /gm, `$1 ${number}: `);
}

export interface TrainingPipelineOptions extends Pick<PipelinePromptOptions, 'compat'> {
  /** Gold-pipeline test rows, in the order to ask them. */
  readonly tests: readonly PromptRow[];
  /** SampleGen training rows that lend their samples. */
  readonly source: readonly Pick<PromptRow, 'text'>[];
  /** Draws the source row(s) of each test row. */
  readonly random: PythonRandom;
  /** The ablation: the first sample of each of so many source rows. When left out, all samples of one source row. */
  readonly rowsPerPrompt?: number;
}

// Rows with these made the reference's regular expression hang, so it drops them (behaviour 11.2).
const DROPPED = [
  'Applied for full membership',
  'Louis van Gaal: W61 D22 L17',
  'Final: Saturday 20 August (18:00 BST)',
  'Communications Bill: James Brokenshire and Shami Chakrabarti',
  'Age: 22 Sport: Gymnastics',
];

const SHUFFLE_SEED = 42;

/**
 * Prompts for a base model with samples from SampleGen training rows (behaviour 11.2). The source is shuffled with seed 42;
 * source rows without samples are skipped (Q50) – by default before drawing, in compat mode by drawing again.
 *
 * @throws {PromptError} `PROMPT_SOURCE_EMPTY` when no source row holds samples, `PROMPT_CONTEXT_TOO_SMALL` when there are
 * fewer than `rowsPerPrompt`
 */
export function* pipelinePromptsFromTraining(options: TrainingPipelineOptions): Generator<PromptRow, void, undefined> {
  const { tests, source, random, rowsPerPrompt, compat = false } = options;
  const rowCount = rowsPerPrompt ?? 1;
  const how = { compat, firstSamples: rowsPerPrompt !== undefined };
  const order = [...new NumpyGenerator(SHUFFLE_SEED).permutation(source.length)].map((index) => source[index]!.text);
  const kept = compat ? order.filter((text) => !DROPPED.some((phrase) => text.includes(phrase))) : order;
  const extracted = kept.map((text) => extractSamples(text, { compat }));
  const pool = compat ? extracted : extracted.filter((samples) => samples !== undefined);
  const usable = pool.filter((samples) => samples !== undefined).length;
  if (usable === 0) throw noSamples(source.length);
  if (usable < rowCount) throw tooFew(usable, rowCount);
  for (const test of tests) {
    let drawn: readonly (string | undefined)[];
    do drawn = random.sample(pool, rowCount);
    while (drawn.includes(undefined));
    yield asPrompt(test, pipelinePrompt(test.text, drawn as readonly string[], how));
  }
}

/** One row of a SampleGen model's own run: what it was asked for and what it wrote. */
export interface SampleGenResponse {
  readonly response: string;
  readonly labels: string | number;
  readonly gold_options: readonly string[];
  readonly task: string;
  readonly template?: string;
  readonly examples?: readonly string[];
}

/**
 * Prompts for a base model from what a SampleGen model wrote (behaviour 11.3): each response up to and including its first
 * `Answer Solution:`, in the order of a shuffle with seed 42. A response without that phrase is used whole.
 */
export function pipelinePromptsFromResponses(
  responses: readonly SampleGenResponse[],
  { num = responses.length }: { readonly num?: number } = {},
): PromptRow[] {
  const order = new NumpyGenerator(SHUFFLE_SEED).permutation(responses.length);
  return [...order.subarray(0, num)].map((index) => {
    const { response, labels, gold_options, task, template = '', examples = [] } = responses[index]!;
    const text = cutAtAnswer(response);
    return { text, labels, gold_options, label_start: text.length, label_end: text.length, task, template, examples };
  });
}

/** A SampleGen response without leading newlines, cut right after its first `Answer Solution:`. */
export function cutAtAnswer(response: string): string {
  const text = response.replace(/^\n+/, '');
  const at = text.indexOf('Answer Solution:');
  return at < 0 ? text : text.slice(0, at + 'Answer Solution:'.length);
}

function asPrompt(test: PromptRow, text: string): PromptRow {
  return { ...test, text, label_start: text.length, label_end: text.length };
}

function noSamples(rows: number): PromptError {
  return new PromptError('PROMPT_SOURCE_EMPTY', {
    what: 'There are no samples to show a base model.',
    why: `None of the ${rows} source row(s) holds "Example 1:" … "Solution:".`,
    fix: 'Use SampleGen training rows as the source.',
  });
}

function tooFew(usable: number, needed: number): PromptError {
  return new PromptError('PROMPT_CONTEXT_TOO_SMALL', {
    what: `Each prompt needs samples from ${needed} source rows.`,
    why: `Only ${usable} of them hold samples.`,
    fix: 'Use more source rows, or fewer per prompt.',
  });
}
