import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '@flanlab/files';
import type { ModelConfig } from '@flanlab/language-model';
import type { Provider, SessionOptions, Tensor } from '@flanlab/onnx-session';
import { buildTrainingArtifacts, defaultOptimizer, type OptimizerPlace } from './artifacts.js';
import { planBatches } from './batches.js';
import { addEvaluation, checkEvaluated, isOver, NO_EVALUATIONS } from './best-evaluation.js';
import { checkOut } from './check-out.js';
import {
  isRunFile,
  latestCheckpoint,
  readBestCheckpoint,
  readCheckpoint,
  removeCheckpoints,
  removeUnfinished,
  type StoredCheckpoint,
  saveCheckpoint,
  type TrainerState,
} from './checkpoint-store.js';
import { constantWeights } from './constant-weights.js';
import { dataWarnings } from './data-warnings.js';
import { Evaluation } from './evaluation.js';
import type { TrainEvent } from './events.js';
import { saveModel } from './final-save.js';
import { checkMemory } from './memory-estimate.js';
import { MetricsLog } from './metrics-log.js';
import { blameStart, checkFinite } from './non-finite.js';
import { fitObjective, paddingId } from './objective.js';
import { packRows } from './packing.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { checkIdentity, runIdentity } from './run-identity.js';
import { weightsRounded } from './save-dtype.js';
import { intervalSteps, isDue, type SchedulePlan, warmupSteps } from './schedule.js';
import { Stepper } from './stepper.js';
import type { TrainingRow } from './tokenise.js';
import { appendTrainLog, type TrainLogRow } from './train-log.js';
import { hashStart, openTrainee, type Trainee } from './trainee.js';
import { checkVocabulary, tokeniseRows } from './training-data.js';

type Rows = Iterable<TrainingRow> | AsyncIterable<TrainingRow>;

export interface TrainOptions {
  /** Hugging Face folder of the model to start from. */
  readonly modelDir: string;
  readonly rows: Rows;
  /** Rows whose loss is measured every `evalEvery` steps, and at the end. */
  readonly evalRows?: Rows;
  /** More numbers of an evaluation, such as an accuracy; the recipe's `bestMetric` may name one. */
  readonly evaluate?: (model: EvaluatedModel) => Promise<Readonly<Record<string, number>>>;
  readonly recipe: Partial<Recipe>;
  /** Folder of the result: a Hugging Face model, or a PEFT adapter. */
  readonly out: string;
  /** Folder of `metrics.jsonl`, `artifacts/` and the checkpoints. */
  readonly runDir: string;
  /**
   * `auto` goes on from the newest whole checkpoint of the same run; `never` removes checkpoints and starts anew; the
   * folder of a checkpoint goes on from that one, and removes later ones of the run folder.
   */
  readonly resume?: 'auto' | 'never' | (string & {});
  /**
   * Ends after the steps in progress with a checkpoint and an `interrupted` event, which carries the signal's reason;
   * an evaluation in progress is left, and done again by the run that goes on.
   */
  readonly signal?: AbortSignal;
  /** Where to compute; `cpu` unless told otherwise. */
  readonly provider?: Provider;
  /** Where AdamW runs; on the host for `cpu`, in the graph for others. Both give the same bits. */
  readonly optimizer?: OptimizerPlace;
  /** Threads of the runtime. Runs that are to have the same bits need the same number. */
  readonly threads?: number;
  /** Refuses a run that would need more memory, by `estimateMemory`; there is no limit when left out. */
  readonly memoryLimitBytes?: number;
  /** Folder for a file that TensorBoard reads, with the numbers of `metrics.jsonl`; none when left out. */
  readonly tensorBoard?: string;
  /** Adds a row to the reference's `train_logs.csv` when training has finished. */
  readonly trainLog?: {
    readonly path: string;
    readonly row: Omit<TrainLogRow, 'seed' | 'epochs' | 'num_train' | 'batch_size' | 'device'>;
  };
  /** Milliseconds since 1970; for the times in the logs. */
  readonly now?: () => number;
}

/** What `evaluate` is asked about. */
export interface EvaluatedModel {
  readonly step: number;
  /** Copies of what is trained, by name. */
  readonly readParameters: () => Promise<Readonly<Record<string, Tensor>>>;
}

