import { isList, pythonText, type Row, type TaskSpec } from '@flanlab/flan-datasets';
import { fillTemplate, type OptionNumbering, parseTemplate } from '@flanlab/prompt-templates';
import { PromptError } from './errors.js';

/** A question with choices in its parts. */
export interface Question {
  readonly text: string;
  /** The choices, each quoted and without last dots. */
  readonly quoted: readonly string[];
  readonly options: readonly string[];
  readonly label: string;
}

/** @throws {PromptError} `PROMPT_TASK_UNSUPPORTED` for a task without choices */
export function questionOf(task: TaskSpec, row: Row): Question {
  const spec = task.multipleChoice;
  if (spec === undefined) {
    throw new PromptError(
      'PROMPT_TASK_UNSUPPORTED',
      {
        what: `The task ${task.name} has no questions with choices.`,
        why: `It belongs to the group "${task.group}".`,
        fix: 'Use createPrompts for it.',
      },
      { kind: 'usage' },
    );
  }
  const choices = row[spec.choices];
  const options = isList(choices) ? choices.map(pythonText) : [];
  return {
    text: spec.question(pythonText(row.text)),
    quoted: options.map((option) => `"${option.replace(/\.+$/, '')}"`),
    options,
    label: pythonText(row[spec.label]),
  };
}

/** The choices in one line, with letters where the format numbers them. */
export function shownChoices({ quoted }: Question, numbering?: OptionNumbering): string {
  if (numbering === undefined) return quoted.join(', ');
  const firstLetter = numbering === 'A)' ? 65 : 97;
  const mark = (index: number): string => numbering.replace(/[Aa]/, String.fromCharCode(firstLetter + index));
  return quoted.map((option, index) => `${mark(index)} ${option}`).join(', ');
}

export interface FillQuestionOptions {
  /** What error messages call the template. */
  readonly id: string;
  readonly numbering?: OptionNumbering | undefined;
  /** Keep spaces and newlines at the end of the question, as the reference does outside its bad prompts. */
  readonly untrimmed: boolean;
}

/** Puts a question into the wording of a format. */
export function fillQuestion(
  source: string,
  question: Question,
  { id, numbering, untrimmed }: FillQuestionOptions,
): string {
  const values: Readonly<Record<string, string>> = {
    question: untrimmed ? question.text : tidied(source, question.text),
    options: shownChoices(question),
    numbered_options: shownChoices(question, numbering),
    answer: question.label,
  };
  return fillTemplate(parseTemplate(source, { id, slots: Object.keys(values) }), values);
}

/** Without a heading that the wording puts there anyway (stored translations bring theirs, Q56), and without a ragged end. */
function tidied(source: string, text: string): string {
  const heading = /^([^{}]*)\{question\}/.exec(source)?.[1] ?? '';
  const bare = heading !== '' && text.startsWith(heading) ? text.slice(heading.length) : text;
  return bare.replace(/ +$/, '').replace(/\n+$/, '');
}
