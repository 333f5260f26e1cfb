import type { PromptRow } from '@flanlab/samplegen';
import { describe, expect, it } from 'vitest';
import type { PromptSource } from './prompt-source.js';
import { rowSequence } from './row-sequence.js';
import { testPrompts } from './test-prompts.js';

/** A source that loads rows together, and notes which. */
function recorded(rows: readonly PromptRow[]): PromptSource & { readonly asked: number[][] } {
  const asked: number[][] = [];
  return {
    asked,
    length: rows.length,
    at: (index) => rows[index]!,
    bytesOf: () => 100,
    load: async (wanted) => {
      asked.push([...wanted]);
      return { at: (position) => rows[wanted[position]!]! };
    },
  };
}

const a = testPrompts('rte', 50);
const b = testPrompts('sst2', 50);
const sourceOf = Uint16Array.from({ length: 90 }, (_, n) => (n * 7) % 2);
const rowOf = Uint32Array.from({ length: 90 }, (_, n) => (n * 37) % 45);
const expected = Array.from(sourceOf, (source, place) => [a, b][source]![rowOf[place]!]!);

describe('rowSequence', () => {
  it.each([100, 1500, 1 << 20])(
    'gives the same rows whatever fits into memory: %i bytes at once',
    async (windowBytes) => {
      const sequence = rowSequence([recorded(a), recorded(b)], { sourceOf, rowOf }, { windowBytes });
      expect(await sequence.toArray()).toEqual(expected);
      expect(await sequence.toArray()).toEqual(expected);
    },
  );

  it('asks each source for its rows in the order of the file, repeats included', async () => {
    const source = recorded(a);
    await rowSequence([source, recorded(b)], { sourceOf, rowOf }, { windowBytes: 3000 }).toArray();
    expect(source.asked).toHaveLength(3);
    for (const rows of source.asked) expect(rows).toEqual([...rows].sort((x, y) => x - y));
    expect(source.asked.flat()).toHaveLength(45);
  });

  it('takes rows one at a time from sources that cannot load them together', async () => {
    const plain = { length: 50, at: (index: number) => a[index]! };
    expect(await rowSequence([plain, recorded(b)], { sourceOf, rowOf }).toArray()).toEqual(expected);
  });

  it('lets whoever reads stop early, and stops when asked to', async () => {
    for await (const row of rowSequence([recorded(a), recorded(b)], { sourceOf, rowOf }, { windowBytes: 100 })) {
      expect(row).toEqual(expected[0]);
      break;
    }
    const stopped = rowSequence([recorded(a), recorded(b)], { sourceOf, rowOf }, { signal: AbortSignal.abort() });
    await expect(stopped.toArray()).rejects.toThrow('aborted');
  });
});
