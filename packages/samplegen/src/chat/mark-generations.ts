import type { RenderedChat } from './chat-template.js';

/** A template whose marks of what is generated can be read back from its output. */
export interface MarkedTemplate {
  readonly template: string;
  /** Takes the marks out of the output; undefined when they do not pair. */
  readonly read: (output: string) => RenderedChat | undefined;
}

// Of Unicode's noncharacters, which no text holds.
const OPEN = '\uFDD0';
const CLOSE = '\uFDD1';
const TAG = /([ \t]*)\{%(-?)\s*(end)?generation\s*(-?)%\}(\n?)/g;

/**
 * Puts a character in the place of each `{% generation %}` and `{% endgeneration %}` (a tag that transformers adds to Jinja),
 * with the white space around it as trimming would leave it. Undefined for a template without these tags.
 */
export function markGenerations(template: string): MarkedTemplate | undefined {
  let found = false;
  const marked = template.replaceAll(TAG, (...match) => {
    const [, indent, trimLeft, end, trimRight, newline, offset] = match as unknown as [
      string,
      string,
      string,
      string | undefined,
      string,
      string,
      number,
    ];
    found = true;
    const atLineStart = offset === 0 || template[offset - 1] === '\n';
    const mark = `{{${trimLeft}'${end === undefined ? OPEN : CLOSE}'${trimRight}}}`;
    // A block's own line: spaces before it, and the newline behind it, are not printed.
    return `${atLineStart || trimLeft !== '' ? '' : indent}${mark}${trimRight === '' ? '' : newline}`;
  });
  return found ? { template: marked, read } : undefined;
}

function read(output: string): RenderedChat | undefined {
  const spans: { start: number; end: number }[] = [];
  let text = '';
  let start: number | undefined;
  for (const piece of output.split(/([\uFDD0\uFDD1])/)) {
    if (piece === OPEN) {
      if (start !== undefined) return undefined;
      start = text.length;
    } else if (piece === CLOSE) {
      if (start === undefined) return undefined;
      spans.push({ start, end: text.length });
      start = undefined;
    } else {
      text += piece;
    }
  }
  return start === undefined ? { text, spans } : undefined;
}
