/** How a task is put: solve it, write samples and then solve it, or only the block that a base model completes. */
export const PROMPT_KINDS = ['regular', 'samplegen', 'gold-pipeline'] as const;

export type PromptKind = (typeof PROMPT_KINDS)[number];

/** What a row is for: training rows hold the answer in `text`, test rows do not. */
export type PromptUse = 'train' | 'test';

/**
 * One prompt. The first three columns are the reference's; Regular rows have `gold_options` before `labels`, the
 * others `labels` before `gold_options`.
 *
 * `label_start` and `label_end` are UTF-16 offsets: `text.slice(label_start, label_end)` is what a model has to learn.
 * - Regular training row: from right after `[/INST]` to the end: newline, `Answer Solution: `, the label, `</s>`.
 * - SampleGen training row: from right after `[/INST]` to the end: samples, solution block, `END_EXAMPLES`, `</s>`.
 * - Every test row: nothing to learn, both are the length of `text`.
 */
export interface PromptRow {
  readonly text: string;
  /** The right answer; a number only for stsb in compat mode. */
  readonly labels: string | number;
  /** The options of the question, or one empty text for a task without. */
  readonly gold_options: readonly string[];
  readonly label_start: number;
  readonly label_end: number;
  readonly task: string;
  /** Id of the instruction template, such as `rte/3`. */
  readonly template: string;
  /** Fingerprints of the examples that `text` shows, the one to solve first; see {@link exampleFingerprint}. */
  readonly examples: readonly string[];
}
