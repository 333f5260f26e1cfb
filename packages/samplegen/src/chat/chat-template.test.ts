import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMessage } from '../messages.js';
import { createChatTemplate } from './chat-template.js';
import { loadChatTemplate } from './load-chat-template.js';

interface Golden {
  readonly tokens: Readonly<Record<string, string>>;
  readonly chats: readonly (readonly ChatMessage[])[];
  readonly cases: readonly {
    readonly name: string;
    readonly template: string;
    readonly rendered: readonly {
      readonly chat: number;
      readonly add_generation_prompt: boolean;
      readonly text: string;
      readonly spans: readonly (readonly [start: number, end: number])[] | null;
    }[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../fixtures/chat-templates.json', import.meta.url), 'utf8'));

describe.each(golden.cases)('$name', ({ template, rendered }) => {
  const chat = createChatTemplate({ template, specialTokens: golden.tokens });

  it('gives the text that transformers gives', () => {
    for (const { chat: index, add_generation_prompt: addGenerationPrompt, text } of rendered) {
      expect(chat.render(golden.chats[index]!, { addGenerationPrompt })).toBe(text);
    }
  });

  it('says where the assistant’s turns are: as transformers where it says it, else the text with its closing token', () => {
    for (const { chat: index, add_generation_prompt: asked, text, spans } of rendered) {
      if (asked) continue;
      const messages = golden.chats[index]!;
      const found = chat.renderSpans(messages);
      expect(found.text).toBe(text);
      if (spans !== null) {
        expect(found.spans.map(({ start, end }) => [start, end])).toEqual(spans);
        continue;
      }
      const answers = messages.filter(({ role }) => role === 'assistant');
      expect(found.spans).toHaveLength(answers.length);
      for (const [turn, { start, end }] of found.spans.entries()) {
        const learned = text.slice(start, end);
        const content = answers[turn]!.content;
        expect([content, content.trim()].some((shown) => learned.trimStart().startsWith(shown.trimStart()))).toBe(true);
        expect(learned).toMatch(/(<\|im_end\|>|<\/s>|<\|eot_id\|>|<end_of_turn>|\[\/ASSISTANT\])$/);
        expect(learned.slice(content.trim().length)).not.toContain(content.trim());
      }
    }
  });
});

describe('createChatTemplate refuses', () => {
  const user = { role: 'user', content: 'a' } as const;
  const assistant = { role: 'assistant', content: 'b' } as const;

  it.each([
    ['a broken template', '{% if %}', 'PROMPT_CHAT_TEMPLATE_INVALID'],
    ['turns that the template refuses', "{{ raise_exception('No.') }}", 'PROMPT_CHAT_TEMPLATE_INVALID'],
    [
      'turns that change when more follow',
      '{{ messages | length }}{{ messages[-1].content }}',
      'PROMPT_CHAT_TURNS_UNCLEAR',
    ],
    ['turns that are not written', '{% for m in messages %}x{% endfor %}', 'PROMPT_CHAT_TURNS_UNCLEAR'],
    [
      'marks inside each other',
      '{% generation %}{% generation %}{% endgeneration %}{% endgeneration %}',
      'PROMPT_CHAT_TURNS_UNCLEAR',
    ],
    ['marks left open', '{% generation %}b', 'PROMPT_CHAT_TURNS_UNCLEAR'],
  ])('%s', (_, template, code) => {
    const run = (): unknown => createChatTemplate({ template }).renderSpans([user, assistant, user]);
    expect(run).toThrowError(expect.objectContaining({ code }));
  });
});

describe('loadChatTemplate', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flanlab-chat-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = (name: string, value: unknown): Promise<void> =>
    writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  const chat = [{ role: 'user', content: 'a' }] as const;
  const text = async (): Promise<string> => (await loadChatTemplate(folder)).render(chat);

  it('looks where transformers looks, newest first, and knows the special tokens', async () => {
    await expect(text()).rejects.toMatchObject({ code: 'PROMPT_CHAT_TEMPLATE_MISSING' });
    const body = '{{ messages[0].content }}{{ eos_token }}{{ bos_token }}';
    const several = [{ name: 'tool_use', template: 'x' }, { name: 'default', template: `several ${body}` }]; // biome-ignore format: one line is clearer
    await write('tokenizer_config.json', { bos_token: { content: '<b>' }, eos_token: '<e>', chat_template: several });
    expect(await text()).toBe('several a<e><b>');
    await write('tokenizer_config.json', {
      bos_token: { content: '<b>' },
      eos_token: '<e>',
      chat_template: `one ${body}`,
    });
    expect(await text()).toBe('one a<e><b>');
    await write('chat_template.json', { chat_template: `json ${body}` });
    expect(await text()).toBe('json a<e><b>');
    await write('chat_template.jinja', `jinja ${body}`);
    await write('special_tokens_map.json', { eos_token: { content: '<end>' } });
    expect(await text()).toBe('jinja a<end><b>');
  });
});
