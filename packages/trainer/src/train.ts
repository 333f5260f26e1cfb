import { access, constants } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type JsonLinesAppender, makeFolder, withFileErrors, writeFileAtomic } from '@flanlab/files';
import type { ModelConfig } from '@flanlab/language-model';
import type { Provider, SessionOptions, Tensor } from '@flanlab/onnx-session';
import { buildTrainingArtifacts } from './artifacts.js';
import { planBatches } from './batches.js';
import {
  isRunFile,
  latestCheckpoint,
  removeCheckpoints,
  removeUnfinished,
  saveCheckpoint,
  type TrainerState,
} from './checkpoint-store.js';
import { dataWarnings } from './data-warnings.js';
import { Evaluation } from './evaluation.js';
import type { TrainEvent } from './events.js';
import { saveModel } from './final-save.js';
import { type MetricsRow, openMetricsLog } from './metrics-log.js';
import { packRows } from './packing.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { checkIdentity, runIdentity } from './run-identity.js';
import { intervalSteps, isDue, type SchedulePlan, warmupSteps } from './schedule.js';
import { Stepper } from './stepper.js';
import type { TrainingRow } from './tokenise.js';
import { appendTrainLog, type TrainLogRow } from './train-log.js';
import { hashTensors, openTrainee } from './trainee.js';
import { tokeniseRows } from './training-data.js';

type Rows = Iterable<TrainingRow> | AsyncIterable<TrainingRow>;

export interface TrainOptions {
  /** Hugging Face folder of the model to start from. */
  readonly modelDir: string;
  readonly rows: Rows;
  /** Rows whose loss is measured every `evalEvery` steps. */
  readonly evalRows?: Rows;
  readonly recipe: Partial<Recipe>;
  /** Folder of the result: a Hugging Face model, or a PEFT adapter. */
  readonly out: string;
  /** Folder of `metrics.jsonl`, `artifacts/` and the checkpoints. */
  readonly runDir: string;
  /** `auto` goes on from the newest whole checkpoint of the same run; `never` removes checkpoints and starts anew. */
  readonly resume?: 'auto' | 'never';
  /** Ends after the steps in progress with a checkpoint and an `interrupted` event. */
  readonly signal?: AbortSignal;
  /** Where to compute; `cpu` unless told otherwise. */
  readonly provider?: Provider;
  /** Threads of the runtime. Runs that are to have the same bits need the same number. */
  readonly threads?: number;
  /** Adds a row to the reference's `train_logs.csv` when training has finished. */
  readonly trainLog?: {
    readonly path: string;
    readonly row: Omit<TrainLogRow, 'seed' | 'epochs' | 'num_train' | 'batch_size' | 'device'>;
  };
  /** Milliseconds since 1970; for the times in the logs. */
  readonly now?: () => number;
}

