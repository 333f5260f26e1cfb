import type { Provenance } from '../data/provenance.js';
import { firstAnswer, letterKey, optionAt, textOf } from '../label-rules.js';
import { fixedOptions, listedOptions, optionColumns } from '../options-rules.js';
import { firstOfList, joinedList, quoted, quotedOnce } from '../rewrites.js';
import type { Row } from '../row.js';
import { saying } from '../saying.js';
import { add, flatten, keep, remove, rename, takeFirst } from '../steps.js';
import type { LabelRule, OptionsRule, PromptSpec, Step, TaskSource, TaskSpec } from '../task-spec.js';
import type { TaskEntryInFile } from './schema.js';

const REWRITE_RULES = { quoted, quotedOnce, joinedList, firstOfList } as const;

/** Turns a checked entry of a task file into a task like those of the table. */
export function buildTask(entry: TaskEntryInFile): TaskSpec {
  const { name, cluster, category, provenance, splits, columns, keepRows, templateKey, templates, metric, prompt } =
    entry;
  const { stored, train, test } = splits;
  return {
    name,
    group: 'flan',
    cluster,
    category,
    source: sourceOf(entry),
    ...(provenance && { provenance: provenanceOf(provenance) }),
    splits: { train, test, ...(stored && { stored }) },
    columns,
    ...(keepRows && { filter: rowsWith(keepRows) }),
    normalise: entry.normalise.map(stepOf),
    prompt: promptOf(prompt),
    templateKey,
    ...(templates && { templates }),
    metric,
    evaluated: true,
    alwaysHeldOut: false,
    quirks: [],
  };
}

function provenanceOf({ paper, licence }: NonNullable<TaskEntryInFile['provenance']>): Provenance {
  const { id, note, source } = licence;
  return { ...(paper && { paper }), licence: { id, source, ...(note !== undefined && { note }) } };
}

function rowsWith({ column, in: values }: NonNullable<TaskEntryInFile['keepRows']>): NonNullable<TaskSpec['filter']> {
  return saying(`whose ${column} is ${values.map((value) => JSON.stringify(value)).join(' or ')}`, (row: Row) =>
    values.includes(row[column] as string),
  );
}

function sourceOf({ name, source }: TaskEntryInFile): TaskSource {
  if (source?.hub)
    return { kind: 'hub', path: source.hub.path, ...(source.hub.config && { config: source.hub.config }) };
  return { kind: 'manual', file: source?.file ?? `${name}/{split}.jsonl`, wholeSplit: true };
}

function stepOf(step: TaskEntryInFile['normalise'][number]): Step {
  if (step.rename) return rename(step.rename);
  if (step.remove) return remove(...step.remove);
  if (step.keep) return keep(...step.keep);
  if (step.add) return add(step.add);
  return step.first === undefined ? flatten() : takeFirst(step.first);
}

function promptOf({ hide, only, options, label, rewrites }: TaskEntryInFile['prompt']): PromptSpec {
  const rules = Object.entries(rewrites ?? {}).map(([field, rule]) => [field, REWRITE_RULES[rule]] as const);
  const shown = [...(hide ?? []), ...labelColumns(label), ...(options?.column === undefined ? [] : [options.column])];
  return {
    hide: shown,
    ...(only && { only }),
    options: optionsOf(options),
    label: labelOf(label),
    ...(rules.length > 0 && { rewrites: Object.fromEntries(rules) }),
    ...(label.letter !== undefined && { letterChoices: true }),
  };
}

function optionsOf(options: TaskEntryInFile['prompt']['options']): OptionsRule | null {
  if (options?.values) return fixedOptions(...options.values);
  if (options?.columns) return optionColumns(options.columns);
  return options?.column === undefined ? null : listedOptions(options.column);
}

type LabelEntry = TaskEntryInFile['prompt']['label'];

/** The columns that hold the answer: never shown among the inputs. */
export function labelColumns({
  option,
  optionFromOne,
  letter,
  text,
  firstAnswer: first,
}: LabelEntry): readonly string[] {
  return [option, optionFromOne, letter, text, first?.column].filter((column) => column !== undefined);
}

function labelOf({ option, optionFromOne, letter, text, firstAnswer: first }: LabelEntry): LabelRule {
  if (option !== undefined) return optionAt(option);
  if (optionFromOne !== undefined) return optionAt(optionFromOne, { first: 1 });
  if (letter !== undefined) return letterKey(letter);
  return first ? firstAnswer(first.column, first.none) : textOf(text!);
}
