import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as languageModel from './index.js';

it('exports exactly these values', () => {
  expect(Object.keys(languageModel).sort()).toMatchInlineSnapshot(`
    [
      "ADAPTER_BASE_KEY",
      "ENCODER_FAMILIES",
      "FAMILIES",
      "IGNORE_INDEX",
      "LANGUAGE_MODEL_ERROR_CODES",
      "LanguageModelError",
      "MASKED_SCORE",
      "adapterHook",
      "adapterModules",
      "adapterParameters",
      "adapterScale",
      "adapterTensorNames",
      "attention",
      "attentionScores",
      "attentionValues",
      "bfloat16ToFloat32",
      "causalLoss",
      "causalMask",
      "checkAdapterBase",
      "copyTokenizer",
      "createTokenizer",
      "crossEntropySum",
      "decoderHidden",
      "decoderLogits",
      "encoderHidden",
      "encoderLinearModules",
      "encoderParameters",
      "exportOnnx",
      "float16ToFloat32",
      "float32ToBfloat16",
      "float32ToFloat16",
      "generate",
      "hashWeights",
      "initialiseAdapter",
      "initialiseWeights",
      "linearModules",
      "loadTokenizer",
      "maskedLogits",
      "maskedLoss",
      "mergeAdapter",
      "modelParameters",
      "openEncoder",
      "openGenerator",
      "parseAdapterConfig",
      "parseEncoderConfig",
      "parseModelConfig",
      "promptTokens",
      "readAdapter",
      "readCheckpoint",
      "readEncoderCheckpoint",
      "readModelConfig",
      "readSafetensors",
      "scoreContinuations",
      "trainBytePairEncoding",
      "verifyGeneration",
      "writeAdapter",
      "writeCheckpoint",
      "writeSafetensors",
    ]
  `);
});

it('has a section of ERRORS.md for every code, and no other', async () => {
  const text = await readFile(fileURLToPath(new URL('../ERRORS.md', import.meta.url)), 'utf8');
  const headings = [...text.matchAll(/^## (.*)$/gmu)].map((match) => match[1]);
  expect(headings.sort()).toEqual([...languageModel.LANGUAGE_MODEL_ERROR_CODES].sort());
});
