import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names', () => {
  expect(Object.keys(api).sort()).toEqual([
    'BIG_BENCH_RUNS',
    'PROMPT_ERROR_CODES',
    'PROMPT_KINDS',
    'PromptError',
    'bigBenchPipelinePrompts',
    'bigBenchPrompts',
    'chatTranslator',
    'createChatTemplate',
    'createPrompts',
    'cutAtAnswer',
    'drawGoldRows',
    'drawOtherTask',
    'drawPrompts',
    'estimateTranslation',
    'exampleFingerprint',
    'explainPrompt',
    'extractSamples',
    'loadChatTemplate',
    'pipelinePrompt',
    'pipelinePromptsFromResponses',
    'pipelinePromptsFromTraining',
    'preparePrompts',
    'rowsToGenerate',
    'stripSystemPrompt',
    'textsToTranslate',
    'toChatRow',
    'toMessages',
    'tokenLengths',
    'trainTestSplit',
    'translateRows',
  ]);
});

it('explains every error code', () => {
  const page = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  for (const code of api.PROMPT_ERROR_CODES) expect(page).toContain(`\n## ${code}\n`);
});
