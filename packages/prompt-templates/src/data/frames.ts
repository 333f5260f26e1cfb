import type { PromptFrames } from '../catalogue.js';

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
  bigbench: {
    closed: {
      question: 'Question: {question}\n{options}',
      gold: 'Question: {question}\n{options}\nAnswer Solution: {answer}',
    },
    // Needlessly ornate wordings, to see how far phrasing alone moves a model; the gold samples carry the answer.
    'bad-prompt-1': {
      question: 'A matter has been raised: {question} One may reply with any of these: {options}',
      gold: 'A matter has been raised: {question} One may reply with any of these: {options}\nAnswer Solution: {answer}',
    },
    'bad-prompt-2': {
      question: 'It falls to you to settle this: {question} The replies open to you run thus: {options}',
      gold: 'It falls to you to settle this: {question} The replies open to you run thus: {options}\nAnswer Solution: {answer}',
    },
  },
} as const satisfies PromptFrames;
