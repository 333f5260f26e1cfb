import { Worker } from 'node:worker_threads';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PythonRandom } from '@flanlab/random';
import { type DrawNeeds, drawPrompts, type PromptDraws } from '@flanlab/samplegen';
import { throwIfInterrupted } from '../errors.js';
import {
  type PromptFile,
  type PromptJob,
  preparePromptSplits,
  taskRandom,
  writePromptSplits,
} from './write-task-prompts.js';

// The same file from src (tests) and from dist: a worker needs JavaScript.
const WORKER = new URL('../../dist/prompts/prompt-worker.js', import.meta.url);

/** What a worker is told: a job, whose draws it asks for when they come from one generator for all, or draws asked for. */
export type PromptRequest = { readonly job: PromptJob; readonly asks: boolean } | { readonly draws: PromptDraws };

/** What a worker says about its job: what has to be drawn, or at its end the files, or nothing when it failed. */
export type PromptReply = { readonly needs: DrawNeeds } | { readonly files: readonly PromptFile[] | undefined };

type Draw = (needs: DrawNeeds) => Promise<PromptDraws>;

export interface RunPromptJobsOptions {
  readonly workers: number;
  readonly templates: TemplateCatalogue;
  /** One generator for all jobs, in their order; each has its own ({@link taskRandom}) when left out. */
  readonly random?: PythonRandom | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Does the jobs in worker threads, each taking the next one that is left. The files come in the order of the jobs. */
export async function runPromptJobs(
  jobs: readonly PromptJob[],
  { workers, templates, random, signal }: RunPromptJobsOptions,
): Promise<readonly (readonly PromptFile[])[]> {
  const results: (readonly PromptFile[])[] = [];
  const left = jobs.entries();
  const draws = random && inTurns(jobs.length, random);
  const work = async (): Promise<void> => {
    const worker = new Worker(WORKER, { name: 'prompts', execArgv: [] });
    try {
      for (const [index, job] of left) {
        throwIfInterrupted(signal);
        const turn = draws?.[index];
        // A job that fails is done again here: a thread cannot hand over a typed error.
        results[index] = (await ask(worker, job, turn?.draw)) ?? (await writeHere(job, templates, turn?.draw));
        turn?.end();
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, work));
  return results;
}

async function writeHere(
  job: PromptJob,
  templates: TemplateCatalogue,
  draw: Draw | undefined,
): Promise<readonly PromptFile[]> {
  const splits = await preparePromptSplits(job, templates, taskRandom(job), draw);
  return writePromptSplits(job, templates, splits);
}

interface Turn {
  /** Draws when all jobs before have drawn or ended; once, however often it is asked. */
  readonly draw: Draw;
  /** Says that this job draws nothing any more. */
  readonly end: () => void;
}

/** Lets jobs that are done at once draw from one generator, in the order of the jobs. */
function inTurns(count: number, random: PythonRandom): readonly Turn[] {
  const turns: Turn[] = [];
  let before = Promise.resolve();
  for (let i = 0; i < count; i++) {
    const isNext = before;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    before = isNext.then(() => ended);
    let drawn: Promise<PromptDraws> | undefined;
    const draw: Draw = (needs) => {
      drawn ??= isNext.then(() => {
        const draws = drawPrompts(needs, random);
        end();
        return draws;
      });
      return drawn;
    };
    turns.push({ draw, end });
  }
  return turns;
}

function ask(worker: Worker, job: PromptJob, draw: Draw | undefined): Promise<readonly PromptFile[] | undefined> {
  const tell = (request: PromptRequest): void => worker.postMessage(request);
  return new Promise((resolve, reject) => {
    const onMessage = (reply: PromptReply): void => {
      if ('needs' in reply) draw?.(reply.needs).then((draws) => tell({ draws }), reject);
      else settle(() => resolve(reply.files));
    };
    const onError = (error: unknown): void => settle(() => reject(error));
    const settle = (end: () => void): void => {
      worker.off('message', onMessage).off('error', onError);
      end();
    };
    worker.on('message', onMessage).on('error', onError);
    tell({ job, asks: draw !== undefined });
  });
}
