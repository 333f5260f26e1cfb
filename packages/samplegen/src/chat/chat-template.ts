import { Template } from '@huggingface/jinja';
import { PromptError } from '../errors.js';
import type { ChatMessage } from '../messages.js';
import { markGenerations } from './mark-generations.js';

/** What a tokenizer's files say about chats. */
export interface ChatTemplateSource {
  /** The Jinja template. */
  readonly template: string;
  /** Texts of the tokenizer's special tokens: `bos_token`, `eos_token`, …. */
  readonly specialTokens?: Readonly<Record<string, string>>;
  /** What error messages call it. */
  readonly from?: string;
}

/** A chat as text, and where the assistant's turns lie in it. */
export interface RenderedChat {
  readonly text: string;
  /**
   * One for each turn of the assistant, in UTF-16 offsets. Where the template marks what is generated, exactly that; else
   * from behind the header of the turn to the end of the token that closes it.
   */
  readonly spans: readonly { readonly start: number; readonly end: number }[];
}

export interface ChatTemplate {
  /** The text that `apply_chat_template(…, tokenize=False)` of Python gives. */
  render(messages: readonly ChatMessage[], options?: { readonly addGenerationPrompt?: boolean }): string;
  /** The text of whole turns with the spans to learn. */
  renderSpans(messages: readonly ChatMessage[]): RenderedChat;
}

/**
 * Compiles the chat template of a tokenizer.
 * @throws {PromptError} `PROMPT_CHAT_TEMPLATE_INVALID`; rendering throws it too, and `PROMPT_CHAT_TURNS_UNCLEAR`
 */
export function createChatTemplate(source: ChatTemplateSource): ChatTemplate {
  const { template, specialTokens = {}, from = 'The chat template' } = source;
  const marked = markGenerations(template);
  const compiled = compile(template, from);
  const compiledMarked = marked === undefined ? undefined : compile(marked.template, from);
  const render = (used: Template, messages: readonly ChatMessage[], addGenerationPrompt: boolean): string => {
    try {
      return used.render({
        ...specialTokens,
        messages: messages.map((message) => ({ ...message })),
        tools: null,
        documents: null,
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (cause) {
      throw invalid(from, cause);
    }
  };
  const plain: ChatTemplate['render'] = (messages, { addGenerationPrompt = false } = {}) =>
    render(compiled, messages, addGenerationPrompt);
  return {
    render: plain,
    renderSpans(messages) {
      if (compiledMarked === undefined || marked === undefined) return spansByPrefix(messages, plain, from);
      const read = marked.read(render(compiledMarked, messages, false));
      const text = plain(messages);
      if (read === undefined || read.text !== text) throw unclear(from, 'Its marks of what is generated do not pair.');
      return read;
    },
  };
}

/** The text up to a turn, with the header of the assistant's, tells where the turn starts. */
function spansByPrefix(messages: readonly ChatMessage[], render: ChatTemplate['render'], from: string): RenderedChat {
  const text = render(messages);
  const spans = messages.flatMap(({ role, content }, index) => {
    if (role !== 'assistant') return [];
    const start = render(messages.slice(0, index), { addGenerationPrompt: true }).length;
    const upTo = index === messages.length - 1 ? text : render(messages.slice(0, index + 1));
    const before = render(messages.slice(0, index), { addGenerationPrompt: true });
    if (!upTo.startsWith(before) || !text.startsWith(upTo)) {
      throw unclear(from, `Turn ${index + 1} is written differently when it is the last one.`);
    }
    const shown = upTo.slice(start);
    const kept = [content, content.trim()].find(
      (variant) => shown.startsWith(variant) || shown.trimStart().startsWith(variant),
    );
    if (kept === undefined) throw unclear(from, `Turn ${index + 1} does not hold its text.`);
    // The newline between turns is no part of one, but content that ends in newlines is.
    const contentEnd = start + shown.indexOf(kept) + kept.length;
    return [{ start, end: Math.max(contentEnd, upTo.trimEnd().length) }];
  });
  return { text, spans };
}

function compile(template: string, from: string): Template {
  try {
    return new Template(template);
  } catch (cause) {
    throw invalid(from, cause);
  }
}

function invalid(from: string, cause: unknown): PromptError {
  return new PromptError(
    'PROMPT_CHAT_TEMPLATE_INVALID',
    {
      what: `${from} cannot be used.`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'Some templates refuse a system turn, or turns out of order. Use another model, or prompts without a template.',
    },
    { cause },
  );
}

function unclear(from: string, why: string): PromptError {
  return new PromptError('PROMPT_CHAT_TURNS_UNCLEAR', {
    what: `${from} does not say where the assistant's turns lie.`,
    why,
    fix: 'Put {% generation %} … {% endgeneration %} around what the assistant writes, in the template.',
  });
}
