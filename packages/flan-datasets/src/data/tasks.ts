import type { TaskSpec } from '../task-spec.js';
import { CLOSED_BOOK_QA_TASKS } from './closed-book-qa.js';
import { COMMONSENSE_TASKS } from './commonsense.js';
import { COREFERENCE_TASKS } from './coreference.js';
import { MISC_TASKS } from './misc.js';
import { BIG_BENCH_TASKS, OTHER_TASKS } from './multiple-choice.js';
import { NLI_TASKS } from './nli.js';
import { PARAPHRASE_TASKS } from './paraphrase.js';
import { READING_COMP_TASKS } from './reading-comp.js';
import { READING_COMP_WITH_CS_TASKS } from './reading-comp-with-cs.js';
import { SENTIMENT_TASKS } from './sentiment.js';
import { STRUCT_TO_TEXT_TASKS } from './struct-to-text.js';
import { SUMMARIZATION_TASKS } from './summarization.js';
import { TRANSLATION_TASKS } from './translation.js';

/** Every task, by name. To add one, add an entry to its cluster's table: nothing else branches on names. */
export const TASKS = {
  ...NLI_TASKS,
  ...COMMONSENSE_TASKS,
  ...SENTIMENT_TASKS,
  ...PARAPHRASE_TASKS,
  ...CLOSED_BOOK_QA_TASKS,
  ...READING_COMP_TASKS,
  ...READING_COMP_WITH_CS_TASKS,
  ...COREFERENCE_TASKS,
  ...MISC_TASKS,
  ...STRUCT_TO_TEXT_TASKS,
  ...TRANSLATION_TASKS,
  ...SUMMARIZATION_TASKS,
  ...BIG_BENCH_TASKS,
  ...OTHER_TASKS,
} as const satisfies Readonly<Record<string, TaskSpec>>;

export type TaskName = keyof typeof TASKS;

/**
 * A normalised row of a task, as the default mode gives it: its type follows from the task's columns and steps. Cells have the types
 * of the published data set; nothing checks that a file of yours holds them, and columns that nothing reads (`idx`, `id`, …) may be
 * missing from it.
 */
export type TaskRow<Name extends TaskName> =
  (typeof TASKS)[Name] extends TaskSpec<infer Normalised, infer _Shown> ? Normalised : never;

/** An example of a task, as `loadExamples` gives it. */
export type TaskExample<Name extends TaskName> =
  (typeof TASKS)[Name] extends TaskSpec<infer _Row, infer Shown> ? Shown : never;
