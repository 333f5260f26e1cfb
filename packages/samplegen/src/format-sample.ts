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

// Classes, not closures: the questions and blocks of all tasks and templates run the same compiled code.

/** Fills an instruction template with a row's fields, under their own names, `label` and `options_`. */
export class QuestionFormatter {
  private parsed: Template | undefined;

  constructor(
    private readonly template: TaskTemplate,
    private readonly options: FormatOptions,
  ) {}

  /** @param more values of slots beside those of the row */
  format(view: RowView, more: Readonly<Record<string, string>>): string {
    // Slots are compared with the fields of the first row; a later row that lacks one is an error when it is filled in.
    // Quotes around slots go; values keep theirs, and some tasks add their own (Q28).
    this.parsed ??= parseTemplate(this.template.input.replaceAll('"', ''), {
      id: this.template.id,
      slots: slotNames(view, more),
    });
    const filled = fillTemplateWith(
      this.parsed,
      (slot) => slotText(slot, view, more),
      () => slotNames(view, more),
    );
    return cleanUp(filled, this.options);
  }
}

function slotNames({ fields, shownOptions }: RowView, more: Readonly<Record<string, string>>): readonly string[] {
  const shown = fields.map(({ name }) => name);
  return [...Object.keys(more), ...shown, 'label', ...(shownOptions === null ? [] : ['options_'])];
}

function slotText(
  slot: string,
  { fields, label, shownOptions }: RowView,
  more: Readonly<Record<string, string>>,
): string | undefined {
  if (slot === 'options_' && shownOptions !== null) return shownOptions;
  if (slot === 'label') return String(label);
  for (const { name, text } of fields) if (name === slot) return text;
  return Object.hasOwn(more, slot) ? more[slot] : undefined;
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
export class BlockFormatter {
  private readonly pieces: readonly (string | typeof COMPONENTS | typeof ANSWER)[];
  private readonly headings = new Map<string | number, string>();

  constructor(private readonly options: BlockOptions) {
    this.pieces = options.inner.parts.map((part) => {
      if (part.type === 'text') return part.text;
      return part.name === 'components' ? COMPONENTS : part.name === 'answer' ? ANSWER : String(options.n);
    });
  }

  format({ fields, label }: RowView): string {
    const { n, compat, unify, translation, corrupt, withoutAnswer } = this.options;
    const isSample = n !== 'Solution';
    let block = '';
    for (const piece of this.pieces) {
      if (piece === ANSWER) block += withoutAnswer ? '' : corrupt && isSample ? BLANK : String(label);
      else if (piece !== COMPONENTS) block += piece;
      else block += corrupt && isSample ? BLANK : this.components(fields);
    }
    if (compat) return cleanUp(block, this.options);
    if (!isSample) return block.replace('\nExample Solution:', '');
    return translation && !unify ? block.replace(`\nAnswer ${n}: `, '\nAnswer: ') : block;
  }

  private components(fields: RowView['fields']): string {
    let text = '';
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      text += this.heading(field.name, i) + (this.options.corrupt ? 'None' : field.text);
    }
    return text;
  }

  private heading(name: string, index: number): string {
    const key = this.options.unify ? index : name;
    const known = this.headings.get(key);
    if (known !== undefined) return known;
    const made = `\n${heading(name, index, this.options)}: `;
    this.headings.set(key, made);
    return made;
  }
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
