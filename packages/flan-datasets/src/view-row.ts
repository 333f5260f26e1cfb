import { DatasetError } from './errors.js';
import { pythonText } from './python-text.js';
import type { FieldValue, Row } from './row.js';
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
 * `next` again.
 *
 * @throws {DatasetError} `DATASET_VALUE_INVALID` when the label is no index of the options, or a value has the wrong type
 */
export function viewRow(
  task: TaskSpec,
  row: Row,
  { compat = false, letters = true, targetField }: ViewOptions = {},
): RowView {
  const mode: Mode = { compat };
  const spec = promptSpec(task, mode);
  const options = spec.options?.of(row, mode) ?? [];
  const shownOptions = spec.options?.shown(options, row, mode) ?? null;
  const target = spec.target && (targetField !== undefined && targetField in row ? targetField : spec.target.fallback);
  const rewritten: Record<string, string> = {};
  const fields = shownFields(spec, row, { compat, target }).map((name): FieldView => {
    const text = fieldText(spec, name, row, shownOptions);
    if (spec.rewrites?.[name]) rewritten[name] = text;
    return { name, text };
  });
  return {
    fields,
    options,
    shownOptions,
    label: target === undefined ? spec.label(row, { options, letters, mode }) : targetText(task, row, target),
    next: compat && spec.carry ? spec.carry(row, { fields: rewritten, options: shownOptions ?? '' }, mode) : row,
  };
}

/** The names to show, in order: `only`, or the row's columns without the hidden ones and with `options` last. */
function shownFields(
  { hide = [], only, options, target }: PromptSpec,
  row: Row,
  chosen: { readonly compat: boolean; readonly target: string | undefined },
): readonly string[] {
  if (only) return only;
  const hidden = new Set<string>([...INDEX_COLUMNS, ...hide, 'label', 'options']);
  if (chosen.target !== undefined && !target?.leaks) hidden.add(chosen.target);
  const names = Object.keys(row).filter((name) => !hidden.has(name));
  const home = options?.field ?? 'options';
  // The reference shows options only where the row has a column of that name (Q23).
  const showOptions = home === 'options' && ('options' in row || (!chosen.compat && options !== null));
  return showOptions ? [...names, 'options'] : names;
}

function fieldText(spec: PromptSpec, name: string, row: Row, shownOptions: string | null): string {
  if (shownOptions !== null && name === (spec.options?.field ?? 'options')) return shownOptions;
  const value: FieldValue | undefined = row[name];
  return spec.rewrites?.[name]?.(value, row) ?? pythonText(value);
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
