import { type Row, readRows } from '@flanlab/flan-datasets';
import { StudyError } from '../errors.js';

export interface PretrainingTexts {
  readonly train: readonly string[];
  /** Every twentieth text; its loss is measured and not learned. */
  readonly validation: readonly string[];
}

const VALIDATION_EVERY = 20;

/**
 * The texts of a file of rows `{text}`, in any format that `readRows` takes, cut into training and validation.
 * @throws {StudyError} `STUDY_TEXT_INVALID` for a row without text
 */
export async function pretrainingTexts(path: string, signal?: AbortSignal): Promise<PretrainingTexts> {
  const texts: string[] = [];
  for await (const row of readRows(path, { signal })) texts.push(textOf(row, texts.length, path));
  const isValidation = (i: number) => i % VALIDATION_EVERY === VALIDATION_EVERY - 1;
  return {
    train: texts.filter((_, i) => !isValidation(i)),
    validation: texts.filter((_, i) => isValidation(i)),
  };
}

function textOf(row: Row, index: number, path: string): string {
  if (typeof row.text === 'string') return row.text;
  throw new StudyError('STUDY_TEXT_INVALID', {
    what: `Row ${index + 1} of ${path} is no text to train on.`,
    why: `Its columns are ${Object.keys(row).join(', ')}; a text column "text" is needed.`,
    fix: 'Rename the column, or name another file in data.text or data.encoderText.',
  });
}
