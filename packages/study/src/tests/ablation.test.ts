import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evaluation } from '@flanlab/evaluator';
import { expect, it } from 'vitest';
import { createMixture } from '../prompts/create-mixture.js';
import { createPromptFiles } from '../prompts/create-prompt-files.js';
import { temporaryFolder } from '../test-folder.js';
import { writeSmallModel } from './small-model.js';
import { testModel } from './test-model.js';

it('shows the first samples of rows of a mixture, whatever their task, and logs which', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await writeSmallModel(at('model'));
  const common = { templates: 'builtin', seed: 1, format: 'jsonl', out: at('prompts') } as const;
  await createPromptFiles({ ...common, tasks: ['rte', 'sst2'], kind: 'samplegen', use: 'train', num: 20 });
  await createPromptFiles({ ...common, tasks: ['cola'], kind: 'gold-pipeline', use: 'test' });
  const setup = { description: 'two tasks', tasks: ['rte', 'sst2'], heldOut: ['cola'] };
  await createMixture({ setup, name: 'pair', prompts: at('prompts'), kind: 'samplegen', out: at('mixture') });
  const events = testModel({
    ...{ modelDir: at('model'), tasks: ['cola'], mode: 'pipeline-gold', prompts: at('prompts'), seed: 1, threads: 1 },
    ...{ ablationMixture: at('mixture'), ablationSamples: 3, numTest: 4, maxNewTokens: 1, out: at('out') },
  });
  let finished: Evaluation | undefined;
  for await (const event of events) if (event.type === 'finished') finished = event.evaluation;
  for (const { prompt } of finished!.rows) {
    expect(prompt).toMatch(/^Example 1:\n(Premise|Sentence) 1: /);
    expect(prompt.match(/^Example \d+:$/gm)).toEqual(['Example 1:', 'Example 2:', 'Example 3:']);
    expect(prompt).toMatch(/\nSolution:\nSentence Solution: .*\n.*\nAnswer Solution:$/);
  }
  const log = await readFile(join(at('out'), 'eval_logs.csv'), 'utf8');
  expect(log.split('\n')[1]).toContain(',pair,3,');
}, 60_000);
