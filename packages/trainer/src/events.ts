import type { MemoryEstimate } from './memory-estimate.js';
import type { DataSummary } from './training-data.js';

/** What `train` reports, in order. Steps count optimizer steps that are done. */
export type TrainEvent =
  | {
      readonly type: 'started';
      /** Steps that a checkpoint brought; 0 for a fresh run. */
      readonly step: number;
      readonly totalSteps: number;
      readonly stepsPerEpoch: number;
      readonly trainedParameters: number;
      readonly frozenParameters: number;
      /** What the run is expected to need. */
      readonly memory: MemoryEstimate;
      readonly data: DataSummary;
      /** With packing: into how many rows those of `data` were put. */
      readonly packedRows?: number;
    }
  | { readonly type: 'warning'; readonly code: WarningCode; readonly message: string }
  | {
      readonly type: 'step-end';
      readonly step: number;
      readonly totalSteps: number;
      readonly epoch: number;
      /** Mean negative log-likelihood of the step's targets, in nats. */
      readonly loss: number;
      readonly learningRate: number;
      /** Before clipping. */
      readonly gradNorm: number;
      readonly targets: number;
      /** Tokens that are not padding, over the last run of steps. */
      readonly tokensPerSecond: number;
    }
  | {
      readonly type: 'evaluation-end';
      readonly step: number;
      /** Mean over the targets of all rows, in nats. */
      readonly loss: number;
      readonly targets: number;
      /** `loss`, and what the caller's `evaluate` gave. */
      readonly metrics: Readonly<Record<string, number>>;
      /** Whether none before was better by the recipe's metric. */
      readonly isBest: boolean;
    }
  | { readonly type: 'checkpoint-saved'; readonly step: number; readonly path: string }
  /** So many evaluations in a row brought no gain; `finished` comes next. */
  | { readonly type: 'stopped-early'; readonly step: number; readonly evaluations: number }
  /** The signal asked to stop; a checkpoint of this step is saved, and the next call goes on from it. */
  | { readonly type: 'interrupted'; readonly step: number; readonly reason: unknown }
  | {
      readonly type: 'finished';
      readonly step: number;
      readonly out: string;
      /** Of the last step. */
      readonly loss: number;
      /** The step whose parameters are in `out`: the last, or with `loadBest` that of the best evaluation. */
      readonly savedStep: number;
    };

export type WarningCode =
  | 'checkpoint-damaged'
  | 'double-bos'
  | 'rows-without-target'
  | 'rows-truncated'
  | 'rows-without-eos'
  | 'weights-rounded';
