export { type ComparedTask, type Comparison, compareConditions, type Measure } from './comparisons.js';
export { REPORT_ERROR_CODES, ReportError } from './errors.js';
export { type EvaluationJson, readTrainingCurve, reportEvaluation } from './from-evaluation.js';
export { type RenderOptions, renderReport } from './render-report.js';
export {
  type CorrelationInterval,
  type CorrelationResult,
  correlate,
  type PermutationTest,
  spearmanInterval,
  spearmanPermutationTest,
} from './statistics/correlation-test.js';
export { averageRanks, pearson, spearman } from './statistics/ranks.js';
export type {
  Condition,
  CurvePoint,
  Fact,
  ReportEvaluation,
  ReportInterval,
  ReportModel,
  ReportRow,
  ReportTraining,
  StageTiming,
  StudyReport,
} from './study-report.js';
export { readStudyReport, type WriteReportOptions, writeReport } from './write-report.js';
