import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as trainer from './index.js';

it('pins the public names', () => {
  expect(Object.keys(trainer).sort()).toEqual(
    [
      ...[
        'DEFAULT_LORA',
        'DEFAULT_QUANTIZATION',
        'DEFAULT_RECIPE',
        'IGNORE_INDEX',
        'SCALAR_COLUMNS',
        'SCHEDULES',
        'TRAINER_ERROR_CODES',
      ],
      ...['TRAIN_LOG_COLUMNS', 'TrainerError', 'appendTrainLog', 'buildEvalModel', 'buildTrainingArtifacts'],
      ...['buildTrainingModel', 'collateSteps', 'countSteps', 'epochOrder', 'inspectRow', 'intervalSteps', 'isDue'],
      ...[
        'learningRateAt',
        'lengthGroupedOrder',
        'moment1Name',
        'moment2Name',
        'nextName',
        'parseRecipe',
        'planBatches',
      ],
      ...['estimateMemory', 'exportCheckpoint', 'fitRecipe', 'memoryAdvice', 'packLengths', 'packRows'],
      ...['stepScalars', 'tokeniseRow', 'tokeniseRows', 'train', 'warmupSteps'],
    ].sort(),
  );
});

it('explains every error code', () => {
  const headings = [...readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8').matchAll(/^## (.+)$/gm)].map(
    ([, code]) => code,
  );
  expect(headings).toEqual([...trainer.TRAINER_ERROR_CODES]);
});
