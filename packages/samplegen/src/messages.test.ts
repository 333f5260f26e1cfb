import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { createPrompts } from './create-prompts.js';
import { type MessagesRow, toMessages } from './messages.js';
import { firstChoice, testRows } from './test-rows.js';

const { task, rows } = testRows('rte');
const first = (kind: 'regular' | 'samplegen' | 'gold-pipeline', use: 'train' | 'test'): MessagesRow => {
  const [row] = createPrompts({ task, rows, kind, use, random: firstChoice(), numInner: 1 });
  return toMessages(row!);
};

describe('toMessages', () => {
  it('makes turns of a Regular row, without the marks', () => {
    const { messages, ...rest } = first('regular', 'train');
    expect(messages).toEqual([
      { role: 'system', content: 'Solve.' },
      { role: 'user', content: 'Premise text A.\nSo: Hypothesis text A.\nRight? yes; no' },
      { role: 'assistant', content: 'Answer Solution: no' },
    ]);
    expect(rest).toMatchObject({ labels: 'no', gold_options: ['yes', 'no'], task: 'rte', template: 'rte/0' });
    expect(rest.examples).toHaveLength(1);
  });

  it('makes samples and solution the assistant’s turn', () => {
    const [, , answer] = first('samplegen', 'train').messages;
    expect(answer?.content).toMatch(/^Example 1:\n[\s\S]*\nAnswer Solution: (yes|no)\nEND_EXAMPLES$/);
  });

  it.each(['regular', 'samplegen'] as const)('leaves the assistant’s turn out of %s tests', (kind) => {
    expect(first(kind, 'test').messages).toEqual(
      first('regular', 'train')
        .messages.slice(0, 2)
        .map((turn) => {
          return turn.role === 'system' && kind === 'samplegen'
            ? { ...turn, content: 'Make examples, then solve.' }
            : turn;
        }),
    );
  });

  it('gives a base model’s prompt whole to the user', () => {
    const { messages } = first('gold-pipeline', 'test');
    expect(messages).toEqual([{ role: 'user', content: expect.stringMatching(/Answer Solution: $/) }]);
  });

  it.each(['[/INST]', '<</SYS>>\n\n', '<<SYS>>\n', '</s>', '<s>[INST] '])('leaves %j inside values alone', (mark) => {
    const xsum = testRows('xsum');
    const odd = xsum.rows.map((row) => ({ ...row, text: `a${mark}b`, summary: `c${mark}d` }));
    for (const row of createPrompts({
      ...xsum,
      rows: odd,
      kind: 'regular',
      use: 'train',
      random: new PythonRandom(1),
    })) {
      const [, user, assistant] = toMessages(row).messages;
      expect(user?.content).toContain(`a${mark}b`);
      expect(assistant?.content).toBe(`Answer Solution: c${mark}d`);
    }
  });
});
