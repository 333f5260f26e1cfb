import type { PythonRandom } from '@flanlab/random';
import type { Provenance } from './data/provenance.js';
import type { Example, PicksOption } from './example-types.js';
import type { FieldValue, Row } from './row.js';
import type { ColumnTypes, Effect, HasEffect } from './row-types.js';
import type { Said } from './saying.js';

/** FLAN's twelve task clusters, under the names of the reference's configuration. */
export const TASK_CLUSTERS = [
  'nli',
  'commonsense',
  'sentiment',
  'paraphrase',
  'closed_book_qa',
  'reading_comp',
  'reading_comp_with_cs',
  'coreference',
  'misc',
  'struct_to_text_nlg',
  'translation_nlg',
  'summarization_nlg',
] as const;

export type TaskCluster = (typeof TASK_CLUSTERS)[number];

/** Understanding or generation; BIG-bench, gsm8k and the translated task are neither. */
export type TaskCategory = 'nlu' | 'nlg';

/** Which list of the reference's configuration a task comes from; they differ in how prompts are made and tested. */
export type TaskGroup = 'flan' | 'bigbench' | 'reasoning' | 'translated';

/** What scores a task's answers; a key of the evaluator's table. */
export type MetricName =
  | 'accuracy'
  | 'simple_accuracy'
  | 'rouge'
  | 'bleu'
  | 'squad'
  | 'trivia_qa'
  | 'matthews_corrcoef'
  | 'pearson_spearman'
  | 'mean_3class_f1'
  | 'f1_with_invalid'
  | 'multirc'
  | 'edit_distance';

/** How strictly the reference is followed, and its global generator where a task draws while loading (gsm8k). */
export interface Mode {
  /** True: the reference's behaviour, quirks included. False: what its quirks should have been. */
  readonly compat: boolean;
  readonly random?: PythonRandom;
}

/** One step of normalisation: a new row, never a changed one. */
export type Step = ((row: Row, mode: Mode) => Row) & Said;

/** A step that says in its type what it does to the columns, so that the type of a task's rows follows from its entry. */
export type TypedStep<Does extends Effect> = Step & HasEffect<Does>;

/** Where the rows are published. The reference reads 100,000 rows of a split at most, except where `wholeSplit` is set. */
export type TaskSource =
  | { readonly kind: 'hub'; readonly path: string; readonly config?: string; readonly wholeSplit?: true }
  /** Put by hand below a folder of manual downloads; `{split}` stands for the split. */
  | { readonly kind: 'manual'; readonly file: string; readonly wholeSplit?: true }
  | { readonly kind: 'local-arrow'; readonly folder: string };

/** Which split serves what. Names are requests; `stored` says where a request is answered by another stored split. */
export interface SplitRule {
  readonly train: string;
  readonly test: string;
  /** The reference's choice where the default mode has a better one (unlabelled test splits). */
  readonly compatTest?: string;
  readonly stored?: Readonly<Record<string, string>>;
}

/** The options of one row: their texts, and the field in whose place they are shown. */
export interface OptionsRule<Option extends string = string, Field extends string = string> extends Said {
  /** The list, where it is the same for every row. */
  readonly values?: readonly Option[];
  /** The gold options of one row. */
  readonly of: (row: Row, mode: Mode) => readonly Option[];
  /** The one text that shows them: for `{options_}` and for the `Options` line. */
  readonly shown: (options: readonly string[], row: Row, mode: Mode) => string;
  /** The field in whose place they are shown; `options` when left out. */
  readonly field?: Field;
}

/** The answer of one row. `options` are that row's gold options; `letters` asks for option text instead of letter keys. */
export type LabelRule = ((row: Row, given: LabelInput) => string | number) & Said;

/** A label rule that answers with one of the options, and says so in its type. */
export type OptionLabel = LabelRule & PicksOption;

export interface LabelInput {
  readonly options: readonly string[];
  readonly letters: boolean;
  readonly mode: Mode;
}

