import { type GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import { PLANES } from './batches.js';
import { decodedParameters, type InputWeights } from './frozen-weights.js';
import type { BatchValues, LossModel, LossSum } from './loss-model.js';

/** What the gradients of one optimizer step are computed from. */
export interface StepForward {
  readonly model: LossModel;
  readonly frozen: InputWeights;
  readonly values: ReadonlyMap<string, Value>;
  readonly wanted: readonly Value[];
  /** (A, 2 or 4, B, T) and (A, 2). */
  readonly tokens: Value;
  readonly sizes: Value;
  readonly inverseTargets: Value;
  /** Number of the step's first batch in the run. */
  readonly firstBatch: Value;
}

export interface LossAndGradients {
  readonly loss: Value;
  readonly grads: readonly Value[];
}

/** Loss and gradients of a step; `batches` is their number, an int64 scalar, where gradients are accumulated. */
export function stepGradients(g: GraphBuilder, forward: StepForward, batches: Value | undefined): LossAndGradients {
  return batches === undefined
    ? batchGradients(g, forward, g.constant('int64', 0))
    : windowGradients(g, forward, batches);
}

/** Loss and gradients of batch `a` of a step; a share of the step's mean, so that those of all batches add up to it. */
function batchGradients(g: GraphBuilder, forward: StepForward, a: Value): LossAndGradients {
  const { model, frozen, values, wanted, tokens, sizes, inverseTargets, firstBatch } = forward;
  const { op } = g;
  const padded = op.gather(tokens, a);
  const cut = op.slice(padded, { starts: [0, 0], ends: op.gather(sizes, a), axes: [1, 2] });
  const { parameters, rules } = decodedParameters(g, frozen, values);
  const { lossSum }: LossSum = model.loss(g, parameters, batchValues(g, cut), op.add(firstBatch, a));
  const loss = op.mul(lossSum, inverseTargets);
  return { loss, grads: gradients(g, loss, wanted, { rules }) };
}

/** The sum over the batches of a step, one after the other in an inner Loop. */
function windowGradients(g: GraphBuilder, forward: StepForward, batches: Value): LossAndGradients {
  const zeros = forward.wanted.map(({ shape }) => g.op.constantOfShape(shape as readonly number[]));
  const { state } = g.op.loop({
    tripCount: batches,
    state: [g.constant('float32', 0), ...zeros],
    body: (b, a, [total, ...sums]) => {
      const { loss, grads } = batchGradients(b, forward, a);
      return { state: [b.op.add(total!, loss), ...grads.map((grad, i) => b.op.add(sums[i]!, grad))] };
    },
  });
  const [loss, ...grads] = state;
  return { loss: loss!, grads };
}

/** The planes of (2, B, T) or, packed, (4, B, T), as `collateSteps` orders them. */
export function batchValues(g: GraphBuilder, tokens: Value): BatchValues {
  const plane = (number: number): Value => g.op.gather(tokens, number);
  const [inputIds, labels] = [plane(0), plane(1)];
  if (tokens.shape[0] === PLANES) return { inputIds, labels };
  return { inputIds, labels, segments: plane(2), positions: plane(3) };
}
