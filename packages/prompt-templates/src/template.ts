import { nearest } from '@flanlab/errors';
import { TemplateError } from './errors.js';

/** A piece of a parsed template: text as it stands, or a slot to be filled. */
export type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'slot'; readonly name: string };

/** A template that has been checked once and can be filled any number of times. */
export interface Template {
  /** What error messages call it, such as `rte/3`. */
  readonly id: string;
  readonly source: string;
  readonly parts: readonly TemplatePart[];
  /** Names of the slots in order of first appearance, each once. */
  readonly slots: readonly string[];
}

export interface ParseTemplateOptions {
  /** What error messages call the template; its own text when left out. */
  readonly id?: string;
  /** The slots that may be used; any name when left out. */
  readonly slots?: readonly string[];
}

const SLOT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function place(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `offset ${offset} (line ${before.length}, column ${before.at(-1)!.length + 1})`;
}

/**
 * Parses the slot language: `{name}` is a slot, `{{` and `}}` are single literal braces, everything else is text.
 * A name is ASCII letters, digits and `_`, and does not begin with a digit. There is nothing else: no formats,
 * no defaults, no nesting.
 *
 * @throws {TemplateError} `TEMPLATE_BRACE_UNBALANCED` with the position of the brace, `TEMPLATE_SLOT_INVALID`,
 * `TEMPLATE_SLOT_UNKNOWN` with the nearest allowed name
 */
export function parseTemplate(
  source: string,
  { id = JSON.stringify(source), slots }: ParseTemplateOptions = {},
): Template {
  const parts: TemplatePart[] = [];
  const names = new Set<string>();
  let text = '';
  for (let i = 0; i < source.length; i++) {
    const char = source[i]!;
    if (char !== '{' && char !== '}') {
      text += char;
    } else if (source[i + 1] === char) {
      text += char;
      i++;
    } else if (char === '}') {
      throw unbalanced(id, source, i, 'closes nothing', 'Write }} for a literal brace.');
    } else {
      const end = source.indexOf('}', i);
      const inner = source.indexOf('{', i + 1);
      if (end < 0 || (inner >= 0 && inner < end)) {
        throw unbalanced(id, source, i, 'is never closed', 'Close the slot with }, or write {{ for a literal brace.');
      }
      const name = source.slice(i + 1, end);
      checkName(id, source, i, name, slots);
      if (text !== '') parts.push({ type: 'text', text });
      text = '';
      parts.push({ type: 'slot', name });
      names.add(name);
      i = end;
    }
  }
  if (text !== '') parts.push({ type: 'text', text });
  return { id, source, parts, slots: [...names] };
}

function unbalanced(id: string, source: string, offset: number, why: string, fix: string): TemplateError {
  return new TemplateError('TEMPLATE_BRACE_UNBALANCED', {
    what: `Template ${id} has a stray "${source[offset]}".`,
    why: `The brace at ${place(source, offset)} ${why}.`,
    fix,
  });
}

function checkName(
  id: string,
  source: string,
  offset: number,
  name: string,
  slots: readonly string[] | undefined,
): void {
  if (!SLOT_NAME.test(name)) {
    throw new TemplateError('TEMPLATE_SLOT_INVALID', {
      what: `Template ${id} has the slot {${name}}.`,
      why: `At ${place(source, offset)}: a slot name is letters, digits and "_", not starting with a digit.`,
      fix: 'Rename the slot, or double the braces to print them.',
    });
  }
  if (slots !== undefined && !slots.includes(name)) {
    const near = nearest(name, slots);
    throw new TemplateError('TEMPLATE_SLOT_UNKNOWN', {
      what: `Template ${id} has the slot {${name}}.`,
      why: `At ${place(source, offset)}: only these are provided: ${slots.join(', ')}.`,
      fix: near === undefined ? 'Rename the slot, or provide the field.' : `Did you mean {${near}}?`,
    });
  }
}

/** A filled template that remembers where each slot's text lies. */
export interface FilledTemplate {
  readonly text: string;
  /** In template order; `start` and `end` are UTF-16 offsets into `text`. */
  readonly spans: readonly { readonly slot: string; readonly start: number; readonly end: number }[];
}

/**
 * Fills every slot in one pass: braces inside values are never read again. Values that no slot names are ignored.
 *
 * @throws {TemplateError} `TEMPLATE_VALUE_MISSING` when a slot has no value (an empty text is a value)
 */
export function fillTemplateSpans(template: Template, values: Readonly<Record<string, string>>): FilledTemplate {
  const spans: { slot: string; start: number; end: number }[] = [];
  let end = 0;
  const pieces = template.parts.map((part) => {
    const piece = part.type === 'text' ? part.text : slotValue(template, part.name, values);
    if (part.type === 'slot') spans.push({ slot: part.name, start: end, end: end + piece.length });
    end += piece.length;
    return piece;
  });
  return { text: pieces.join(''), spans };
}

/**
 * Fills every slot in one pass and returns the text.
 *
 * @throws {TemplateError} `TEMPLATE_VALUE_MISSING`
 */
export function fillTemplate(template: Template, values: Readonly<Record<string, string>>): string {
  // Joined, not added up: a text of one piece is quicker to keep and to write than a tree of thousands.
  return template.parts
    .map((part) => (part.type === 'text' ? part.text : slotValue(template, part.name, values)))
    .join('');
}

/**
 * Fills every slot with what a function gives for its name. Of thousands of rows none has to be made into a record.
 *
 * @param names the names that have a value, for the error
 * @throws {TemplateError} `TEMPLATE_VALUE_MISSING` when the function gives nothing
 */
export function fillTemplateWith(
  template: Template,
  textOf: (slot: string) => string | undefined,
  names: () => readonly string[],
): string {
  let text = '';
  for (const part of template.parts) {
    if (part.type === 'text') {
      text += part.text;
      continue;
    }
    const value = textOf(part.name);
    if (value === undefined) throw missing(template, part.name, names());
    text += value;
  }
  return text;
}

function slotValue(template: Template, slot: string, values: Readonly<Record<string, string>>): string {
  const value = Object.hasOwn(values, slot) ? values[slot] : undefined;
  if (value === undefined) throw missing(template, slot, Object.keys(values));
  return value;
}

function missing(template: Template, slot: string, given: readonly string[]): TemplateError {
  const near = nearest(slot, given);
  return new TemplateError('TEMPLATE_VALUE_MISSING', {
    what: `Template ${template.id} cannot be filled.`,
    why: `Its slot {${slot}} has no value; there are: ${given.join(', ') || '(none)'}.`,
    fix: near === undefined ? 'Give the slot a value, or change the template.' : `Did you mean {${near}}?`,
  });
}
