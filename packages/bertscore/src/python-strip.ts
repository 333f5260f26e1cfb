// The characters that Python's str.isspace() accepts. JavaScript's trim() leaves U+001C-U+001F and U+0085 and takes U+FEFF.
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const EDGES = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'gu');

/** `str.strip()` of Python: bert_score strips each text before it encodes it. */
export function pythonStrip(text: string): string {
  return text.replace(EDGES, '');
}
