import { afterPlaceholder } from './options-rules.js';
import { pythonText } from './python-text.js';
import { isList, type Row } from './row.js';
import { saying } from './saying.js';
import { firstElement, invalidValue } from './steps.js';
import type { LabelInput, LabelRule, OptionLabel } from './task-spec.js';

/** The option at the index that a column holds; `first` is the index of the first option. */
export function optionAt(column: string, { first = 0 }: { readonly first?: 0 | 1 } = {}): OptionLabel {
  const says = `the option at the number in ${column}${first === 0 ? '' : ', counted from 1'}`;
  return saying(says, (row, given) => optionOf(row, column, wholeNumber(row, column) - first, given));
}

/** A column's value as text. */
export function textOf(column: string, clean: (text: string) => string = (text) => text): LabelRule {
  return saying(`the text of ${column}`, (row) => clean(pythonText(row[column])));
}

/** 'True' or 'False' for a column that holds 1 or 0. */
export function truthOf(column: string): OptionLabel {
  return saying(`True where ${column} is 1`, (row) => (wholeNumber(row, column) === 1 ? 'True' : 'False'));
}

/** One text for numbers from 0 up to a bound, another for all others. */
export function upTo(column: string, bound: number, below: string, above: string): OptionLabel {
  return saying(`${below} up to ${bound} in ${column}, else ${above}`, (row) => {
    const value = wholeNumber(row, column);
    return value >= 0 && value <= bound ? below : above;
  });
}

/** The whole part of a score, as a number (Q11). */
export function truncated(column: string): LabelRule {
  return saying(`the whole part of ${column}`, (row) => Math.trunc(numberIn(row, column)));
}

/** A score rounded to the nearest whole number, as text. */
export function rounded(column: string): OptionLabel {
  return saying(`${column}, rounded`, (row) => String(Math.round(numberIn(row, column))));
}

/** The option that a key from A to Z or 1 to 4 stands for, or the key itself when letters are to stay. */
export function letterKey(column: string): OptionLabel {
  return saying(`the option whose letter or digit is in ${column}`, (row, given) => {
    const key = pythonText(row[column]);
    if (!given.letters) return key;
    const index = /^[A-Z]$/.test(key) ? key.charCodeAt(0) - 65 : ['1', '2', '3', '4'].indexOf(key);
    if (index < 0) throw invalidValue(column, key, 'a letter from A to Z or a digit from 1 to 4');
    return optionOf(row, column, index, given);
  });
}

/** The first of several answers, or a fixed text where there is none. */
export function firstAnswer(column: string, none: string): LabelRule {
  return saying(`the first of ${column}, or "${none}"`, ({ [column]: answers = null }) => {
    const first = firstElement(answers);
    return isList(first) ? none : pythonText(first);
  });
}

/** An answer followed by the rest of the query after its placeholder (record). */
export function continuedAnswer(column: string): LabelRule {
  return saying(`${column} and the rest of the query`, (row) => `${pythonText(row[column])}${afterPlaceholder(row)}`);
}

/** Negative indices count from the end in compat mode: so do unlabelled rows (-1) of the reference (Q12). */
function optionOf(row: Row, column: string, index: number, { options, mode }: LabelInput): string {
  const option = options[mode.compat && index < 0 ? options.length + index : index];
  if (option !== undefined) return option;
  throw invalidValue(column, row[column], `one of the ${options.length} options`);
}

function wholeNumber(row: Row, column: string): number {
  const value = numberIn(row, column);
  if (Number.isInteger(value)) return value;
  throw invalidValue(column, row[column], 'a whole number');
}

function numberIn(row: Row, column: string): number {
  const value = row[column];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number(value ?? Number.NaN);
  if (typeof value === 'object' || value === '' || Number.isNaN(number)) throw invalidValue(column, value, 'a number');
  return number;
}
