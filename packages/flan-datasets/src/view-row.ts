import { DatasetError } from './errors.js';
import { pythonText } from './python-text.js';
import type { Row } from './row.js';
import { INDEX_COLUMNS, type Mode, type PromptSpec, type TaskSpec } from './task-spec.js';

/** One shown field: its name and its text. */
export interface FieldView {
  readonly name: string;
  readonly text: string;
}

/** What a prompt needs of one normalised row. */
export interface RowView {
  /** The inputs in the order they are shown, options last; never the label. */
  readonly fields: readonly FieldView[];
  /** The gold options; empty for a task without. */
  readonly options: readonly string[];
  /** The joined options, the value of `{options_}`; null for a task without options. */
  readonly shownOptions: string | null;
  readonly label: string | number;
  /** The row as a second formatting of the same object sees it (Q22); the row itself except in compat mode. */
  readonly next: Row;
}

export interface ViewOptions {
  readonly compat?: boolean;
  /** Letter keys become option text (default true); concerns tasks with `letterChoices` only. */
  readonly letters?: boolean;
  /** The field named by the target slot of the chosen template, without braces. */
  readonly targetField?: string;
}

/** How a task's rows are shown: the reference's way in compat mode, the corrected way otherwise. */
export function promptSpec(task: TaskSpec, { compat }: Pick<Mode, 'compat'>): PromptSpec {
  return compat ? task.prompt : { ...task.prompt, ...task.clean };
}

/**
 * Formats one normalised row for prompts. Pure: to get the reference's second pass over the same row object, view
 * `next` again. For many rows, make a {@link rowViewer} once.
 *
 * @throws {DatasetError} `DATASET_VALUE_INVALID` when the label is no index of the options, or a value has the wrong type
 */
export function viewRow(task: TaskSpec, row: Row, options: ViewOptions = {}): RowView {
  return new RowViewer(task, options).view(row);
}

/** {@link viewRow} for the rows of one task: what does not depend on the row is found out once. */
export function rowViewer(task: TaskSpec, options: ViewOptions = {}): (row: Row) => RowView {
  const viewer = new RowViewer(task, options);
  return (row) => viewer.view(row);
}

/** The same as an object. Not a closure: all tasks run the same compiled code, whatever they are called or lack. */
export class RowViewer {
  private readonly mode: Mode;
  private readonly letters: boolean;
  private readonly targetField: string | undefined;
  private readonly rule: PromptSpec['options'] | undefined;
  private readonly target: PromptSpec['target'] | undefined;
  private readonly rewrites: PromptSpec['rewrites'] | undefined;
  private readonly carry: PromptSpec['carry'] | undefined;
  private readonly label: PromptSpec['label'];
  private readonly only: PromptSpec['only'] | undefined;
  private readonly optionsField: string;
  private readonly hidden: ReadonlySet<string>;

  constructor(
    private readonly task: TaskSpec,
    { compat = false, letters = true, targetField }: ViewOptions = {},
  ) {
    const spec = promptSpec(task, { compat });
    this.mode = { compat };
    this.letters = letters;
    this.targetField = targetField;
    this.rule = spec.options;
    this.target = spec.target;
    this.rewrites = spec.rewrites;
    this.carry = compat ? spec.carry : undefined;
    this.label = spec.label;
    this.only = spec.only;
    this.optionsField = spec.options?.field ?? 'options';
    this.hidden = new Set<string>([...INDEX_COLUMNS, ...(spec.hide ?? []), 'label', 'options']);
  }

  view(row: Row): RowView {
    const { rule, target: targetRule, targetField, mode, letters, carry, rewrites, optionsField } = this;
    const options = rule ? rule.of(row, mode) : NONE;
    const shownOptions = rule ? rule.shown(options, row, mode) : null;
    const target = targetRule && (targetField !== undefined && targetField in row ? targetField : targetRule.fallback);
    const rewritten: Record<string, string> = {};
    const fields: FieldView[] = [];
    for (const name of this.names(row, target)) {
      const isOptions = shownOptions !== null && name === optionsField;
      const rewrite = isOptions ? undefined : rewrites?.[name];
      const text = isOptions ? shownOptions : rewrite ? rewrite(row[name], row) : pythonText(row[name]);
      if (carry && rewrites?.[name]) rewritten[name] = text;
      fields.push({ name, text });
    }
    return {
      fields,
      options,
      shownOptions,
      label: target === undefined ? this.label(row, { options, letters, mode }) : targetText(this.task, row, target),
      next: carry ? carry(row, { fields: rewritten, options: shownOptions ?? '' }, mode) : row,
    };
  }

  /** Which columns to show, in order: `only`, or all without the hidden ones and with `options` last. */
  private names(row: Row, target: string | undefined): readonly string[] {
    if (this.only) return this.only;
    const hiddenTarget = this.target?.leaks ? undefined : target;
    const names: string[] = [];
    for (const name in row) if (name !== hiddenTarget && !this.hidden.has(name)) names.push(name);
    // The reference shows options only where the row has a column of that name (Q23).
    if (this.optionsField === 'options' && ('options' in row || (!this.mode.compat && this.rule)))
      names.push('options');
    return names;
  }
}

const NONE: readonly string[] = [];

function targetText(task: TaskSpec, row: Row, target: string): string {
  const value = row[target];
  if (value !== undefined) return pythonText(value);
  throw new DatasetError('DATASET_COLUMN_MISSING', {
    what: `A row of ${task.name} has no field ${target}, which holds the answer.`,
    why: `Its fields are: ${Object.keys(row).join(', ')}.`,
    fix: 'Normalise the rows of this task before making prompts of them.',
  });
}
