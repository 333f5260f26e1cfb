export { CLEANING_STEPS, type CleaningStep, REGION_RULES, type RegionRule } from './data/extraction-rules.js';
export { BERTSCORE_SKIPPED, TEST_MODES, type TestMode } from './data/test-modes.js';
export { EVALUATOR_ERROR_CODES, EvaluatorError } from './errors.js';
export type { BertScoreResult, Evaluation, EvaluationCounts, EvaluationRow } from './evaluation.js';
export {
  type Extraction,
  type ExtractionInput,
  explainExtraction,
  extractAnswer,
  type PromptFormat,
} from './extract-answer.js';
export { bootstrapIntervals, type Interval, percentile, wilsonInterval } from './interval.js';
export type { MetricOptions, MetricSpec, PreparedRows, ScoredRow } from './metrics/metric.js';
export { METRICS, type MetricName } from './metrics/table.js';
export { generatorResponder, type Responder, type ResponderResult } from './responder.js';
export { type ResultPaths, type RunDescription, readSamples, resultPaths, type SampleRow } from './result-files.js';
export { type RunTestOptions, runTest, type TestEvent, type TestRow } from './run-test.js';
export { metricByName, type ScoreOptions, scoreTask, type TaskScore } from './score-task.js';
