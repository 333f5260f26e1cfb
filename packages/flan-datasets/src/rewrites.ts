import { pythonText } from './python-text.js';
import { type FieldValue, isList, type Row } from './row.js';
import { listed, saying } from './saying.js';
import type { PromptSpec, Rewrite } from './task-spec.js';

/** In double quotes. */
export const quoted: Rewrite = saying('in quotes', (value) => `"${pythonText(value)}"`);

/** In double quotes unless it holds one already. */
export const quotedOnce: Rewrite = saying('in quotes unless it has some', (value) =>
  pythonText(value).includes('"') ? pythonText(value) : quoted(value, {}),
);

/** A list joined with '; '. */
export const joinedList: Rewrite = saying('joined', (value) =>
  isList(value) ? value.map(pythonText).join('; ') : pythonText(value),
);

/** The first element of a list. */
export const firstOfList: Rewrite = saying('the first one', (value) => pythonText(isList(value) ? value[0] : value));

/** The named columns joined with one space. */
export function joinedColumns(...names: readonly string[]): Rewrite {
  return saying(`${listed(names)}, joined`, (_value, row) => names.map((name) => pythonText(row[name])).join(' '));
}

/** Every literal replacement in turn. */
export function replaced(...pairs: readonly (readonly [from: string, to: string])[]): Rewrite {
  const says = `with ${listed(pairs.map(([from, to]) => (to === '' ? `no ${JSON.stringify(from)}` : `${JSON.stringify(to)} for ${JSON.stringify(from)}`)))}`;
  return saying(says, (value) => pairs.reduce((text, [from, to]) => text.replaceAll(from, to), pythonText(value)));
}

/** Triples joined inside with ' ; ' and to each other with nothing, without tabs and [bracketed] spans (dart, Q21). */
export const joinedTriples: Rewrite = saying('triples joined', (value) =>
  mapList(value, (triple) => (isList(triple) ? triple.map(pythonText).join(' ; ') : pythonText(triple)))
    .join('')
    .replaceAll('\t', '')
    .replace(/\[[^\n]*?\]/g, ''),
);

/** Lists joined with '; ' inside and outside, underscores as spaces, bars as commas (web_nlg). */
export const joinedStatements: Rewrite = saying('statements joined', (value) =>
  mapList(value, (inner) => (isList(inner) ? inner.map(pythonText).join('; ') : pythonText(inner)))
    .join('; ')
    .replaceAll('_', ' ')
    .replaceAll('|', ','),
);

/** Removes what is left of a byte string's notation: b', a literal \n' and newlines (math_dataset). */
export const withoutByteMarks: Rewrite = replaced(["b'", ''], ["\\n'", ''], ['\n', '']);

function mapList(value: FieldValue | undefined, map: (item: FieldValue) => string): readonly string[] {
  return isList(value) ? value.map(map) : [pythonText(value)];
}

/** Leaves the rewritten texts of these fields in the row. */
export function carryFields(...names: readonly string[]): NonNullable<PromptSpec['carry']> {
  return (row, { fields }) => ({ ...row, ...Object.fromEntries(names.map((name) => [name, fields[name] ?? ''])) });
}

/** Leaves the shown options in the row, so that the second formatting shows them (copa). */
export const carryOptions: NonNullable<PromptSpec['carry']> = (row, { options }) => ({ ...row, options });

/** Leaves a list as its elements joined with '; ' (hellaswag). */
export function carryJoined(name: string): NonNullable<PromptSpec['carry']> {
  return (row: Row) => ({ ...row, [name]: joinedList(row[name], row) });
}
