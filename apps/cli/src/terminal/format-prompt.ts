import type { PromptPart, PromptPartName, PromptRow } from '@flanlab/samplegen';
import { paintSlots } from './format-templates.js';

/** Colour of each part, and what it is. */
const PARTS = {
  mark: ['\u001b[2m', 'marks of the format'],
  system: ['\u001b[35m', 'system prompt'],
  question: ['\u001b[36m', 'question, in the wording of the template'],
  sample: ['\u001b[33m', 'solved samples from other rows'],
  solution: ['\u001b[34m', 'the row to solve'],
  options: ['\u001b[1;34m', 'options'],
  label: ['\u001b[1;32m', 'answer'],
  end: ['\u001b[2m', 'closing marks'],
} as const satisfies Record<PromptPartName, readonly [colour: string, what: string]>;

const LEARNED = '\u001b[4m';
const RESET = '\u001b[0m';

/** A prompt in colours, with a key to them; what is learned is underlined. Without colours each part stands under its name. */
export function formatPrompt(
  row: PromptRow,
  parts: readonly PromptPart[],
  { colour, wording }: { readonly colour: boolean; readonly wording?: string | undefined },
): string {
  const { task, template, labels, gold_options: options, label_start, label_end, examples } = row;
  const facts = [
    `task ${task}, template ${template}, ${examples.length} row(s) shown`,
    ...(wording === undefined ? [] : [`worded ${(colour ? paintSlots(wording) : wording).replaceAll('\n', '⏎')}`]),
    `answer ${JSON.stringify(labels)}, options ${options[0] === '' ? 'none' : options.map((one) => JSON.stringify(one)).join(', ')}`,
    label_start === label_end
      ? 'nothing is learned: the prompt is for tests'
      : `learned: characters ${label_start} to ${label_end} of ${row.text.length}`,
  ];
  const body = colour
    ? [parts.map(painted).join(''), '', key(parts)]
    : parts.map(({ name, text, learned }) => `── ${PARTS[name][1]}${learned ? ' (learned)' : ''}\n${visible(text)}`);
  return [...facts, '', ...body].join('\n');
}

/** Colours end before each line break, or terminals paint the rest of the line. */
function painted({ name, text, learned }: PromptPart): string {
  const paint = `${PARTS[name][0]}${learned ? LEARNED : ''}`;
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `${paint}${line}${RESET}`))
    .join('\n');
}

function key(parts: readonly PromptPart[]): string {
  const names = [...new Set(parts.map(({ name }) => name))];
  const learned = parts.some((part) => part.learned) ? [`${LEARNED}learned${RESET}`] : [];
  return [...names.map((name) => `${PARTS[name][0]}${PARTS[name][1]}${RESET}`), ...learned].join(' · ');
}

/** Line breaks at the borders of parts can be seen. */
function visible(text: string): string {
  return text.replaceAll('\n', '⏎\n').replace(/\n$/, '');
}
