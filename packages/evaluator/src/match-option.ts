import { stripCharacters } from './python-text.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Reference: delete these characters; what is left must be one letter. */
function optionOfMark(mark: string, options: readonly string[]): string | null {
  const letter = mark.replace(/[*.:`)(\n]/g, '');
  if (letter.length !== 1) return null;
  const index = LETTERS.indexOf(letter) >= 0 ? LETTERS.indexOf(letter) : LETTERS.toLowerCase().indexOf(letter);
  return index < 0 ? null : (options[index] ?? null);
}

/**
 * The option that a text names by letter, or null.
 *
 * Default: the text starts with a letter that stands alone (`B`, `B)`, `(b)`, `B.`). Compat: the reference's patterns
 * with their accidents: a bracketed letter after a space blocks the rest, and any capital counts (`Because` is B); of a base
 * model the first capital counts alone, whether an option has it or not.
 */
export function matchLetter(
  text: string,
  options: readonly string[],
  { run, compat = false }: { readonly run: 'trained' | 'base'; readonly compat?: boolean },
): string | null {
  if (!compat) {
    const mark = /^\s*(?:\(([A-Za-z])\)|([A-Za-z])[).:`]|([A-Z])\s*$)/.exec(text);
    return mark === null ? null : optionOfMark(mark[1] ?? mark[2] ?? mark[3] ?? '', options);
  }
  const bracketed = / +\([a-zA-Z]\)\n/.exec(text);
  let found: string | null = null;
  if (bracketed !== null) {
    found = optionOfMark(bracketed[0], options);
  } else {
    const marked = (run === 'trained' ? /[A-Z][.:`)]*/ : /[A-Z][.:`)]+/).exec(text);
    // The reference's third pattern wants what this one found nothing of, so that it never matches.
    if (marked !== null) found = optionOfMark(marked[0].replace(/[) ]+$/, '').replace(/^\(+/, ''), options);
  }
  if (run === 'base') {
    const capital = /[A-Z]/.exec(text);
    if (capital !== null) found = optionOfMark(capital[0], options);
  }
  return found;
}

const plain = (text: string): string =>
  stripCharacters(text.trim().toLowerCase().replaceAll('"', ''), ' ').replace(/[.\s]+$/, '');

/**
 * The option that a text spells out, apart from case, double quotes and final dots, or null. An exact copy wins over
 * a mere likeness. The reference's own match needs a newline that is never there, so under compat nobody calls this.
 */
export function matchVerbatim(text: string, options: readonly string[]): string | null {
  if (options.includes(text)) return text === '' ? null : text;
  const wanted = plain(text);
  if (wanted === '') return null;
  return options.find((option) => plain(option) === wanted) ?? null;
}
