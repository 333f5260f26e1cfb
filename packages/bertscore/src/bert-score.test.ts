import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openEncoder } from '@flanlab/language-model';
import { describe, expect, it } from 'vitest';
import { readBaseline } from './baseline.js';
import { type BertScores, bertScore } from './bert-score.js';
import { fakeEncoder } from './test-encoder.js';

interface GoldenScores {
  readonly precision: readonly (number | null)[];
  readonly recall: readonly (number | null)[];
  readonly f1: readonly (number | null)[];
  readonly signature: string;
}

interface Golden {
  readonly candidates: readonly string[];
  readonly references: readonly string[];
  readonly several: readonly (readonly string[])[];
  readonly models: Readonly<
    Record<string, Record<'plain' | 'layer1' | 'idf' | 'several' | 'severalIdf' | 'rescaled', GoldenScores>>
  >;
}

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const golden = JSON.parse(await readFile(fixture('golden.json'), 'utf8')) as Golden;
const languageModel = new URL('../../language-model/fixtures/encoder/', import.meta.url);
const openTiny = (family: string, layer: number) =>
  openEncoder({ modelDir: fileURLToPath(new URL(family, languageModel)), layer, name: family, threads: 1 });

/** Both sides round float32 sums in their own order; NaN is null in JSON. */
function expectScores(actual: BertScores, expected: GoldenScores, tolerance = 3e-6): void {
  for (const side of ['precision', 'recall', 'f1'] as const) {
    expect(actual[side]).toHaveLength(expected[side].length);
    for (const [i, value] of expected[side].entries()) {
      if (value === null) expect(actual[side][i]).toBeNaN();
      else expect(Math.abs(actual[side][i]! - value), `${side} ${i}`).toBeLessThan(tolerance);
    }
  }
  // The same signature but for who computed it.
  const ours = actual.signature.replace('flanlab=0.1.0', 'hug_trans=5.23.0').replace('_fast-tokenizer', '');
  expect(ours).toBe(expected.signature);
}

describe.each(['bert', 'roberta', 'distilbert'])('%s', (family) => {
  const { candidates, references, several, models } = golden;
  const expected = models[family]!;

  it('scores pairs as bert_score, empty and truncated texts included', async () => {
    await using encoder = await openTiny(family, 2);
    const scores = await bertScore({ encoder, candidates, references });
    expectScores(scores, expected.plain);
    const distinct = new Set([...candidates, ...references].map((text) => text.trim())).size;
    expect(scores.counts).toMatchObject({ distinctTexts: distinct, truncatedTexts: 1 });
  });

  it('scores another layer', async () => {
    await using encoder = await openTiny(family, 1);
    expectScores(await bertScore({ encoder, candidates, references }), expected.layer1);
  });

  it('weights tokens by their rarity among the references', async () => {
    await using encoder = await openTiny(family, 2);
    expectScores(await bertScore({ encoder, candidates, references, idf: true }), expected.idf);
    expectScores(await bertScore({ encoder, candidates, references: several, idf: true }), expected.severalIdf);
  });

  it('takes the best of several references, and rescales', async () => {
    await using encoder = await openTiny(family, 2);
    expectScores(await bertScore({ encoder, candidates, references: several }), expected.several);
    const baseline = await readBaseline(fixture('baseline.tsv'), 2);
    // Rescaling divides by 1 - b, and enlarges differences likewise.
    expectScores(await bertScore({ encoder, candidates, references: several, baseline }), expected.rescaled, 6e-6);
  });

  it('gives a pair the same bits alone and in company', async () => {
    await using encoder = await openTiny(family, 2);
    const together = await bertScore({ encoder, candidates, references });
    for (const [i, candidate] of candidates.entries()) {
      const alone = await bertScore({ encoder, candidates: [candidate], references: [references[i]!] });
      expect(alone.f1[0]).toBe(together.f1[i]);
    }
  });
});

describe('bertScore', () => {
  it('encodes each distinct text once, however often it is used', async () => {
    const encoder = fakeEncoder();
    const candidates = Array.from({ length: 3000 }, (_, i) => `text ${i % 700}`);
    await bertScore({ encoder, candidates, references: candidates.toReversed() });
    expect(encoder.encoded.toSorted()).toEqual([...new Set(candidates)].sort());
  });

  it.each([
    ['BERTSCORE_LENGTH_MISMATCH', { candidates: ['a'], references: [] }],
    ['BERTSCORE_REFERENCES_EMPTY', { candidates: ['a'], references: [[]] }],
  ])('refuses input with %s', async (code, input) => {
    await expect(bertScore({ encoder: fakeEncoder(), ...input })).rejects.toMatchObject({ code });
  });

  it('stops between groups when told to', async () => {
    const controller = new AbortController();
    const encoder = fakeEncoder(() => controller.abort(new Error('enough')));
    const scoring = bertScore({ encoder, candidates: ['a'], references: ['b'], signal: controller.signal });
    await expect(scoring).rejects.toThrow('enough');
  });

  it('gives nothing for nothing', async () => {
    const { f1 } = await bertScore({ encoder: fakeEncoder(), candidates: [], references: [] });
    expect(f1).toHaveLength(0);
  });
});
