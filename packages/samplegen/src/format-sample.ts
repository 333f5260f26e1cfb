import type { RowView } from '@flanlab/flan-datasets';
import { fillTemplateWith, parseTemplate, type TaskTemplate, type Template } from '@flanlab/prompt-templates';

/** Which variant of the text is wanted. */
export interface FormatOptions {
  /** The reference's text byte for byte, clean-up accidents inside values included (Q31). */
  readonly compat: boolean;
  /** `Input 1`, `Input 2`, … in place of field names. */
  readonly unify: boolean;
  /** The task translates: its samples carry no numbers behind the language and sentence headings. */
  readonly translation: boolean;
}

/** Fills an instruction template with a row's fields, under their own names, `label` and `options_`. */
export function questionFormatter(
  template: TaskTemplate,
  options: FormatOptions,
): (view: RowView, more: Readonly<Record<string, string>>) => string {
  let parsed: Template | undefined;
  return ({ fields, label, shownOptions }, more) => {
    const names = (): readonly string[] => [
      ...Object.keys(more),
      ...fields.map(({ name }) => name),
      'label',
      ...(shownOptions === null ? [] : ['options_']),
    ];
    const textOf = (slot: string): string | undefined => {
      if (slot === 'options_' && shownOptions !== null) return shownOptions;
      if (slot === 'label') return String(label);
      for (const { name, text } of fields) if (name === slot) return text;
      return Object.hasOwn(more, slot) ? more[slot] : undefined;
    };
    // Slots are compared with the fields of the first row; a later row that lacks one is an error when it is filled in.
    // Quotes around slots go; values keep theirs, and some tasks add their own (Q28).
    parsed ??= parseTemplate(template.input.replaceAll('"', ''), { id: template.id, slots: names() });
    return cleanUp(fillTemplateWith(parsed, textOf, names), options);
  };
}

/** One block: `n` is the number of a sample, or `Solution` for the one to solve. */
interface BlockOptions extends FormatOptions {
  readonly inner: Template;
  readonly n: number | 'Solution';
  /** Blanks the samples and empties the fields of the solution block (Q32). */
  readonly corrupt: boolean;
  /** Prints no answer. */
  readonly withoutAnswer: boolean;
}

const BLANK = '\n(blank)';
const COMPONENTS = Symbol('components');
const ANSWER = Symbol('answer');

/** Prints rows as blocks: every field on its own line under its heading, then the answer. */
export function blockFormatter(options: BlockOptions): (view: RowView) => string {
  const { inner, n, compat, unify, translation, corrupt, withoutAnswer } = options;
  const sample = n !== 'Solution';
  const headings = new Map<string | number, string>();
  const headingOf = (name: string, index: number): string => {
    const key = unify ? index : name;
    const known = headings.get(key);
    if (known !== undefined) return known;
    const made = `\n${heading(name, index, options)}: `;
    headings.set(key, made);
    return made;
  };
  const pieces = inner.parts.map((part) => {
    if (part.type === 'text') return part.text;
    return part.name === 'components' ? COMPONENTS : part.name === 'answer' ? ANSWER : String(n);
  });
  const isBlank = corrupt && sample;
  return ({ fields, label }) => {
    let filled = '';
    for (const piece of pieces) {
      if (piece === ANSWER) filled += withoutAnswer ? '' : isBlank ? BLANK : String(label);
      else if (piece !== COMPONENTS) filled += piece;
      else if (isBlank) filled += BLANK;
      else
        for (let i = 0; i < fields.length; i++) {
          const { name, text } = fields[i]!;
          filled += headingOf(name, i) + (corrupt ? 'None' : text);
        }
    }
    if (compat) return cleanUp(filled, options);
    if (!sample) return filled.replace('\nExample Solution:', '');
    return translation && !unify ? filled.replace(`\nAnswer ${n}: `, '\nAnswer: ') : filled;
  };
}

const UNNUMBERED = new Set(['lang1', 'lang2', 'sent1', 'sent2']);

function heading(name: string, index: number, { compat, unify, translation, n }: BlockOptions): string {
  const title = unify ? `Input ${index + 1}` : capitalise(name);
  const bare = !compat && n !== 'Solution' && (unify || (translation && UNNUMBERED.has(name)));
  return bare ? title : `${title} ${n}`;
}

function capitalise(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1).toLowerCase();
}

// The reference prints numbers everywhere and then deletes some with these, wherever they match.
function cleanUp(text: string, { compat, unify, translation }: FormatOptions): string {
  if (!compat) return text;
  const bare = text.replaceAll('\nExample Solution:', '');
  if (unify) return bare.replace(/(?<=Input [0-9]) [0-9]/g, '');
  if (!translation) return bare;
  return bare
    .replace(/(?<=Lang[12]) [12]/g, '')
    .replace(/(?<=Sent[12]) [12]/g, '')
    .replace(/(?<=Answer) [12]/g, '');
}
