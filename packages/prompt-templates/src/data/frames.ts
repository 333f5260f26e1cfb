import type { PromptFrames } from '../catalogue.js';
import { BIGBENCH_FORMATS } from './bigbench-formats.js';

// The tokens around the sentences (<s>, [INST], <<SYS>>, "Example 1:", "Solution:", "Answer Solution: ",
// END_EXAMPLES, </s>) are the format of arXiv 2501.08716; answer extraction and sample extraction rely on them.
const instruct = (system: string): string => `<s>[INST] <<SYS>>\n${system}\n<</SYS>>\n\n{formatted_main_sample}[/INST]`;

const SOLVE = 'Solve.';
const SHOW_FIRST = 'Make examples, then solve.';

/** Frames in our own, short wording: a tiny model reads them with every row. */
export const BUILTIN_FRAMES = {
  samplegenSystem: instruct(SHOW_FIRST),
  regularTrain: `${instruct(SOLVE)}\nAnswer Solution: {target_field}</s>`,
  regularTest: instruct(SOLVE),
  bigbenchRegular: instruct(SOLVE),
  outer: '{sys_and_main}\n{ic_string}\nSolution:{main_sample_parsed}{ending}',
  inner: '\nExample {example_num}:{components}\nAnswer {example_num}: {answer}\n',
  ending: 'END_EXAMPLES\n</s>',
  bigbench: BIGBENCH_FORMATS,
} as const satisfies PromptFrames;
