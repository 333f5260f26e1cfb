import type { GraphBuilder, Value } from '@flanlab/onnx-graph';

/** (B, T) int32 each; labels are `IGNORE_INDEX` where nothing is learned. */
export interface BatchValues {
  readonly inputIds: Value;
  readonly labels: Value;
}

/** Float32 scalars. */
export interface LossSum {
  readonly lossSum: Value;
  readonly targets: Value;
}

/** Where in a run a batch is, as int64 scalars: whatever is random in a step is a function of them. */
export interface BatchPlace {
  readonly step: Value;
  readonly batch: Value;
}

/** What is trained: anything that turns named parameters and a batch into a sum of losses. */
export interface LossModel {
  /** `place` is undefined when the model is evaluated, where nothing is random. */
  loss(
    g: GraphBuilder,
    parameters: (name: string) => Value,
    batch: BatchValues,
    place: BatchPlace | undefined,
  ): LossSum;
}
