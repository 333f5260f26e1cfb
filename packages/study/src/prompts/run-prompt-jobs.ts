import { availableParallelism } from 'node:os';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import type { PythonRandom } from '@flanlab/random';
import { type DrawNeeds, drawPrompts, type PromptDraws } from '@flanlab/samplegen';
import { throwIfInterrupted } from '../errors.js';
import { PromptThread } from './prompt-thread.js';
import {
  type PromptFile,
  type PromptJob,
  preparePromptSplits,
  taskRandom,
  writePromptSplits,
} from './write-task-prompts.js';

/** Jobs in hand on one thread: prompts of one are made while the disk is busy with another. */
const JOBS_IN_HAND = 2;

/** Another thread takes about as long as this to load and compile the same code. */
const PATIENCE_MS = 300;

export type Draw = (needs: DrawNeeds) => Promise<PromptDraws>;

export interface RunPromptJobsOptions {
  /** How many, the calling one among them. When left out, one for each core, once the work has lasted a while. */
  readonly threads?: number | undefined;
  readonly templates: TemplateCatalogue;
  /** One generator for all jobs, in their order; each has its own ({@link taskRandom}) when left out. */
  readonly random?: PythonRandom | undefined;
  /** One job after the other: they draw before what they need is known. */
  readonly inOrder?: boolean;
  /** How long the calling thread works alone when `threads` is left out. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Does the jobs; each thread takes the next ones that are left. The files come in the order of the jobs. */
export async function runPromptJobs(
  jobs: readonly PromptJob[],
  { threads, templates, random, inOrder = false, patienceMs = PATIENCE_MS, signal }: RunPromptJobsOptions,
): Promise<readonly PromptFile[]> {
  const results: (readonly PromptFile[])[] = [];
  const turns = random && !inOrder ? inTurns(jobs.length, random) : undefined;
  const errors: unknown[] = [];

  const here = async (job: PromptJob, draw: Draw | undefined): Promise<readonly PromptFile[]> => {
    const own = inOrder && random ? random : taskRandom(job);
    return writePromptSplits(job, templates, await preparePromptSplits(job, templates, own, draw));
  };
  let begun = 0;
  const work = async (thread: PromptThread | undefined): Promise<void> => {
    // Nothing is begun after an error.
    while (begun < jobs.length && errors.length === 0) {
      const index = begun++;
      const [job, turn] = [jobs[index]!, turns?.[index]];
      try {
        throwIfInterrupted(signal);
        // A job that fails elsewhere is done again here: a thread cannot hand over a typed error.
        results[index] = (await thread?.run(index, job, turn?.draw)) ?? (await here(job, turn?.draw));
      } catch (error) {
        errors[index] = error;
      } finally {
        turn?.end();
      }
    }
  };

  const others: PromptThread[] = [];
  const working: Promise<void>[] = [];
  const begin = (team: readonly (PromptThread | undefined)[]): void => {
    // Everybody's first job before anybody's second.
    for (let i = 0; i < (inOrder ? 1 : JOBS_IN_HAND); i++) for (const thread of team) working.push(work(thread));
  };
  const hire = (): readonly PromptThread[] => {
    // The first job is done here.
    const jobsLeft = jobs.length - Math.max(1, begun);
    const most = inOrder ? 0 : Math.min((threads ?? availableParallelism()) - 1, jobsLeft);
    while (others.length < most) others.push(new PromptThread());
    return others;
  };
  const patience = threads === undefined ? setTimeout(() => begin(hire()), patienceMs) : undefined;
  try {
    begin(threads === undefined ? [undefined] : [undefined, ...hire()]);
    // Others may have joined meanwhile.
    for (const done of working) await done;
  } finally {
    clearTimeout(patience);
    await Promise.all(others.map((thread) => thread.end()));
  }
  if (errors.length > 0) throw Object.values(errors)[0];
  return results.flat();
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