/**
 * Trains a model, or an adapter on it, and saves the result. Deterministic: the same options and the same number of
 * threads give the same bits, also when the run was killed at any moment and called again.
 * @throws {TrainerError} `TRAINER_RECIPE_INVALID`, `TRAINER_ROWS_EMPTY`, `TRAINER_NON_FINITE`, `TRAINER_RESUME_MISMATCH`, …
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent> {
  const { modelDir, runDir, out, signal, threads, provider = 'cpu', resume = 'auto', now = Date.now } = options;
  const asked = parseRecipe(options.recipe);
  checkEvaluated(asked, options.evalRows !== undefined);
  const trainee = await openTrainee(modelDir, asked, provider);
  const recipe = withinModel(asked, trainee.config);
  await checkOut(options);
  const { tokenizer, trained, frozen, vocabulary } = trainee;
  const data = await tokeniseRows(options.rows, tokenizer, recipe);
  checkVocabulary(data.rows, trainee.config.vocabularySize);
  const rows = recipe.packing ? packRows(data.rows, recipe.maxLength) : data.rows;
  const plan = planBatches(rows, recipe, vocabulary);
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const memory = checkMemory(trainee.config, recipe, {
    longest,
    stored: trainee.held,
    evaluates: options.evalRows !== undefined,
    limitBytes: options.memoryLimitBytes,
  });
  const { totalSteps, stepsPerEpoch } = plan;
  const padId = paddingId(recipe, trainee.config, tokenizer);
  const startTensors = () => trainee.start([...frozen, ...trained]);
  const identity = runIdentity(recipe, data.rows, await hashStart(trainee));

  await removeUnfinished(runDir, isRunFile);
  await removeUnfinished(dirname(out), (name) => name === basename(out));
  const warnings = dataWarnings(data.summary, recipe);
  const checkpoint = await checkpointToGoOnFrom(resume, runDir, trainee, (path, reason) => {
    warnings.push({ type: 'warning', code: 'checkpoint-damaged', message: `${path} is passed over: ${reason}` });
  });
  if (checkpoint !== undefined) {
    checkIdentity(checkpoint, identity);
    const best = checkpoint.state.evaluations.best?.step;
    // Better now than after hours of training.
    if (recipe.loadBest && best !== undefined) await readBestCheckpoint(runDir, best, trained);
    if (resume !== 'auto') await removeCheckpoints(runDir, checkpoint.state.step);
  }

  const { optimizer = defaultOptimizer(provider) } = options;
  const described = {
    optimizer,
    config: trainee.config,
    recipe,
    baseModel: modelDir,
    stored: trainee.held,
    longestRow: longest,
  };
  const { files } = buildTrainingArtifacts(described);
  for (const [name, bytes] of Object.entries(files)) await writeFileAtomic(join(runDir, 'artifacts', name), bytes);

  const schedule: SchedulePlan = { ...recipe, totalSteps, warmupSteps: warmupSteps(recipe.warmupRatio, totalSteps) };
  const [logEvery, evalEvery, saveEvery] = [recipe.logEvery, recipe.evalEvery, recipe.saveEvery].map((every) =>
    intervalSteps(every, totalSteps),
  ) as [number, number, number];
  const constants = await constantWeights(frozen, trainee.stored, provider);
  const runtime: SessionOptions = {
    provider,
    ...(threads === undefined ? {} : { threads }),
    ...(constants === undefined ? {} : { externalDataFolder: constants.folder }),
  };
  const run = constants === undefined ? files : buildTrainingArtifacts({ ...described, ...constants }).files;
  const evalData =
    options.evalRows === undefined
      ? undefined
      : await tokeniseRows(options.evalRows, tokenizer, { ...recipe, rowsWithoutTarget: 'drop' });
  checkVocabulary(evalData?.rows ?? [], trainee.config.vocabularySize);
  await using stepper = await Stepper.open(run['training_model.onnx'], {
    trained,
    recipe,
    schedule,
    plan,
    padId,
    runtime,
    optimizer,
  });
  await using evaluation =
    evalData &&
    new Evaluation(run['eval_model.onnx'], {
      rows: evalData.rows,
      recipe,
      vocabulary,
      padId,
      open: (model) => stepper.openBeside(model),
    });
  const fed = frozen.filter(({ name }) => constants?.places.has(name) !== true);
  for await (const [name, tensor] of trainee.start(fed)) await stepper.put(name, tensor);
  if (checkpoint === undefined) await stepper.start(trainee.start(trained));
  else for (const [name, tensor] of checkpoint.tensors) await stepper.put(name, tensor);

  let step = checkpoint?.state.step ?? 0;
  let saved = checkpoint?.state.step ?? -1;
  let evaluations = checkpoint?.state.evaluations ?? NO_EVALUATIONS;
  let sinceLog = checkpoint?.state.sinceLog ?? { steps: 0, loss: 0, targets: 0 };
  let loss = checkpoint?.state.loss ?? Number.NaN;
  await using metrics = await MetricsLog.open(
    join(runDir, 'metrics.jsonl'),
    { step, evaluatedStep: evaluations.lastStep },
    { tensorBoard: options.tensorBoard, now },
  );
  const time = (): string => new Date(now()).toISOString();
  const save = async (): Promise<TrainEvent> => {
    const state: TrainerState = {
      step,
      totalSteps,
      epoch: step / stepsPerEpoch,
      recipe,
      identity,
      evaluations,
      sinceLog,
      loss: Number.isNaN(loss) ? null : loss,
    };
    const tensors = await stepper.readState();
    await checkFinite(step, tensors);
    const path = await saveCheckpoint(runDir, state, trained, tensors, {
      keep: recipe.keepCheckpoints,
      best: recipe.loadBest ? evaluations.best?.step : undefined,
    });
    saved = step;
    return { type: 'checkpoint-saved', step, path };
  };
  yield {
    type: 'started',
    step,
    totalSteps,
    stepsPerEpoch,
    trainedParameters: count(trained),
    frozenParameters: count(frozen),
    memory,
    data: data.summary,
    ...(recipe.packing ? { packedRows: rows.length } : {}),
  };
  yield* warnings;

  let sinceRow = { seconds: 0, tokens: 0 };
  for (;;) {
    const isEnd = step === totalSteps;
    const isEvaluated = evaluations.lastStep === step;
    if (evaluation !== undefined && step > 0 && !isEvaluated && (isDue(evalEvery, step) || isEnd)) {
      const result = await evaluation.run(signal);
      if (result !== undefined) {
        const more = (await options.evaluate?.({ step, readParameters: () => stepper.readParameters() })) ?? {};
        const numbers: Readonly<Record<string, number>> = { loss: result.loss, ...more };
        evaluations = addEvaluation(evaluations, step, numbers, recipe);
        const named = Object.entries(more).map(([name, value]) => [`eval_${name}`, value] as const);
        await metrics.append({
          step,
          eval_loss: result.loss,
          eval_targets: result.targets,
          ...Object.fromEntries(named),
          epoch: step / stepsPerEpoch,
          time: time(),
        });
        const isBest = evaluations.best?.step === step;
        yield { type: 'evaluation-end', step, ...result, metrics: numbers, isBest };
        if (isBest && recipe.loadBest && !isEnd && saved !== step) yield await save();
      }
    }
    if (step > 0 && isDue(saveEvery, step) && saved < step) yield await save();
    if (signal?.aborted === true && !(isEnd && (evaluation === undefined || evaluations.lastStep === step))) {
      if (saved !== step) yield await save();
      yield { type: 'interrupted', step, reason: signal.reason };
      return;
    }
    if (isEnd) break;
    if (isOver(evaluations, recipe)) {
      yield { type: 'stopped-early', step, evaluations: evaluations.withoutGain };
      break;
    }
    const startedAt = now();
    const steps = stepsUntilDue(step, totalSteps, recipe.stepsPerRun, [evalEvery, saveEvery]);
    const done = await stepper.run(step, steps).catch(async (error) => {
      throw await blameStart(error, startTensors);
    });
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
        await metrics.append({
          step,
          loss: sinceLog.loss / sinceLog.steps,
          learning_rate: learningRate,
          grad_norm: gradNorm,
          tokens_per_second: Math.round(sinceRow.tokens / sinceRow.seconds),
          epoch,
          targets: sinceLog.targets,
          time: time(),
        });
        sinceLog = { steps: 0, loss: 0, targets: 0 };
        sinceRow = { seconds: 0, tokens: 0 };
      }
      yield { type: 'step-end', step, totalSteps, epoch, loss, learningRate, gradNorm, targets, tokensPerSecond };
    }
  }

  const bestStep = recipe.loadBest ? (evaluations.best?.step ?? step) : step;
  const parameters =
    bestStep === step
      ? await stepper.readParameters()
      : trainedOf(trainee, await readBestCheckpoint(runDir, bestStep, trained));
  await checkFinite(step, parameters);
  const rounding = await saveModel(trainee, parameters, { modelDir, out, recipe });
  if (rounding !== undefined) yield weightsRounded(rounding);
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
  yield { type: 'finished', step, out, loss, savedStep: bestStep };
}

/** A recipe as it is meant for the model; where that has a fixed table of positions, rows cannot be longer than it. */
function withinModel(asked: Recipe, config: ModelConfig): Recipe {
  const { positions, maxPositions } = config;
  const recipe = fitObjective(asked, config);
  const isTable = positions === 'learned' || positions === 'alibi';
  return isTable ? { ...recipe, maxLength: Math.min(recipe.maxLength, maxPositions) } : recipe;
}

/** Steps of the next run: up to K, but never past a step after which something is due. */
function stepsUntilDue(step: number, totalSteps: number, stepsPerRun: number, intervals: readonly number[]): number {
  let steps = Math.min(stepsPerRun, totalSteps - step);
  for (const interval of intervals) if (interval > 0) steps = Math.min(steps, interval - (step % interval));
  return steps;
}

/** @throws {TrainerError} `TRAINER_CHECKPOINT_DAMAGED` for a checkpoint that was asked for by name */
async function checkpointToGoOnFrom(
  resume: string,
  runDir: string,
  { trained }: Trainee,
  onDamaged: (path: string, reason: string) => void,
): Promise<StoredCheckpoint | undefined> {
  if (resume === 'auto') return latestCheckpoint(runDir, trained, onDamaged);
  if (resume !== 'never') return readCheckpoint(resume, trained);
  await removeCheckpoints(runDir);
  return undefined;
}

function trainedOf({ trained }: Trainee, { tensors }: StoredCheckpoint): Record<string, Tensor> {
  return Object.fromEntries(trained.map(({ name }) => [name, tensors.get(name)!]));
}

const count = (shapes: readonly { readonly shape: readonly number[] }[]): number =>
  shapes.reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), 0);
