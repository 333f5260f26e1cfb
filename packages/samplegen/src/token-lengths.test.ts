import { describe, expect, it } from 'vitest';
import { tokenLengths } from './token-lengths.js';

const row = (length: number, labelStart = length) => ({
  text: 'x'.repeat(length),
  label_start: labelStart,
  label_end: length,
});
const countTokens = (text: string): number => text.length + 1;

describe('tokenLengths', () => {
  it('gives lengths that rows have', () => {
    const rows = Array.from({ length: 200 }, (_, n) => row(199 - n));
    expect(tokenLengths(rows, { countTokens })).toEqual({
      rows: 200,
      mean: 100.5,
      percentiles: { 0: 1, 5: 10, 25: 50, 50: 100, 75: 150, 95: 190, 99: 198, 100: 200 },
      truncated: 0,
      nothingLearned: 0,
    });
  });

  it('counts what a limit cuts, and where it leaves nothing to learn', () => {
    const rows = [row(9, 3), row(10, 3), row(20, 9), row(20, 8), row(30)];
    expect(tokenLengths(rows, { countTokens, maxLength: 10 })).toMatchObject({ truncated: 4, nothingLearned: 1 });
  });

  it('takes no rows', () => {
    expect(tokenLengths([], { countTokens })).toMatchObject({ rows: 0, mean: 0, truncated: 0 });
  });
});
