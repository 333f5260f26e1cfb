import type { PromptRow } from './prompt-row.js';

/** How the block is to be headed. */
export interface SolvedBlockOptions {
  /** Which sample it becomes. */
  readonly n: number;
  /** `Input 1`, `Input 2`, … in place of field names (default false). */
  readonly unify?: boolean;
}

/**
 * What a SampleGen training row solves, as a solved sample for another row: the block behind the last `Solution:` under the headings
 * of sample `n`. Undefined for any other kind of prompt. It goes by the fixed words of the format, as all that is left of
 * the fields is text: a line of a value that begins like a heading (`It Solution: `) is renamed too.
 */
export function solvedBlock(
  { text, label_start: start }: Pick<PromptRow, 'text' | 'label_start'>,
  { n, unify = false }: SolvedBlockOptions,
): string | undefined {
  const solution = text.lastIndexOf(SOLUTION);
  const end = text.lastIndexOf('\nEND_EXAMPLES');
  if (solution < start || end < solution) return undefined;
  const block = text.slice(solution + SOLUTION.length, end);
  const translates = TRANSLATION.test(block);
  let field = 0;
  const headed = block.replace(HEADING, (_, name: string) => {
    const answer = name === 'Answer';
    if (unify && !answer) return `Input ${++field}: `;
    return INPUT.test(name) || (translates && !unify && UNNUMBERED.test(name)) ? `${name}: ` : `${name} ${n}: `;
  });
  return `\nExample ${n}:\n${headed}\n`;
}

const SOLUTION = '\nSolution:\n';
const HEADING = /^([^\n:]+?) Solution: /gm;
// Samples of some kinds carry no numbers behind these headings, as in `blockFormatter`.
const INPUT = /^Input \d+$/;
const TRANSLATION = /^Lang1 Solution: /m;
const UNNUMBERED = /^(Lang|Sent)[12]$|^Answer$/;
