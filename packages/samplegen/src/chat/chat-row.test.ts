import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { createPrompts } from '../create-prompts.js';
import { testRows } from '../test-rows.js';
import { toChatRow } from './chat-row.js';
import { createChatTemplate } from './chat-template.js';

const chatMl = createChatTemplate({
  template:
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
});

describe('toChatRow', () => {
  const { task, rows } = testRows('rte');

  it('teaches the assistant’s turn and the token that ends it', () => {
    for (const kind of ['regular', 'samplegen'] as const) {
      const made = createPrompts({ task, rows, kind, use: 'train', numInner: 1, random: new PythonRandom(1) });
      for (const row of made) {
        const chat = toChatRow(row, chatMl);
        expect(chat.text.slice(0, chat.label_start)).toMatch(
          /^<\|im_start\|>system\n[\s\S]*<\|im_start\|>assistant\n$/,
        );
        const learned = chat.text.slice(chat.label_start, chat.label_end);
        expect(learned).toBe(`${row.text.slice(row.label_start, -'</s>'.length).trim()}<|im_end|>`);
        expect({ ...chat, text: '', label_start: 0, label_end: 0 }).toEqual({
          ...row,
          text: '',
          label_start: 0,
          label_end: 0,
        });
      }
    }
  });

  it('leaves a test row open for the answer', () => {
    const [row] = createPrompts({ task, rows, kind: 'regular', use: 'test', random: new PythonRandom(1) });
    const chat = toChatRow(row!, chatMl);
    expect(chat.text.endsWith('yes; no<|im_end|>\n<|im_start|>assistant\n')).toBe(true);
    expect([chat.label_start, chat.label_end]).toEqual([chat.text.length, chat.text.length]);
  });
});
