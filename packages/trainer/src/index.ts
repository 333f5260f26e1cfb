export { TRAINER_ERROR_CODES, TrainerError, type TrainerErrorCode } from './errors.js';
export { DEFAULT_LORA, DEFAULT_RECIPE, type LoraRecipe, parseRecipe, type Recipe } from './recipe.js';
export { epochOrder, lengthGroupedOrder, type Permuter } from './row-order.js';
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
export {
  IGNORE_INDEX,
  type RowTokenizer,
  type TokenisedRow,
  type TokeniseOptions,
  type TrainingRow,
  tokeniseRow,
} from './tokenise.js';
export { type DataSummary, type TrainingData, tokeniseRows } from './training-data.js';
