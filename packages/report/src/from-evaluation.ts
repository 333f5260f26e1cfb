import { readJsonLines } from '@flanlab/files';
import type { CurvePoint, ReportEvaluation, ReportInterval } from './study-report.js';

interface EvaluatedRow {
  readonly prompt: string;
  readonly response: string;
  readonly target: string | readonly string[];
  readonly options: readonly string[];
  readonly answer: string;
  readonly region: { readonly start: number; readonly end: number } | null;
  readonly rule: string;
  readonly score: number | null;
  readonly finish: 'stop' | 'length';
  readonly bertScoreChoice: number | null;
}

/** What `@flanlab/evaluator` writes as JSON for each evaluation, as far as the report needs it. */
export interface EvaluationJson<Row extends EvaluatedRow = EvaluatedRow> {
  readonly key: string;
  readonly name: string;
  readonly task: string;
  readonly n: number;
  readonly metric: string;
  readonly mainKey: string;
  readonly higherIsBetter: boolean;
  readonly values: Readonly<Record<string, number | null>>;
  readonly intervals: Readonly<Record<string, ReportInterval | null>>;
  readonly bertScore: ReportEvaluation['bertScore'];
  readonly counts: ReportEvaluation['counts'];
  readonly rows: readonly Row[];
}

/**
 * An evaluation as the report shows it. `explain` puts the extraction rule into words (`explainExtraction` of the
 * evaluator); several gold answers are shown with a bar between them.
 */
export function reportEvaluation<Row extends EvaluatedRow>(
  evaluation: EvaluationJson<Row>,
  {
    condition,
    cluster = null,
    explain,
  }: { readonly condition: string; readonly cluster?: string | null; readonly explain: (row: Row) => string },
): ReportEvaluation {
  const { task, metric, mainKey, higherIsBetter, values, n, bertScore, counts } = evaluation;
  return {
    id: evaluation.name,
    task,
    cluster,
    condition,
    metric: mainKey === metric ? metric : `${metric}: ${mainKey}`,
    score: values[mainKey] ?? null,
    interval: evaluation.intervals[mainKey] ?? null,
    higherIsBetter,
    values,
    n,
    bertScore,
    counts,
    hash: evaluation.key,
    rows: evaluation.rows.map((row) => ({
      prompt: row.prompt,
      response: row.response,
      answer: row.answer,
      target: typeof row.target === 'string' ? row.target : row.target.join(' | '),
      options: row.options.filter((option) => option !== ''),
      region: row.region,
      rule: row.rule,
      why: explain(row),
      score: row.score,
      finish: row.finish,
      similarOption: row.bertScoreChoice === null ? null : (row.options[row.bertScoreChoice] ?? null),
    })),
  };
}

const NUMBERS = { loss: 'loss', eval_loss: 'evalLoss', learning_rate: 'learningRate' } as const;

/** The loss curve of one training, from the rows of its `metrics.jsonl`; rows without a step are skipped. */
export async function readTrainingCurve(path: string): Promise<CurvePoint[]> {
  const curve: CurvePoint[] = [];
  for await (const value of readJsonLines(path)) {
    const row = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
    if (typeof row.step !== 'number') continue;
    const point: { -readonly [Key in keyof CurvePoint]: CurvePoint[Key] } = { step: row.step };
    for (const [column, key] of Object.entries(NUMBERS) as [
      keyof typeof NUMBERS,
      (typeof NUMBERS)[keyof typeof NUMBERS],
    ][]) {
      const number = row[column];
      if (typeof number === 'number') point[key] = number;
    }
    curve.push(point);
  }
  return curve;
}
