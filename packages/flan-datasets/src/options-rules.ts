import { pythonStrip, pythonText, stripDots } from './python-text.js';
import { isList, type Row } from './row.js';
import { listed } from './saying.js';
import { invalidValue, textIn } from './steps.js';
import type { Mode, OptionsRule } from './task-spec.js';

const joined = (options: readonly string[]): string => options.join('; ');

/** The same options for every row. */
export function fixedOptions<const Values extends readonly string[]>(
  ...values: Values
): OptionsRule<Values[number], 'options'> {
  return { values, of: () => values, shown: joined };
}

/** One option from each of the named columns. */
export function optionColumns(
  columns: readonly string[],
  clean: (text: string) => string = (text) => text,
): OptionsRule<string, 'options'> {
  return { says: listed(columns), of: (row) => columns.map((name) => clean(textIn(row, name))), shown: joined };
}

/**
 * Options stored in the `options` column. The reference joins them with '; ' and cuts them at ';' again, so an option that
 * holds a semicolon becomes two (Q17), and shows the text as joined; the default mode keeps the list.
 */
export function storedOptions(): OptionsRule<string, 'options'> {
  return {
    says: 'the list in options',
    of: ({ options }) => (isList(options) ? options.map(pythonText) : pythonText(options).split(';').map(pythonStrip)),
    shown: (list, { options }) => (isList(options) ? joined(list) : pythonText(options)),
  };
}

/** Endings shown in their own field without their last dots; a second formatting cuts the joined text again (Q22). */
export function endingOptions<Field extends string>(field: Field): OptionsRule<string, Field> {
  return {
    field,
    says: `the list in ${field}, without last dots`,
    of: ({ [field]: endings }) =>
      isList(endings) ? endings.map((ending) => stripDots(pythonText(ending))) : pythonText(endings).split(';'),
    shown: (options) => joined(options.map(stripDots)),
  };
}

/** Each candidate continued by what follows the pronoun in the sentence (dpr_raw). */
export function continuedCandidates(): OptionsRule<string, 'options'> {
  return {
    says: 'candidates, each with the rest of the sentence',
    of: (row) => {
      const rest = textIn(row, 'sentence')
        .split(` ${textIn(row, 'pronoun')} `)
        .at(-1)!;
      const candidates = isList(row.candidates) ? row.candidates : [];
      return candidates.map((candidate) => `${candidate} ${stripDots(rest)}`);
    },
    shown: joined,
  };
}

/** Each entity followed by the rest of the query after its placeholder (record). */
export function continuedEntities(): OptionsRule<string, 'options'> {
  return {
    says: 'the entities, each with the rest of the query',
    of: (row) => (isList(row.options) ? row.options.map((entity) => `${entity}${afterPlaceholder(row)}`) : []),
    shown: joined,
  };
}

/** The query between its first '@placeholder' and a second one. */
export function afterPlaceholder(row: Row): string {
  const rest = textIn(row, 'query').split('@placeholder')[1];
  if (rest === undefined) throw invalidValue('query', row.query, 'a text with @placeholder');
  return rest;
}

/**
 * Entities as gold options, shown as the quote with the pronoun replaced by each (wsc273). The reference replaces the pronoun
 * wherever no letter stands before it, `he` in `hero` too (Q25); the default mode wants a whole word.
 */
export function substitutedPronoun(): OptionsRule<string, 'options'> {
  return {
    says: 'the list in options, shown within the quote',
    of: (row) => (isList(row.options) ? row.options.map(pythonText) : []),
    shown: (options, row, mode) => joined(options.map((entity) => substitute(entity, row, mode))),
  };
}

function substitute(entity: string, row: Row, { compat }: Mode): string {
  const quote = textIn(row, 'quote');
  const possessive = ['his ', 'her ', 'its '].some((pronoun) => quote.includes(pronoun));
  const literal = textIn(row, 'pronoun').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pronoun = new RegExp(`(?<![a-zA-Z])${literal}${compat ? '' : '(?![a-zA-Z])'}`, 'g');
  return quote.replace(pronoun, () => (possessive ? `${entity}'s` : entity));
}

/** The choices of a row, shown as they are, so that copying one equals the label (the reference drops their dots, Q80). */
export function listedOptions(column: string): OptionsRule<string, 'options'> {
  const of = ({ [column]: choices }: Row): readonly string[] => (isList(choices) ? choices.map(pythonText) : []);
  return { says: `the list in ${column}`, of, shown: joined };
}
