import { type CorrelationResult, correlate } from './statistics/correlation-test.js';
import type { Condition, ReportEvaluation, ReportInterval, StudyReport } from './study-report.js';

/** Which number of an evaluation is compared. */
export type Measure = 'score' | 'bertscore';

export interface ComparedTask {
  readonly task: string;
  readonly x: number;
  readonly y: number;
  readonly xInterval: ReportInterval | null;
  readonly yInterval: ReportInterval | null;
}

/** In-context against tuned scores over the tasks that have both. */
export interface Comparison {
  readonly inContext: Condition;
  readonly tuned: Condition;
  readonly measure: Measure;
  readonly tasks: readonly ComparedTask[];
  readonly result: CorrelationResult;
  /** Tasks left out because smaller is better there, so that their order would be reversed. */
  readonly leftOut: readonly string[];
}

interface Measured {
  readonly value: number;
  readonly interval: ReportInterval | null;
}

function measured(evaluation: ReportEvaluation | undefined, measure: Measure): Measured | null {
  if (evaluation === undefined) return null;
  if (measure === 'bertscore') {
    return evaluation.bertScore === null
      ? null
      : { value: evaluation.bertScore.accuracy, interval: evaluation.bertScore.interval };
  }
  return evaluation.score === null ? null : { value: evaluation.score, interval: evaluation.interval };
}

/** The pairs that the study names, else every in-context condition with every tuned one. */
function pairs({ comparisons, conditions }: StudyReport): readonly (readonly [Condition, Condition])[] {
  const byId = new Map(conditions.map((condition) => [condition.id, condition]));
  if (comparisons !== undefined) {
    return comparisons.flatMap(({ inContext, tuned }) => {
      const [x, y] = [byId.get(inContext), byId.get(tuned)];
      return x === undefined || y === undefined ? [] : [[x, y] as const];
    });
  }
  const tuned = conditions.filter(({ family }) => family === 'tuned');
  return conditions.filter(({ family }) => family === 'in-context').flatMap((x) => tuned.map((y) => [x, y] as const));
}

/** Task names in the order of their first evaluation. */
export const taskNames = ({ evaluations }: StudyReport): string[] => [...new Set(evaluations.map(({ task }) => task))];

/** All comparisons of a study by one measure; those without a task in common are left out. */
export function compareConditions(study: StudyReport, measure: Measure): Comparison[] {
  const find = (task: string, condition: string): ReportEvaluation | undefined =>
    study.evaluations.find((evaluation) => evaluation.task === task && evaluation.condition === condition);
  return pairs(study).flatMap(([inContext, tuned]) => {
    const tasks: ComparedTask[] = [];
    const leftOut: string[] = [];
    for (const task of taskNames(study)) {
      const evaluation = find(task, inContext.id);
      const x = measured(evaluation, measure);
      const y = measured(find(task, tuned.id), measure);
      if (x === null || y === null) continue;
      if (measure === 'score' && evaluation?.higherIsBetter === false) leftOut.push(task);
      else tasks.push({ task, x: x.value, y: y.value, xInterval: x.interval, yInterval: y.interval });
    }
    if (tasks.length === 0) return [];
    const result = correlate(
      tasks.map(({ x }) => x),
      tasks.map(({ y }) => y),
    );
    return [{ inContext, tuned, measure, tasks, result, leftOut }];
  });
}

/** The comparisons of a study by every measure, made once for the whole page. */
export type Comparisons = Readonly<Record<Measure, readonly Comparison[]>>;

export const compareByEveryMeasure = (study: StudyReport): Comparisons => ({
  score: compareConditions(study, 'score'),
  bertscore: compareConditions(study, 'bertscore'),
});
