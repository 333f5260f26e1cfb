/** A name and a value to show; both are plain text. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** How a model was asked: a column of the score table. */
export interface Condition {
  readonly id: string;
  readonly label: string;
  /** `base`: no examples, no tuning. `in-context`: base model after examples. `tuned`: after instruction tuning. */
  readonly family: 'base' | 'in-context' | 'tuned';
  readonly description?: string;
}

export interface ReportInterval {
  readonly low: number;
  readonly high: number;
  /** Coverage, such as 0.95. */
  readonly level: number;
  readonly method: string;
}

/** One tested row. Offsets of `region` are UTF-16 units of `response`. */
export interface ReportRow {
  readonly prompt: string;
  readonly response: string;
  readonly answer: string;
  readonly target: string;
  readonly options: readonly string[];
  readonly region: { readonly start: number; readonly end: number } | null;
  readonly rule: string;
  /** Why the answer is what it is, in words. */
  readonly why: string;
  /** From 0 to 1; null where a single row has no score. */
  readonly score: number | null;
  readonly finish: 'stop' | 'length';
  /** The option most similar to the answer, where BERTScore ran. */
  readonly similarOption: string | null;
}

/** One task under one condition. */
export interface ReportEvaluation {
  readonly id: string;
  readonly task: string;
  readonly cluster: string | null;
  /** A `Condition.id`. */
  readonly condition: string;
  readonly metric: string;
  /** The value to show, usually from 0 to 100; null where the metric is undefined. */
  readonly score: number | null;
  readonly interval: ReportInterval | null;
  readonly higherIsBetter: boolean;
  /** All values of the metric by name. */
  readonly values: Readonly<Record<string, number | null>>;
  readonly n: number;
  readonly bertScore: {
    readonly accuracy: number;
    readonly interval: ReportInterval | null;
    readonly signature: string;
    /** Distinct texts that the encoder had to cut. */
    readonly truncatedTexts?: number;
  } | null;
  readonly counts: {
    readonly nothingExtracted: number;
    readonly emptyPredictions: number;
    readonly reachedLengthLimit: number;
    readonly promptsTruncated: number;
  };
  /** Hash of everything the evaluation depends on. */
  readonly hash: string;
  readonly rows: readonly ReportRow[];
}

export interface CurvePoint {
  readonly step: number;
  readonly loss?: number;
  readonly evalLoss?: number;
  readonly learningRate?: number;
}

/** One training run, pre-training included. */
export interface ReportTraining {
  readonly id: string;
  readonly label: string;
  readonly facts: readonly Fact[];
  /** Rising steps. */
  readonly curve: readonly CurvePoint[];
}

export interface ReportModel {
  readonly id: string;
  readonly label: string;
  readonly facts: readonly Fact[];
  readonly hash: string;
}

export interface StageTiming {
  readonly stage: string;
  readonly seconds: number;
  /** True where an earlier run's result was taken over. */
  readonly cached: boolean;
}

/** Everything one report shows, as plain JSON. */
export interface StudyReport {
  readonly version: 1;
  readonly title: string;
  readonly question?: string;
  readonly facts: readonly Fact[];
  readonly hashes: readonly Fact[];
  readonly environment: readonly Fact[];
  readonly timings: readonly StageTiming[];
  readonly models: readonly ReportModel[];
  readonly trainings: readonly ReportTraining[];
  readonly conditions: readonly Condition[];
  readonly evaluations: readonly ReportEvaluation[];
  /** Pairs of conditions to correlate over tasks; every in-context condition with every tuned one when left out. */
  readonly comparisons?: readonly { readonly inContext: string; readonly tuned: string }[];
  /** Anything a reader must know before believing the numbers. */
  readonly notes?: readonly string[];
}
