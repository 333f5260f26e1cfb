import { BUILTIN_FRAMES } from '@flanlab/prompt-templates';
import { describe, expect, it } from 'vitest';
import { instruct, parseFrames } from './frames.js';

describe('parseFrames', () => {
  it('refuses a system prompt that does not close its instruction right after the question', () => {
    const regularTest = '<s>[INST] {formatted_main_sample} [/INST]';
    expect(() => parseFrames({ ...BUILTIN_FRAMES, regularTest })).toThrowError(
      expect.objectContaining({ code: 'PROMPT_FRAME_INVALID', what: expect.stringContaining('regularTest') }),
    );
  });

  it('refuses slots that a frame does not have', () => {
    expect(() => parseFrames({ ...BUILTIN_FRAMES, inner: '{component}' })).toThrowError(
      expect.objectContaining({ code: 'TEMPLATE_SLOT_UNKNOWN', fix: 'Did you mean {components}?' }),
    );
  });
});

it('tells where the answer starts, also when the question holds the closing mark', () => {
  const { text, answerStart } = instruct(parseFrames(BUILTIN_FRAMES).regularTrain, 'a [/INST] b', 'c');
  expect(text.slice(answerStart)).toBe('\nAnswer Solution: c</s>');
});
