import { parentPort } from 'node:worker_threads';
import { BUILTIN_CATALOGUE, loadCatalogue, type TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PromptReply } from './run-prompt-jobs.js';
import { type PromptJob, taskRandom, writeTaskPrompts } from './write-task-prompts.js';

const catalogues = new Map<string, TemplateCatalogue>([['builtin', BUILTIN_CATALOGUE]]);

async function answer(job: PromptJob): Promise<PromptReply> {
  try {
    const templates = catalogues.get(job.templates) ?? (await loadCatalogue(job.templates));
    catalogues.set(job.templates, templates);
    return { files: await writeTaskPrompts(job, templates, taskRandom(job)) };
  } catch {
    return { files: undefined };
  }
}

parentPort?.on('message', (job: PromptJob) => {
  void answer(job).then((reply) => parentPort?.postMessage(reply));
});
