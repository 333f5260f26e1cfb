const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;
/** Strings of a JSON text, and whether a colon follows: then it is a name. */
const STRINGS = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"(\s*:)?/g;
/** The last character of Unicode, which stands for nothing. */
const MARK = '\u{10ffff}';

/**
 * `JSON.parse`, but objects keep the order of their names. JavaScript moves names that are whole numbers to the front, in
 * ascending order; where that changes an order, they get a zero in front: `{"9": …, "10": …}` stays, `{"10": …, "9": …}` comes
 * as `{"010": …, "09": …}`. Looks at objects in objects, and at those of an array at the top, not into other arrays.
 *
 * @throws {SyntaxError} as `JSON.parse`
 */
export function parseOrderedJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!(Array.isArray(value) ? value.some(hasNumberFirst) : hasNumberFirst(value))) return value;
  const marked = text.replace(STRINGS, (whole, name: string, colon: string | undefined) =>
    colon !== undefined && WHOLE_NUMBER.test(name) ? `"${MARK}${name}"${colon}` : whole,
  );
  return unmarked(JSON.parse(marked));
}

/** Names that are whole numbers come first, so that one look at an object is enough. */
function hasNumberFirst(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  let first = true;
  for (const name in value) {
    if (first && WHOLE_NUMBER.test(name)) return true;
    first = false;
    if (hasNumberFirst((value as Readonly<Record<string, unknown>>)[name])) return true;
  }
  return false;
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(unmarked);
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => [
    name.startsWith(MARK) ? name.slice(MARK.length) : name,
    unmarked(item),
  ]);
  const plain = Object.fromEntries(entries);
  if (Object.keys(plain).every((name, index) => name === entries[index]![0])) return plain;
  return Object.fromEntries(entries.map(([name, item]) => [WHOLE_NUMBER.test(name) ? `0${name}` : name, item]));
}
