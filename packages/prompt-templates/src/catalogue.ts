import { nearest } from '@flanlab/errors';
import { TemplateError } from './errors.js';

/** One wording of a task: what the model reads, and which field it must answer with. */
export interface TaskTemplate {
  /** `<template key>/<index from 0>`, recorded with every prompt made from it. */
  readonly id: string;
  readonly input: string;
  /** `{answer}` for the task's label; `{field}` where the answer is a field of the row (summaries, translations). */
  readonly target: string;
}

/** The frames that surround a task's text; each is a template in the slot language. */
export interface PromptFrames {
  /** System prompt that asks for examples first. Slot `formatted_main_sample`. */
  readonly samplegenSystem: string;
  /** System prompt and answer of a Regular Prompt training row. Slots `formatted_main_sample`, `target_field`. */
  readonly regularTrain: string;
  /** System prompt of a Regular Prompt test row; ends right after `[/INST]`. Slot `formatted_main_sample`. */
  readonly regularTest: string;
  /** System prompt of a BIG-bench row for a Regular Prompt model. Slot `formatted_main_sample`. */
  readonly bigbenchRegular: string;
  /** Whole SampleGen row. Slots `sys_and_main`, `ic_string`, `main_sample_parsed`, `ending`. */
  readonly outer: string;
  /** One sample. Slots `example_num`, `components`, `answer`. */
  readonly inner: string;
  /** What closes a SampleGen row. No slots. */
  readonly ending: string;
  /** BIG-bench formats by name, such as `closed` or `closed-translated`. */
  readonly bigbench: Readonly<Record<string, BigBenchFormat>>;
}

/** How a format marks its choices: `A) "x"` or `(a) "x"`. */
export type OptionNumbering = 'A)' | '(a)';

/** A BIG-bench question as shown to a model, and as shown when it serves as a solved sample. */
export interface BigBenchFormat {
  /** Slots `question`, and `options` or `numbered_options` where the choices are shown. */
  readonly question: string;
  /** The solved sample, with `answer` where it is shown; left out where the format has no such form. */
  readonly gold?: string;
  /** Set where a slot `numbered_options` is. */
  readonly numbering?: OptionNumbering;
}

/** Everything that decides the wording of a prompt. */
export interface TemplateCatalogue {
  /** `builtin`, or where the files were. */
  readonly source: string;
  readonly tasks: Readonly<Record<string, readonly TaskTemplate[]>>;
  readonly frames: PromptFrames;
}

/**
 * The templates of one key.
 *
 * @throws {TemplateError} `TEMPLATE_TASK_UNKNOWN` with the nearest key
 */
export function taskTemplates(catalogue: TemplateCatalogue, key: string): readonly TaskTemplate[] {
  const found = Object.hasOwn(catalogue.tasks, key) ? catalogue.tasks[key] : undefined;
  if (found !== undefined && found.length > 0) return found;
  const near = nearest(key, Object.keys(catalogue.tasks));
  throw new TemplateError('TEMPLATE_TASK_UNKNOWN', {
    what: `There are no templates for "${key}".`,
    why: `The catalogue (${catalogue.source}) has: ${Object.keys(catalogue.tasks).join(', ')}.`,
    fix: near === undefined ? 'Add templates for it, or choose another task.' : `Did you mean "${near}"?`,
  });
}

/**
 * One BIG-bench format.
 *
 * @throws {TemplateError} `TEMPLATE_FRAME_UNKNOWN` with the nearest name
 */
export function bigBenchFormat(catalogue: TemplateCatalogue, name: string): BigBenchFormat {
  const found = Object.hasOwn(catalogue.frames.bigbench, name) ? catalogue.frames.bigbench[name] : undefined;
  if (found !== undefined) return found;
  const near = nearest(name, Object.keys(catalogue.frames.bigbench));
  throw new TemplateError(
    'TEMPLATE_FRAME_UNKNOWN',
    {
      what: `There is no BIG-bench format "${name}".`,
      why: `The catalogue (${catalogue.source}) has: ${Object.keys(catalogue.frames.bigbench).join(', ')}.`,
      fix: near === undefined ? 'Choose one of these.' : `Did you mean "${near}"?`,
    },
    { kind: 'usage' },
  );
}
