import { describe, expect, it } from 'vitest';
import { matchTokens, prepareTokens } from './token-match.js';

/** Tokens in the plane, by angle in degrees. */
function tokens(angles: readonly number[], weights: readonly number[]) {
  const vectors = angles.flatMap((angle, i) => {
    const radians = (angle * Math.PI) / 180;
    return [Math.cos(radians) * (i + 1), Math.sin(radians) * (i + 1)]; // the length must not matter
  });
  return prepareTokens(Float32Array.from(vectors), weights, 2);
}

describe('matchTokens', () => {
  it('takes each token to its nearest on the other side', () => {
    // Cosines: 0°→0°: 1, 90°→60°: √3/2, 90°→0°: 0; back: 60°→90°: √3/2.
    const score = matchTokens(tokens([0, 90, 0], [1, 1, 1]), tokens([0, 60, 0], [1, 1, 1]));
    const expected = (2 + Math.sqrt(3) / 2) / 3;
    expect(score.precision).toBeCloseTo(expected, 6);
    expect(score.recall).toBeCloseTo(expected, 6);
    expect(score.f1).toBeCloseTo(expected, 6);
  });

  it('lets tokens without weight be matched', () => {
    // The only weighted candidate token (90°) finds its like among the reference's special tokens.
    const score = matchTokens(tokens([0, 90, 0], [0, 1, 0]), tokens([90, 0, 0], [0, 1, 0]));
    expect(score.precision).toBeCloseTo(1, 6);
    expect(score.recall).toBeCloseTo(1, 6);
  });

  it('weights tokens', () => {
    const score = matchTokens(tokens([0, 90, 0], [3, 1, 0]), tokens([0, 0, 0], [1, 1, 1]));
    expect(score.precision).toBeCloseTo(0.75, 6);
    expect(score.recall).toBeCloseTo(1, 6);
    expect(score.f1).toBeCloseTo((2 * 0.75) / 1.75, 6);
  });

  it('keeps a negative best cosine', () => {
    const score = matchTokens(tokens([180, 180, 180], [1, 1, 1]), tokens([0, 0, 0], [1, 1, 1]));
    expect(score).toEqual({ precision: -1, recall: -1, f1: -1 });
  });

  it.each([
    ['an empty candidate', [0, 0], [0, 0], [0, 5, 0], [0, 1, 0]],
    ['an empty reference', [0, 5, 0], [0, 1, 0], [0, 0], [0, 0]],
  ])('gives zeros for %s', (_title, a, aWeights, b, bWeights) => {
    expect(matchTokens(tokens(a, aWeights), tokens(b, bWeights))).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  it('gives NaN for a side without weight, and F1 0', () => {
    const score = matchTokens(tokens([0, 5, 0], [0, 0, 0]), tokens([0, 5, 0], [0, 1, 0]));
    expect(score.precision).toBeNaN();
    expect(score.f1).toBe(0);
  });
});
