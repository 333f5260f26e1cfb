import { CliError } from './errors.js';
import { readAll, textField } from './rows.js';

export interface Predictions {
  readonly predicted: readonly string[];
  readonly targets: readonly (string | readonly string[])[];
  /** Spread into the options of a score: the options that all rows share, and the groups where rows have them. */
  readonly labels: { readonly labels?: readonly string[] };
  readonly groups: { readonly groups?: readonly string[] };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/**
 * Rows `{prediction, target, options?, group?}`; a target may be a list of accepted answers.
 * @throws {CliError} `CLI_ROW_INVALID`
 */
export async function readPredictions(path: string): Promise<Predictions> {
  const rows = await readAll(path);
  if (rows.length === 0) {
    throw new CliError('CLI_ROW_INVALID', {
      what: `There is nothing to score in ${path}.`,
      why: 'It has no rows.',
      fix: 'Write one JSON object a line, with prediction and target.',
    });
  }
  const fields = rows as readonly Readonly<Record<string, unknown>>[];
  const predicted = rows.map((row, i) => textField(row, 'prediction', path, i));
  const targets = fields.map((row, i) => (isTexts(row.target) ? row.target : textField(row, 'target', path, i)));
  const first = fields[0]!.options;
  const shared =
    isTexts(first) && fields.every(({ options }) => isTexts(options) && options.join('\0') === first.join('\0'));
  const grouped = fields.every(({ group }) => typeof group === 'string' || typeof group === 'number');
  return {
    predicted,
    targets,
    labels: shared && first.some((option) => option !== '') ? { labels: first } : {},
    groups: grouped ? { groups: fields.map(({ group }) => String(group)) } : {},
  };
}
