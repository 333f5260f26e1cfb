import type { ChatMessage } from './messages.js';
import type { PromptRow } from './prompt-row.js';

/** What a piece of a prompt is. */
export type PromptPartName = 'mark' | 'system' | 'question' | 'sample' | 'solution' | 'options' | 'label' | 'end';

/** A piece of a prompt; all pieces together are its text. */
export interface PromptPart {
  readonly name: PromptPartName;
  readonly text: string;
  /** True inside `label_start` … `label_end`. */
  readonly learned: boolean;
}

export interface ExplainOptions {
  /** The turns that were put into a chat template, where the row comes from one; see `toMessages`. */
  readonly messages?: readonly ChatMessage[] | undefined;
}

interface Span {
  readonly name: PromptPartName;
  readonly start: number;
  readonly end: number;
}

/**
 * Takes a prompt apart, to be looked at: the marks, system prompt, question, solved samples, the block to solve, its
 * options, the answer. It goes by the fixed words of the format, so a value that holds these may be named wrongly.
 */
export function explainPrompt(row: PromptRow, { messages }: ExplainOptions = {}): readonly PromptPart[] {
  const { text, label_start: learnedFrom, label_end: learnedTo } = row;
  const asked = messages === undefined ? instruction(row) : turns(row, messages);
  // Later spans lie on top of earlier ones.
  const layers = [...asked, ...answer(row, asked.length > 0), ...options(row)];
  const borders = new Set([
    0,
    text.length,
    learnedFrom,
    learnedTo,
    ...layers.flatMap(({ start, end }) => [start, end]),
  ]);
  const sorted = [...borders].sort((a, b) => a - b);
  const parts: PromptPart[] = [];
  for (let i = 1; i < sorted.length; i++) {
    const [start, end] = [sorted[i - 1]!, sorted[i]!];
    const name = layers.findLast((span) => span.start <= start && span.end >= end)?.name ?? 'mark';
    const learned = start >= learnedFrom && end <= learnedTo;
    const last = parts.at(-1);
    const piece = text.slice(start, end);
    if (last?.name === name && last.learned === learned) parts[parts.length - 1] = { ...last, text: last.text + piece };
    else parts.push({ name, text: piece, learned });
  }
  return parts;
}

const SYSTEM = /^<s>\[INST\] <<SYS>>\n([\s\S]*?)\n<<\/SYS>>\n\n/;
const CLOSE = '[/INST]';

function instruction({ text, label_start: labelStart }: PromptRow): readonly Span[] {
  const head = SYSTEM.exec(text);
  if (head === null) return [];
  const systemStart = head[0].indexOf(head[1]!, '<s>[INST] <<SYS>>\n'.length);
  const end = text.lastIndexOf(CLOSE, labelStart);
  return [
    { name: 'system', start: systemStart, end: systemStart + head[1]!.length },
    { name: 'question', start: head[0].length, end: end < 0 ? text.length : end },
  ];
}

/** System prompt and question where a chat template has put them. */
function turns({ text, label_start: labelStart }: PromptRow, messages: readonly ChatMessage[]): readonly Span[] {
  let from = 0;
  return messages.flatMap(({ role, content }) => {
    // Templates trim what they print.
    const shown = content.trim();
    const start = text.indexOf(shown, from);
    if (role === 'assistant' || start < 0 || start + shown.length > labelStart) return [];
    from = start + shown.length;
    return [{ name: role === 'system' ? 'system' : 'question', start, end: from }] as const;
  });
}

/** Samples, the block to solve, the label and what follows it: behind the instruction where there is one. */
function answer({ text, label_start: labelStart, labels }: PromptRow, isInstructed: boolean): readonly Span[] {
  const from = isInstructed ? labelStart : 0;
  const spans: Span[] = [];
  const solution = Math.max(text.lastIndexOf('\nSolution:'), from);
  const headings = text.slice(from, solution).matchAll(/\n*(?:^|\n)Example \d+:\n/g);
  const samples = Array.from(headings, ({ index }) => from + index);
  for (const [n, start] of samples.entries()) {
    spans.push({ name: 'sample', start, end: samples[n + 1] ?? solution });
  }
  spans.push({ name: 'solution', start: solution, end: text.length });
  const heading = text.lastIndexOf('Answer Solution: ');
  if (heading < from || labelStart === text.length) return spans;
  const start = heading + 'Answer Solution: '.length;
  const end = start + String(labels).length;
  if (text.slice(start, end) === String(labels)) {
    spans.push({ name: 'label', start, end }, { name: 'end', start: end, end: text.length });
  }
  return spans;
}

/** Where the options are shown: their line in blocks, or their joined text in a question. */
function options({ text, gold_options: gold }: PromptRow): readonly Span[] {
  if (gold[0] === '' || gold.length === 0) return [];
  const spans: Span[] = [];
  for (const joined of [gold.join('; '), ...quotedForms(gold)]) {
    for (let at = text.indexOf(joined); at >= 0; at = text.indexOf(joined, at + joined.length)) {
      spans.push({ name: 'options', start: at, end: at + joined.length });
    }
  }
  // Samples have options of their own.
  for (const { index, 0: line, 1: heading } of text.matchAll(/^(Options(?: \w+)?: ).+$/gm)) {
    spans.push({ name: 'options', start: index + heading!.length, end: index + line.length });
  }
  return spans;
}

/** Choices as BIG-bench formats show them: bare, or behind letters. */
function quotedForms(gold: readonly string[]): readonly string[] {
  const quoted = gold.map((option) => `"${option.replace(/\.+$/, '')}"`);
  const lettered = (first: number, mark: (letter: string) => string): string =>
    quoted.map((option, index) => `${mark(String.fromCharCode(first + index))} ${option}`).join(', ');
  return [quoted.join(', '), lettered(65, (letter) => `${letter})`), lettered(97, (letter) => `(${letter})`)];
}
