import type { Parameters } from '@flanlab/language-model';
import type { GraphBuilder, Value } from '@flanlab/onnx-graph';

/** (B, T) int32 each; labels are `IGNORE_INDEX` where nothing is learned. */
export interface BatchValues {
  readonly inputIds: Value;
  readonly labels: Value;
  /** Of packed rows: the number of each token's document, and its place in it. */
  readonly segments?: Value;
  readonly positions?: Value;
}

/** Float32 scalars. */
export interface LossSum {
  readonly lossSum: Value;
  readonly targets: Value;
}

/** What is trained: anything that turns named parameters and a batch into a sum of losses. */
export interface LossModel {
  /**
   * `place` is the number of the batch in the run, an int64 scalar: whatever is random is a function of it. Undefined
   * when the model is evaluated, where nothing is random.
   */
  loss(g: GraphBuilder, parameters: Parameters, batch: BatchValues, place: Value | undefined): LossSum;
}
