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
  return rowViewer(task, options)(row);
}

/** {@link viewRow} for the rows of one task: what does not depend on the row is found out once. */
export function rowViewer(
  task: TaskSpec,
  { compat = false, letters = true, targetField }: ViewOptions = {},
): (row: Row) => RowView {
  const mode: Mode = { compat };
  const spec = promptSpec(task, mode);
  const { options: rule = null, target: targetRule, rewrites, carry } = spec;
  const namesOf = columnChooser(spec, compat);
  const optionsField = rule?.field ?? 'options';
  return (row) => {
    const options = rule?.of(row, mode) ?? [];
    const shownOptions = rule?.shown(options, row, mode) ?? null;
    const target = targetRule && (targetField !== undefined && targetField in row ? targetField : targetRule.fallback);
    const rewritten: Record<string, string> | undefined = compat && carry ? {} : undefined;
    const fields: FieldView[] = [];
    for (const name of namesOf(row, target)) {
      const isOptions = shownOptions !== null && name === optionsField;
      const rewrite = rewrites?.[name];
      const text = isOptions ? shownOptions : (rewrite?.(row[name], row) ?? pythonText(row[name]));
      if (rewritten && rewrite) rewritten[name] = text;
      fields.push({ name, text });
    }
    return {
      fields,
      options,
      shownOptions,
      label: target === undefined ? spec.label(row, { options, letters, mode }) : targetText(task, row, target),
      next: rewritten && carry ? carry(row, { fields: rewritten, options: shownOptions ?? '' }, mode) : row,
    };
  };
}

/** Says which columns of a row to show, in order: `only`, or all without the hidden ones and with `options` last. */
function columnChooser(
  { hide = [], only, options, target }: PromptSpec,
  compat: boolean,
): (row: Row, target: string | undefined) => readonly string[] {
  if (only) return () => only;
  const hidden = new Set<string>([...INDEX_COLUMNS, ...hide, 'label', 'options']);
  const hidesTarget = !target?.leaks;
  const isHome = (options?.field ?? 'options') === 'options';
  return (row, chosen) => {
    const names: string[] = [];
    for (const name in row) if (!hidden.has(name) && !(hidesTarget && name === chosen)) names.push(name);
    // The reference shows options only where the row has a column of that name (Q23).
    if (isHome && ('options' in row || (!compat && options !== null))) names.push('options');
    return names;
  };
}

function targetText(task: TaskSpec, row: Row, target: string): string {
  const value = row[target];
  if (value !== undefined) return pythonText(value);
  throw new DatasetError('DATASET_COLUMN_MISSING', {
    what: `A row of ${task.name} has no field ${target}, which holds the answer.`,
    why: `Its fields are: ${Object.keys(row).join(', ')}.`,
    fix: 'Normalise the rows of this task before making prompts of them.',
  });
}
