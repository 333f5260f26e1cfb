import { isList, pythonText, type Row, type TaskSpec } from '@flanlab/flan-datasets';
import { PromptError } from '../errors.js';

/** Gives one text in another language. */
export type Translate = (text: string) => Promise<string>;

/** What has to be translated of a row: its question without choices, and each choice. */
export function textsToTranslate(task: TaskSpec, row: Row): readonly string[] {
  const spec = task.multipleChoice;
  if (spec === undefined) {
    throw new PromptError(
      'PROMPT_TASK_UNSUPPORTED',
      {
        what: `Rows of ${task.name} cannot be translated.`,
        why: 'Only questions with choices are: their answer is one of the choices, so it stays right.',
        fix: 'Choose a BIG-bench task.',
      },
      { kind: 'usage' },
    );
  }
  const choices = row[spec.choices];
  return [spec.question(pythonText(row.text)), ...(isList(choices) ? choices.map(pythonText) : [])];
}

/**
 * Translates questions with choices (behaviour 11.5), row after row. The answer is the translated choice in the place of
 * the right one. Make prompts of the rows with a `-translated` format.
 *
 * @throws {PromptError} `PROMPT_TASK_UNSUPPORTED`, and what `translate` throws
 */
export async function* translateRows(
  task: TaskSpec,
  rows: Iterable<Row>,
  translate: Translate,
): AsyncGenerator<Row, void, undefined> {
  for (const row of rows) {
    const [text, ...choices] = textsToTranslate(task, row);
    const spec = task.multipleChoice!;
    const question = await translate(text!);
    const translated: string[] = [];
    for (const choice of choices) translated.push(await translate(choice));
    const right = choices.indexOf(pythonText(row[spec.label]));
    yield { ...row, text: question, [spec.choices]: translated, [spec.label]: translated[right] ?? '' };
  }
}