/** The text to show for one field in place of its value. `shownOptions` is empty for a task without options. */
export type Rewrite = ((value: FieldValue | undefined, row: Row) => string) & Said;

/** A field whose name comes from the chosen template's target slot and that holds the answer. */
export interface TemplateTarget {
  /** The field to use when the template names none of the row's fields. */
  readonly fallback: string;
  /** Shown among the inputs although it is the answer (the reference's leak, Q24). */
  readonly leaks?: true;
}

/** What a prompt shows of a normalised row. Read it through `promptSpec(task, mode)`, never directly. */
export interface PromptSpec {
  /** Columns not shown, besides {@link INDEX_COLUMNS}. */
  readonly hide?: readonly string[];
  /** Exactly these fields in this order, instead of the row's columns. */
  readonly only?: readonly string[];
  /** Null: a task without options. */
  readonly options: OptionsRule | null;
  readonly label: LabelRule;
  readonly rewrites?: Readonly<Record<string, Rewrite>>;
  /** Set where the answer is the field that the chosen template's target names. */
  readonly target?: TemplateTarget;
  /**
   * What the reference's first formatting leaves in the row object, which its second one then formats again (Q22).
   * Compat only.
   */
  readonly carry?: (row: Row, shown: CarriedText, mode: Mode) => Row;
  /** True where letter keys can be turned into option text (arc, openbookqa). */
  readonly letterChoices?: true;
}

/** What the first formatting showed: the rewritten fields and the joined options. */
export interface CarriedText {
  readonly fields: Readonly<Record<string, string>>;
  readonly options: string;
}

/** BIG-bench and gsm8k: a question with choices, put into prompts of their own (behaviour 11.4). */
export interface MultipleChoiceSpec {
  /** The question without its choices and markers. */
  readonly question: (text: string) => string;
  /** The column of the choices and the one of the right choice. */
  readonly choices: string;
  readonly label: string;
}

declare const NORMALISED: unique symbol;
declare const EXAMPLE: unique symbol;

/**
 * Everything the project knows about one task. All of it is data: nothing else may depend on a task's name. `Normalised`
 * is the type of the rows that {@link loadTask} gives in the default mode, `Shown` that of {@link loadExamples}.
 */
export interface TaskSpec<Normalised = Row, Shown = Example> {
  /** In types only. */
  readonly [NORMALISED]?: Normalised;
  /** In types only. */
  readonly [EXAMPLE]?: Shown;
  readonly name: string;
  readonly group: TaskGroup;
  /** Null for tasks that are never mixed. */
  readonly cluster: TaskCluster | null;
  readonly category: TaskCategory | null;
  readonly source: TaskSource;
  /** Paper and licence; a task of the user's own need not say. */
  readonly provenance?: Provenance;
  readonly splits: SplitRule;
  /** The published columns that normalisation reads, in published order. */
  readonly columns: readonly string[];
  /** What they hold; left out where nobody said so. */
  readonly columnTypes?: ColumnTypes;
  readonly normalise: readonly Step[];
  /** Rows to keep, looked at before normalisation. */
  readonly filter?: ((row: Row, mode: Mode) => boolean) & Said;
  readonly prompt: PromptSpec;
  /** What the default mode does differently from `prompt`, which is the reference's. */
  readonly clean?: Partial<PromptSpec>;
  readonly multipleChoice?: MultipleChoiceSpec;
  /** The group of FLAN instruction templates; null where there is none. */
  readonly templateKey: string | null;
  /** Instruction templates of the task's own, in place of a group: texts with `{field}` slots, `{options_}` among them. */
  readonly templates?: readonly string[];
  readonly metric: MetricName;
  /** True for tasks of the reference's test lists. */
  readonly evaluated: boolean;
  /** True for tasks that no mixture of the reference contains. */
  readonly alwaysHeldOut: boolean;
  /** Numbered oddities of the reference that concern this task. */
  readonly quirks: readonly string[];
}

/** Columns that no prompt shows. */
export const INDEX_COLUMNS = ['idx', 'id', 'ind', 'concept_set_idx', 'uid'] as const;