/**
 * Trains a model, or an adapter on it, and saves the result. Deterministic: the same options and the same number of
 * threads give the same bits, also when the run was killed at any moment and called again.
 * @throws {TrainerError} `TRAINER_RECIPE_INVALID`, `TRAINER_ROWS_EMPTY`, `TRAINER_NON_FINITE`, `TRAINER_RESUME_MISMATCH`, …
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent> {
  const { modelDir, runDir, out, signal, threads, provider = 'cpu', resume = 'auto', now = Date.now } = options;
  const asked = parseRecipe(options.recipe);
  const trainee = await openTrainee(modelDir, asked);
  const recipe = withinModel(asked, trainee.config);
  await checkWritable(dirname(out));
  const { tokenizer, trained, frozen } = trainee;
  const data = await tokeniseRows(options.rows, tokenizer, recipe);
  const rows = recipe.packing ? packRows(data.rows, recipe.maxLength) : data.rows;
  const plan = planBatches(rows, recipe, trainee.vocabulary);
  const { totalSteps, stepsPerEpoch } = plan;
  // Encoders tell padding by its id. What stands under it means nothing to a decoder, but must be in its vocabulary.
  const padId = recipe.objective === 'masked' ? (trainee.config.padId ?? tokenizer.padId ?? 0) : 0;
  const identity = runIdentity(recipe, data.rows, await hashTensors(trainee.start([...frozen, ...trained])));

  await removeUnfinished(runDir, isRunFile);
  await removeUnfinished(dirname(out), (name) => name === basename(out));
  if (resume === 'never') await removeCheckpoints(runDir);
  const warnings = dataWarnings(data.summary, recipe);
  const checkpoint = await latestCheckpoint(runDir, trained, (path, reason) => {
    warnings.push({ type: 'warning', code: 'checkpoint-damaged', message: `${path} is passed over: ${reason}` });
  });
  if (checkpoint !== undefined) checkIdentity(checkpoint, identity);

  const { files } = buildTrainingArtifacts({ config: trainee.config, recipe, baseModel: modelDir });
  for (const [name, bytes] of Object.entries(files)) await writeFileAtomic(join(runDir, 'artifacts', name), bytes);

  const schedule: SchedulePlan = { ...recipe, totalSteps, warmupSteps: warmupSteps(recipe.warmupRatio, totalSteps) };
  const [logEvery, evalEvery, saveEvery] = [recipe.logEvery, recipe.evalEvery, recipe.saveEvery].map((every) =>
    intervalSteps(every, totalSteps),
  ) as [number, number, number];
  const frozenTensors = () => trainee.start(frozen);
  const runtime: SessionOptions = { provider, ...(threads === undefined ? {} : { threads }) };
  await using evaluation =
    options.evalRows === undefined
      ? undefined
      : await openEvaluation(files['eval_model.onnx'], options.evalRows, {
          trainee,
          recipe,
          padId,
          frozen: frozenTensors,
          runtime,
        });
  await using stepper = await Stepper.open(files['training_model.onnx'], {
    trained,
    recipe,
    schedule,
    plan,
    padId,
    runtime,
  });
  for await (const [name, tensor] of frozenTensors()) await stepper.put(name, tensor);
  if (checkpoint === undefined) await stepper.start(trainee.start(trained));
  else for (const [name, tensor] of checkpoint.tensors) await stepper.put(name, tensor);
  await using metrics = await openMetricsLog(join(runDir, 'metrics.jsonl'), checkpoint?.state.step ?? 0);

  let step = checkpoint?.state.step ?? 0;
  let saved = checkpoint?.state.step ?? -1;
  let sinceLog = checkpoint?.state.sinceLog ?? { steps: 0, loss: 0, targets: 0 };
  let loss = checkpoint?.state.loss ?? Number.NaN;
  const save = async (): Promise<TrainEvent> => {
    const state: TrainerState = {
      step,
      totalSteps,
      epoch: step / stepsPerEpoch,
      identity,
      sinceLog,
      loss: Number.isNaN(loss) ? null : loss,
    };
    const path = await saveCheckpoint(runDir, state, trained, await stepper.readState(), recipe.keepCheckpoints);
    saved = step;
    return { type: 'checkpoint-saved', step, path };
  };
  const count = (shapes: readonly { readonly shape: readonly number[] }[]): number =>
    shapes.reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), 0);
  yield {
    type: 'started',
    step,
    totalSteps,
    stepsPerEpoch,
    trainedParameters: count(trained),
    frozenParameters: count(frozen),
    data: data.summary,
    ...(recipe.packing ? { packedRows: rows.length } : {}),
  };
  yield* warnings;

  let sinceRow = { seconds: 0, tokens: 0 };
  while (step < totalSteps) {
    if (signal?.aborted === true) {
      if (saved !== step) yield await save();
      yield { type: 'interrupted', step };
      return;
    }
    const startedAt = now();
    const done = await stepper.run(step, stepsUntilDue(step, totalSteps, recipe.stepsPerRun, [evalEvery, saveEvery]));
    const seconds = Math.max(1e-3, now() - startedAt) / 1000;
    const tokensPerSecond = done.reduce((sum, { tokens }) => sum + tokens, 0) / seconds;
    for (const result of done) {
      step += 1;
      loss = result.loss;
      const { learningRate, gradNorm, targets, tokens } = result;
      const epoch = step / stepsPerEpoch;
      sinceLog = { steps: sinceLog.steps + 1, loss: sinceLog.loss + loss, targets: sinceLog.targets + targets };
      // Steps of one run end together: each has its share of the run's time.
      sinceRow = { seconds: sinceRow.seconds + seconds / done.length, tokens: sinceRow.tokens + tokens };
      if (isDue(logEvery, step) || step === totalSteps) {
        await log(metrics, {
          step,
          loss: sinceLog.loss / sinceLog.steps,
          learning_rate: learningRate,
          grad_norm: gradNorm,
          tokens_per_second: Math.round(sinceRow.tokens / sinceRow.seconds),
          epoch,
          targets: sinceLog.targets,
          time: new Date(now()).toISOString(),
        });
        sinceLog = { steps: 0, loss: 0, targets: 0 };
        sinceRow = { seconds: 0, tokens: 0 };
      }
      yield { type: 'step-end', step, totalSteps, epoch, loss, learningRate, gradNorm, targets, tokensPerSecond };
    }
    if (evaluation !== undefined && (isDue(evalEvery, step) || step === totalSteps)) {
      const result = await evaluation.run(await stepper.readParameters());
      await log(metrics, {
        step,
        eval_loss: result.loss,
        eval_targets: result.targets,
        epoch: step / stepsPerEpoch,
        time: new Date(now()).toISOString(),
      });
      yield { type: 'evaluation-end', step, ...result };
    }
    if (isDue(saveEvery, step)) yield await save();
  }

  await saveModel(trainee, await stepper.readParameters(), { modelDir, out });
  if (options.trainLog !== undefined) {
    const { path, row } = options.trainLog;
    const { seed, epochs, batchSize } = recipe;
    await appendTrainLog(path, {
      ...row,
      seed,
      epochs,
      num_train: data.summary.usedRows,
      batch_size: batchSize,
      device: provider,
    });
  }
  yield { type: 'finished', step, out, loss };
}

/** Where the model has a fixed table of positions, rows cannot be longer than it. */
function withinModel(recipe: Recipe, { positions, maxPositions }: ModelConfig): Recipe {
  return positions === 'learned' ? { ...recipe, maxLength: Math.min(recipe.maxLength, maxPositions) } : recipe;
}

