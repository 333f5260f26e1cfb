import type { TestMode } from './data/test-modes.js';
import type { Extraction, PromptFormat } from './extract-answer.js';
import type { Interval } from './interval.js';
import type { MetricName } from './metrics/table.js';

/** One tested row with everything needed to argue about it. */
export interface EvaluationRow extends Extraction {
  readonly prompt: string;
  readonly response: string;
  readonly target: string | readonly string[];
  readonly options: readonly string[];
  /** From 0 to 1; null where a single row has no score (BLEU, correlations). */
  readonly score: number | null;
  readonly tokens: number;
  /** `length`: the model was stopped before it ended by itself. */
  readonly finish: 'stop' | 'length';
  readonly promptTruncated: boolean;
  /** The option that is most similar to the answer; null without BERTScore. */
  readonly bertScoreChoice: number | null;
}

/** Rows that deserve a look, counted. */
export interface EvaluationCounts {
  /** No text in the form of an answer. */
  readonly nothingExtracted: number;
  /** Empty answers, whatever the reason. */
  readonly emptyPredictions: number;
  readonly reachedLengthLimit: number;
  readonly promptsTruncated: number;
}

export interface BertScoreResult {
  /** Share of rows whose most similar option is the target, in percent. */
  readonly accuracy: number;
  readonly interval: Interval | null;
  /** Encoder, layer and settings: values are comparable only under the same signature. */
  readonly signature: string;
  /** Distinct texts that the encoder had to cut. */
  readonly truncatedTexts: number;
}

/** All of one evaluation as plain JSON: any number of a report can be made from it without the model. */
export interface Evaluation {
  readonly version: 1;
  /** Hash of everything the result depends on. */
  readonly key: string;
  readonly name: string;
  readonly task: string;
  readonly mode: TestMode;
  readonly runName: string;
  readonly promptFormat: PromptFormat | null;
  readonly format: string;
  readonly compat: boolean;
  readonly n: number;
  readonly metric: MetricName;
  readonly mainKey: string;
  readonly higherIsBetter: boolean;
  /** By result key; null where the metric is undefined for these rows. */
  readonly values: Readonly<Record<string, number | null>>;
  readonly overAllRows: Readonly<Record<string, number | null>> | null;
  readonly intervals: Readonly<Record<string, Interval | null>>;
  readonly bertScore: BertScoreResult | null;
  readonly counts: EvaluationCounts;
  readonly fingerprint: Readonly<Record<string, string | number | boolean | null>>;
  readonly rows: readonly EvaluationRow[];
}
