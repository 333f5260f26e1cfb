import { expect, it } from 'vitest';
import * as publicNames from './index.js';

it('exports these names', () => {
  expect(Object.keys(publicNames).sort()).toEqual([
    'BERTSCORE_ERROR_CODES',
    'BertScoreError',
    'ENGLISH_BASELINES',
    'LANGUAGE_MODELS',
    'MODEL_LAYERS',
    'bertScore',
    'bertScoreAccuracy',
    'bertScoreSignature',
    'englishBaseline',
    'inverseDocumentFrequency',
    'matchTokens',
    'prepareTokens',
    'readBaseline',
    'scoredLayer',
  ]);
});
