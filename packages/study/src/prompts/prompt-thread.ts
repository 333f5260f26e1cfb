import { Worker } from 'node:worker_threads';
import type { DrawNeeds, PromptDraws } from '@flanlab/samplegen';
import type { Draw } from './run-prompt-jobs.js';
import type { PromptFile, PromptJob } from './write-task-prompts.js';

// The same file from src (tests) and from dist: a worker needs JavaScript.
const WORKER = new URL('../../dist/prompts/prompt-worker.js', import.meta.url);

/** What a worker is told: a job, whose draws it asks for when they come from one generator for all, or draws asked for. */
export type PromptRequest = { readonly id: number } & (
  | { readonly job: PromptJob; readonly asks: boolean }
  | { readonly draws: PromptDraws }
);

/** What a worker says about a job: what has to be drawn, or at its end the files, or nothing when it failed. */
export type PromptReply = { readonly id: number } & (
  | { readonly needs: DrawNeeds }
  | { readonly files: readonly PromptFile[] | undefined }
);

interface Waiting {
  readonly draw: Draw | undefined;
  readonly resolve: (files: readonly PromptFile[] | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread that does jobs, several at a time. */
export class PromptThread {
  private readonly worker = new Worker(WORKER, { name: 'prompts', execArgv: [] });
  private readonly waiting = new Map<number, Waiting>();

  constructor() {
    this.worker.on('message', (reply: PromptReply) => this.answer(reply));
    this.worker.on('error', (error) => {
      for (const { reject } of this.waiting.values()) reject(error);
    });
  }

  /** The files, or nothing when the job failed. */
  run(id: number, job: PromptJob, draw: Draw | undefined): Promise<readonly PromptFile[] | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { draw, resolve, reject });
      this.tell({ id, job, asks: draw !== undefined });
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private answer(reply: PromptReply): void {
    const { id } = reply;
    const { draw, resolve, reject } = this.waiting.get(id)!;
    if ('needs' in reply) {
      draw?.(reply.needs).then((draws) => this.tell({ id, draws }), reject);
      return;
    }
    this.waiting.delete(id);
    resolve(reply.files);
  }

  private tell(request: PromptRequest): void {
    this.worker.postMessage(request);
  }
}
