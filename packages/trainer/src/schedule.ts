/** Share of the peak learning rate at a step, counted from 0, after the warm-up; `progress` runs from 0 to 1. */
type Decay = (progress: number) => number;

/**
 * Learning-rate schedules by name. All start with the same linear warm-up.
 * @see huggingface/transformers, src/transformers/optimization.py (get_linear_schedule_with_warmup and its neighbours)
 */
export const SCHEDULES = {
  linear: (progress) => Math.max(0, 1 - progress),
  cosine: (progress) => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress))), // half a cycle
  constant: () => 1, // with a warm-up it is transformers' "constant_with_warmup"
} as const satisfies Record<string, Decay>;

export type ScheduleName = keyof typeof SCHEDULES;

/** The whole plan of a schedule, in optimizer steps. */
export interface SchedulePlan {
  readonly schedule: ScheduleName;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * Learning rate of an optimizer step, counted from 0. With a warm-up the first step has rate 0, as in transformers:
 * the rate is `step / warmupSteps` of the peak.
 */
export function learningRateAt(
  step: number,
  { schedule, learningRate, warmupSteps, totalSteps }: SchedulePlan,
): number {
  if (step < warmupSteps) return learningRate * (step / Math.max(1, warmupSteps));
  return learningRate * SCHEDULES[schedule]((step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
}

/** Warm-up steps of a ratio: rounded up. */
export const warmupSteps = (ratio: number, totalSteps: number): number => Math.ceil(ratio * totalSteps);

/**
 * Steps between two logs, evaluations or checkpoints: below 1 a share of all steps, rounded up; otherwise a count.
 * 0 means never.
 */
export function intervalSteps(interval: number, totalSteps: number): number {
  if (interval === 0) return 0;
  return interval < 1 ? Math.ceil(interval * totalSteps) : Math.floor(interval);
}

/** True when something that happens every `interval` steps happens after this many steps. */
export const isDue = (interval: number, stepsDone: number): boolean => interval > 0 && stepsDone % interval === 0;

/** How rows become batches and steps. */
export interface StepCounts {
  readonly batchesPerEpoch: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/**
 * Optimizer steps of a run. An incomplete last window of an epoch counts as a step, as in transformers 5: the total is
 * `ceil(epochs · stepsPerEpoch)`. `maxSteps` wins over epochs.
 */
export function countSteps(
  rows: number,
  options: {
    readonly batchSize: number;
    readonly gradientAccumulation: number;
    readonly epochs: number;
    readonly maxSteps?: number;
  },
): StepCounts {
  const batchesPerEpoch = Math.ceil(rows / options.batchSize);
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / options.gradientAccumulation);
  const totalSteps = options.maxSteps ?? Math.ceil(options.epochs * stepsPerEpoch);
  return { batchesPerEpoch, stepsPerEpoch, totalSteps };
}
