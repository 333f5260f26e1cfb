import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exists, readJson, writeJson } from '@flanlab/files';
import { type TrainingRow, train } from '@flanlab/trainer';
import type { StageContext } from '../engine/stage.js';
import { throwIfInterrupted } from '../errors.js';
import type { StageProgress } from '../events.js';
import { MODEL_FOLDER, RUN_FOLDER } from './places.js';

export interface TrainInStageOptions {
  readonly context: StageContext;
  /** Model to start from. */
  readonly modelDir: string;
  readonly rows: readonly TrainingRow[];
  readonly evalRows: readonly TrainingRow[];
  /** As the settings give it; the trainer checks it. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** 0: all cores. */
  readonly threads: number;
  /** What train_logs.csv says about the run. */
  readonly log: {
    readonly runName: string;
    readonly modelName: string;
    readonly dataset: string;
    readonly numInner: number;
  };
}

/** Outputs of a training that differ from run to run: logs with times, and artifacts that runtimes may write anew. */
export const TRAINING_VOLATILE = [`${RUN_FOLDER}/`] as const;

/** Trains inside a stage's folder, going on from its checkpoints; they are removed at the end. */
export async function* trainInStage(options: TrainInStageOptions): AsyncGenerator<StageProgress> {
  const { context, modelDir, rows, evalRows, recipe, threads, log } = options;
  const runDir = join(context.folder, RUN_FOLDER);
  const events = train({
    modelDir,
    rows,
    ...(evalRows.length === 0 ? {} : { evalRows }),
    recipe,
    out: join(context.folder, MODEL_FOLDER),
    runDir,
    resume: 'auto',
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(threads === 0 ? {} : { threads }),
    trainLog: {
      path: join(runDir, 'train_logs.csv'),
      row: {
        job_id: '',
        run_name: log.runName,
        model_name: log.modelName,
        dataset: log.dataset,
        outer_template: 'builtin',
        inner_template: 'builtin',
        num_inner: log.numInner,
      },
    },
  });
  let step = 0;
  for await (const event of events) {
    if (event.type === 'started') {
      yield { done: event.step, total: event.totalSteps, unit: 'steps' };
    } else if (event.type === 'step-end') {
      step = event.step;
      const detail = `loss ${event.loss.toFixed(3)}, ${Math.round(event.tokensPerSecond)} tokens/s`;
      yield { done: step, total: event.totalSteps, unit: 'steps', detail };
    }
  }
  throwIfInterrupted(context.signal);
  await nameBaseRelatively(join(context.folder, MODEL_FOLDER), modelDir);
  await removeCheckpoints(runDir);
}

/** An adapter names its base: relative to itself, so that run folders can be moved and results compared. */
async function nameBaseRelatively(adapter: string, base: string): Promise<void> {
  const path = join(adapter, 'adapter_config.json');
  if (!(await exists(path))) return;
  const config = (await readJson(path)) as Readonly<Record<string, unknown>>;
  await writeJson(path, { ...config, base_model_name_or_path: relative(adapter, base).replaceAll('\\', '/') });
}

/** A finished run keeps its logs and not its checkpoints, which are several times as large as the model. */
async function removeCheckpoints(runDir: string): Promise<void> {
  for (const name of await readdir(runDir)) {
    if (name.startsWith('checkpoint')) await rm(join(runDir, name), { recursive: true, force: true });
  }
}
