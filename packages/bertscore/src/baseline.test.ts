import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { englishBaseline, readBaseline, rescale, scoredLayer } from './baseline.js';
import { ENGLISH_BASELINES } from './data/baselines.js';
import { LANGUAGE_MODELS, MODEL_LAYERS } from './data/layers.js';
import { bertScoreSignature, PACKAGE_VERSION } from './signature.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe('tables', () => {
  it.each([
    ['roberta-large', 17],
    ['bert-base-uncased', 9],
    ['distilbert-base-uncased', 5],
    ['microsoft/deberta-xlarge-mnli', 40],
    ['amazon/bort', 0],
  ])('%s is scored at layer %i', (model, layer) => {
    expect(scoredLayer(model)).toBe(layer);
  });

  it('has baselines of the very layer', () => {
    for (const [model, { layer }] of Object.entries(ENGLISH_BASELINES)) expect(layer, model).toBe(scoredLayer(model));
  });

  it('names known models only', () => {
    for (const model of Object.values(LANGUAGE_MODELS)) expect(MODEL_LAYERS).toHaveProperty([model]);
  });

  it('suggests the model that a typing error meant', () => {
    const error = { code: 'BERTSCORE_MODEL_UNKNOWN', fix: expect.stringContaining('"roberta-large"') as string };
    expect(() => scoredLayer('robreta-large')).toThrow(expect.objectContaining(error) as Error);
  });
});

describe('baselines', () => {
  it('are those bert_score publishes', () => {
    expect(englishBaseline('roberta-large')).toEqual({
      layer: 17,
      precision: 0.83150584,
      recall: 0.8314941,
      f1: 0.83122575,
      custom: false,
    });
  });

  it('are refused where none was published', () => {
    expect(() => englishBaseline('t5-base')).toThrow(
      expect.objectContaining({ code: 'BERTSCORE_BASELINE_MISSING' }) as Error,
    );
  });

  it('rescale each number with its own', () => {
    const baseline = { layer: 1, precision: 0.5, recall: 0.25, f1: 0.2 };
    const score = rescale({ precision: 0.75, recall: 0.25, f1: 0 }, baseline);
    expect(score).toEqual({ precision: 0.5, recall: 0, f1: -0.25 });
  });

  it('are read from files of bert_score', async () => {
    const baseline = await readBaseline(fixture('baseline.tsv'), 1);
    expect(baseline).toEqual({ layer: 1, precision: 0.2, recall: 0.25, f1: 0.22, custom: true });
  });

  it.each([
    ['golden.json', 0],
    ['baseline.tsv', 7],
  ])('are refused in %s for layer %i', async (name, layer) => {
    await expect(readBaseline(fixture(name), layer)).rejects.toMatchObject({ code: 'BERTSCORE_BASELINE_INVALID' });
  });
});

describe('signature', () => {
  it('says model, layer, weights, versions and rescaling', () => {
    const parts = { model: 'roberta-large', layer: 17, idf: false };
    const end = '(flanlab=0.1.0)';
    expect(bertScoreSignature(parts)).toBe(`roberta-large_L17_no-idf_version=0.3.12${end}_fast-tokenizer`);
    const rescaled = { ...parts, idf: true, baseline: englishBaseline('roberta-large') };
    expect(bertScoreSignature(rescaled)).toBe(`roberta-large_L17_idf_version=0.3.12${end}-rescaled_fast-tokenizer`);
    const custom = { ...parts, baseline: { ...englishBaseline('roberta-large'), custom: true } };
    expect(bertScoreSignature(custom)).toContain('-custom-rescaled_');
  });

  it('has the version of this package', async () => {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as object;
    expect(manifest).toMatchObject({ version: PACKAGE_VERSION });
  });
});
