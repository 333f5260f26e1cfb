import { Worker } from 'node:worker_threads';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import { throwIfInterrupted } from '../errors.js';
import { type PromptFile, type PromptJob, taskRandom, writeTaskPrompts } from './write-task-prompts.js';

// The same file from src (tests) and from dist: a worker needs JavaScript.
const WORKER = new URL('../../dist/prompts/prompt-worker.js', import.meta.url);

/** What a worker says about its job: the files, or nothing when it failed. */
export interface PromptReply {
  readonly files: readonly PromptFile[] | undefined;
}

export interface RunPromptJobsOptions {
  readonly workers: number;
  readonly templates: TemplateCatalogue;
  readonly signal?: AbortSignal | undefined;
}

/** Does the jobs in worker threads, each taking the next one that is left. The files come in the order of the jobs. */
export async function runPromptJobs(
  jobs: readonly PromptJob[],
  { workers, templates, signal }: RunPromptJobsOptions,
): Promise<readonly (readonly PromptFile[])[]> {
  const results: (readonly PromptFile[])[] = [];
  const left = jobs.entries();
  const work = async (): Promise<void> => {
    const worker = new Worker(WORKER, { name: 'prompts', execArgv: [] });
    try {
      for (const [index, job] of left) {
        throwIfInterrupted(signal);
        // A job that fails is done again here: a thread cannot hand over a typed error.
        results[index] = (await ask(worker, job)) ?? (await writeTaskPrompts(job, templates, taskRandom(job)));
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, work));
  return results;
}

function ask(worker: Worker, job: PromptJob): Promise<readonly PromptFile[] | undefined> {
  return new Promise((resolve, reject) => {
    const onMessage = ({ files }: PromptReply): void => settle(() => resolve(files));
    const onError = (error: unknown): void => settle(() => reject(error));
    const settle = (end: () => void): void => {
      worker.off('message', onMessage).off('error', onError);
      end();
    };
    worker.on('message', onMessage).on('error', onError);
    worker.postMessage(job);
  });
}
