import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPromptFiles } from '../prompts/create-prompt-files.js';
import { temporaryFolder } from '../test-folder.js';
import { testModel } from './test-model.js';

it('tests questions with choices after the solved samples that their prompts bring, and asks for these', async () => {
  await using folder = await temporaryFolder();
  const prompts = join(folder.path, 'prompts');
  const create = (goldSamples: number | undefined) =>
    createPromptFiles({
      ...{ tasks: ['causal_judgment'], kind: 'gold-pipeline', use: 'test', templates: 'builtin', seed: 1 },
      ...{ format: 'jsonl', out: prompts, goldSamples },
    });
  const start = () =>
    testModel({
      ...{ tasks: ['causal_judgment'], mode: 'pipeline-gold', prompts, maxNewTokens: 1, seed: 1 },
      ...{ modelDir: join(folder.path, 'no-model'), out: join(folder.path, 'out') },
    }).next();
  await create(undefined);
  await expect(start()).rejects.toMatchObject({
    code: 'STUDY_TEST_INCOMPLETE',
    fix: expect.stringContaining('--gold-samples'),
  });
  // With samples only the model is missing.
  await create(2);
  await expect(start()).rejects.toMatchObject({ code: expect.not.stringContaining('STUDY_TEST_INCOMPLETE') });
});

it('says which prompts a mode takes, and how they are made', async () => {
  await using folder = await temporaryFolder();
  const prompts = join(folder.path, 'prompts');
  await createPromptFiles({
    ...{
      tasks: ['rte'],
      kind: 'samplegen',
      use: 'train',
      templates: 'builtin',
      seed: 1,
      format: 'jsonl',
      out: prompts,
    },
  });
  const events = testModel({
    ...{ tasks: ['rte'], mode: 'pipeline-gold', prompts, trainPrompts: prompts, maxNewTokens: 1, seed: 1 },
    ...{ modelDir: join(folder.path, 'no-model'), out: join(folder.path, 'out') },
  });
  await expect(events.next()).rejects.toMatchObject({
    code: 'STUDY_SPLIT_MISSING',
    fix: `Make them with flanlab prompts create --tasks rte --kind gold-pipeline --for test --out ${prompts}.`,
  });
});