/** Better now than after hours of training. */
async function checkWritable(folder: string): Promise<void> {
  await withFileErrors('write', folder, async () => {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  });
}

const log = (metrics: JsonLinesAppender, row: MetricsRow): Promise<void> => metrics.append(row);

/** Steps of the next run: up to K, but never past a step after which something is due. */
function stepsUntilDue(step: number, totalSteps: number, stepsPerRun: number, intervals: readonly number[]): number {
  let steps = Math.min(stepsPerRun, totalSteps - step);
  for (const interval of intervals) if (interval > 0) steps = Math.min(steps, interval - (step % interval));
  return steps;
}

async function openEvaluation(
  model: Uint8Array,
  rows: Rows,
  options: {
    readonly trainee: Awaited<ReturnType<typeof openTrainee>>;
    readonly recipe: Recipe;
    readonly padId: number;
    readonly frozen: () => AsyncIterable<readonly [string, Tensor]>;
    readonly runtime: SessionOptions;
  },
): Promise<Evaluation> {
  const { trainee, recipe, ...rest } = options;
  const data = await tokeniseRows(rows, trainee.tokenizer, { ...recipe, rowsWithoutTarget: 'drop' });
  // For the masked objective the same tokens are hidden each time, so that the losses of a run compare.
  const plan = planBatches(
    data.rows,
    { ...recipe, batchSize: data.rows.length, gradientAccumulation: 1, groupByLength: false },
    trainee.vocabulary,
  );
  return new Evaluation(model, { ...rest, rows: plan.window(0).flat(), batchSize: recipe.batchSize });
}
