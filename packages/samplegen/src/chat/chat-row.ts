import { type MessagesRow, toMessages } from '../messages.js';
import type { PromptRow } from '../prompt-row.js';
import type { ChatTemplate } from './chat-template.js';

/**
 * A prompt in the words of a tokenizer's chat template, with the assistant's turn as what is learned. A test row ends
 * where the model has to write.
 *
 * @throws {PromptError} `PROMPT_CHAT_TEMPLATE_INVALID`, `PROMPT_CHAT_TURNS_UNCLEAR`
 */
export function toChatRow(row: PromptRow, template: ChatTemplate): PromptRow {
  const { messages }: MessagesRow = toMessages(row);
  if (messages.at(-1)?.role !== 'assistant') {
    const text = template.render(messages, { addGenerationPrompt: true });
    return { ...row, text, label_start: text.length, label_end: text.length };
  }
  const { text, spans } = template.renderSpans(messages);
  const { start, end } = spans.at(-1)!;
  return { ...row, text, label_start: start, label_end: end };
}
