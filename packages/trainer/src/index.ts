export { type StepScalars, stepScalars } from './adamw.js';
export { buildTrainingArtifacts, type OptimizerPlace, type TrainingArtifacts } from './artifacts.js';
export {
  type BatchPlan,
  type BatchRecipe,
  type CollatedSteps,
  collateSteps,
  type MaskVocabulary,
  planBatches,
  type StepWindow,
} from './batches.js';
export { TRAINER_ERROR_CODES, TrainerError, type TrainerErrorCode } from './errors.js';
export type { TrainEvent, WarningCode } from './events.js';
export { type ExportCheckpointOptions, exportCheckpoint } from './export-checkpoint.js';
export type { InputParameter } from './frozen-weights.js';
export { type InspectedRow, type InspectedToken, inspectRow } from './inspect-row.js';
export type { BatchValues, LossModel, LossSum } from './loss-model.js';
export { estimateMemory, type MemoryEstimate, type MemoryParts, memoryAdvice } from './memory-estimate.js';
export type { MetricsRow } from './metrics-log.js';
export { fitRecipe } from './objective.js';
export { packLengths, packRows } from './packing.js';
export { DEFAULT_QUANTIZATION, type QuantizationRecipe, type StoredWeight } from './quantization.js';
export {
  DEFAULT_LORA,
  DEFAULT_RECIPE,
  type EarlyStopping,
  type LoraRecipe,
  parseRecipe,
  type Recipe,
} from './recipe.js';
export { epochOrder, lengthGroupedOrder, type Permuter } from './row-order.js';
export type { SaveDtype } from './save-dtype.js';
export {
  countSteps,
  intervalSteps,
  isDue,
  learningRateAt,
  SCHEDULES,
  type ScheduleName,
  type SchedulePlan,
  type StepCounts,
  warmupSteps,
} from './schedule.js';
export { moment1Name, moment2Name, nextName } from './state-names.js';
export {
  IGNORE_INDEX,
  type RowTokenizer,
  type TokenisedRow,
  type TokeniseOptions,
  type TrainingRow,
  tokeniseRow,
} from './tokenise.js';
export { type EvaluatedModel, type TrainOptions, train } from './train.js';
export { appendTrainLog, TRAIN_LOG_COLUMNS, type TrainLogRow } from './train-log.js';
export { type DataSummary, type TrainingData, tokeniseRows } from './training-data.js';
export {
  buildEvalModel,
  buildTrainingModel,
  type ParameterShape,
  SCALAR_COLUMNS,
  type TrainingGraphRecipe,
} from './training-graph.js';
