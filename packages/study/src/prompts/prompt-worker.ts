import { parentPort } from 'node:worker_threads';
import { BUILTIN_CATALOGUE, loadCatalogue, type TemplateCatalogue } from '@flanlab/prompt-templates';
import type { DrawNeeds, PromptDraws } from '@flanlab/samplegen';
import type { PromptReply, PromptRequest } from './prompt-thread.js';
import {
  type PromptFile,
  type PromptJob,
  preparePromptSplits,
  taskRandom,
  writePromptSplits,
} from './write-task-prompts.js';

const catalogues = new Map<string, TemplateCatalogue>([['builtin', BUILTIN_CATALOGUE]]);
const onDraws = new Map<number, (draws: PromptDraws) => void>();

const tell = (reply: PromptReply): void => parentPort?.postMessage(reply);

const askForDraws = (id: number, needs: DrawNeeds): Promise<PromptDraws> =>
  new Promise((resolve) => {
    onDraws.set(id, resolve);
    tell({ id, needs });
  });

async function filesOf(id: number, job: PromptJob, asks: boolean): Promise<readonly PromptFile[] | undefined> {
  try {
    const templates = catalogues.get(job.templates) ?? (await loadCatalogue(job.templates));
    catalogues.set(job.templates, templates);
    const draw = asks ? (needs: DrawNeeds) => askForDraws(id, needs) : undefined;
    return await writePromptSplits(job, templates, await preparePromptSplits(job, templates, taskRandom(job), draw));
  } catch {
    return undefined;
  }
}

parentPort?.on('message', (request: PromptRequest) => {
  const { id } = request;
  if ('draws' in request) onDraws.get(id)?.(request.draws);
  else void filesOf(id, request.job, request.asks).then((files) => tell({ id, files }));
});
