import type { PromptRow } from './prompt-row.js';

/** One turn of a chat. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A prompt as a chat, in the form that other trainers read, with what is known about it. */
export interface MessagesRow {
  /** An assistant turn at the end is what a model has to learn; test rows have none. */
  readonly messages: readonly ChatMessage[];
  readonly labels: string | number;
  readonly gold_options: readonly string[];
  readonly task: string;
  readonly template: string;
  readonly examples: readonly string[];
}

const OPEN = '<s>[INST] ';
const SYSTEM_OPEN = '<<SYS>>\n';
const SYSTEM_CLOSE = '\n<</SYS>>\n\n';
const CLOSE = '[/INST]';
const END = '</s>';

/**
 * Takes the Llama 2 marks off a prompt. System prompt, question and answer become turns; line breaks at the border of
 * two turns go. A prompt for a base model, which has no marks, is one user turn.
 */
export function toMessages(row: PromptRow): MessagesRow {
  const { text, label_start, labels, gold_options, task, template, examples } = row;
  return { messages: turns(text, label_start), labels, gold_options, task, template, examples };
}

function turns(text: string, labelStart: number): readonly ChatMessage[] {
  if (!text.startsWith(OPEN)) return [{ role: 'user', content: text }];
  // Positions, not a search for marks: a value may hold any of them.
  const instruction = text.slice(OPEN.length, labelStart);
  const asked = instruction.endsWith(CLOSE) ? instruction.slice(0, -CLOSE.length) : instruction;
  const systemEnd = asked.startsWith(SYSTEM_OPEN) ? asked.indexOf(SYSTEM_CLOSE) : -1;
  const question = systemEnd < 0 ? asked : asked.slice(systemEnd + SYSTEM_CLOSE.length);
  const answer = text.slice(labelStart);
  return [
    ...(systemEnd < 0 ? [] : [{ role: 'system', content: asked.slice(SYSTEM_OPEN.length, systemEnd) } as const]),
    { role: 'user', content: question.replace(/\n+$/, '') },
    ...(answer === '' ? [] : [{ role: 'assistant', content: bare(answer) } as const]),
  ];
}

function bare(answer: string): string {
  return (answer.endsWith(END) ? answer.slice(0, -END.length) : answer).replace(/^\n+/, '').replace(/\n+$/, '');
}
