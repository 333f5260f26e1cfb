import { parentPort } from 'node:worker_threads';
import { BUILTIN_CATALOGUE, loadCatalogue, type TemplateCatalogue } from '@flanlab/prompt-templates';
import type { DrawNeeds, PromptDraws } from '@flanlab/samplegen';
import type { PromptReply, PromptRequest } from './run-prompt-jobs.js';
import { type PromptJob, preparePromptSplits, taskRandom, writePromptSplits } from './write-task-prompts.js';

const catalogues = new Map<string, TemplateCatalogue>([['builtin', BUILTIN_CATALOGUE]]);
let onDraws: (draws: PromptDraws) => void = () => {};

const tell = (reply: PromptReply): void => parentPort?.postMessage(reply);

function askForDraws(needs: DrawNeeds): Promise<PromptDraws> {
  return new Promise((resolve) => {
    onDraws = resolve;
    tell({ needs });
  });
}

async function answer(job: PromptJob, asks: boolean): Promise<PromptReply> {
  try {
    const templates = catalogues.get(job.templates) ?? (await loadCatalogue(job.templates));
    catalogues.set(job.templates, templates);
    const splits = await preparePromptSplits(job, templates, taskRandom(job), asks ? askForDraws : undefined);
    return { files: await writePromptSplits(job, templates, splits) };
  } catch {
    return { files: undefined };
  }
}

parentPort?.on('message', (request: PromptRequest) => {
  if ('draws' in request) onDraws(request.draws);
  else void answer(request.job, request.asks).then(tell);
});
