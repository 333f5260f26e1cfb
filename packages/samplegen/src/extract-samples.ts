const OPEN = '<s>[INST]';
const CLOSE = '[/INST]\n\n';
const SOLUTION = '\nSolution:';

export interface ExtractSamplesOptions {
  /** The reference's rule, which may run into the solution block (Q50). */
  readonly compat?: boolean;
}

/**
 * The solved samples inside a SampleGen training row, `Example 1:` … up to the newline that ends the last one, in time
 * linear in the text. Undefined when there are none.
 *
 * By default they end before `Solution:`. In compat mode they end at the last blank line of the row, as the reference's
 * regular expression `([A-Za-z0-9\s]+:.*\n)+\n` decides: a blank line inside the solution block takes part of it along.
 */
export function extractSamples(text: string, { compat = false }: ExtractSamplesOptions = {}): string | undefined {
  const body = withoutInstruction(text);
  return compat ? upToLastBlankLine(body) : beforeSolution(body);
}

/** What `<s>\[INST\].*\[/INST\]\n\n` (dot matches newline) leaves. */
function withoutInstruction(text: string): string {
  const start = text.indexOf(OPEN);
  const end = text.lastIndexOf(CLOSE);
  return start >= 0 && end >= start + OPEN.length ? text.slice(0, start) + text.slice(end + CLOSE.length) : text;
}

function beforeSolution(body: string): string | undefined {
  const end = body.indexOf(SOLUTION);
  const samples = end < 0 ? '' : body.slice(0, end);
  return samples.includes('Example 1:') ? samples : undefined;
}

// Letters, digits and what Python's \s matches, up to a colon.
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts U+001C to U+001F as whitespace
const HEADING = /[A-Za-z0-9\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+(:?)/g;

function upToLastBlankLine(body: string): string | undefined {
  const end = body.lastIndexOf('\n\n');
  if (end < 0) return undefined;
  for (const { index, 0: run, 1: colon } of body.matchAll(HEADING)) {
    const colonAt = index + run.length - 1;
    if (colonAt >= end) return undefined;
    if (colon === ':') return body.slice(index, end + 1).replaceAll('END_EXAMPLES', '');
  }
  return undefined;
}
