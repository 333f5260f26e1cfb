import { GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { adamwUpdate, globalNorm, type Moments, type SharedFactors } from './adamw.js';
import { PACKED_PLANES, PLANES } from './batches.js';
import { decodedParameters, decoderOptions, type InputParameter, inputWeights } from './frozen-weights.js';
import type { LossModel } from './loss-model.js';
import type { Recipe } from './recipe.js';
import { gradientName, moment1Name, moment2Name, nextName } from './state-names.js';
import { batchValues, stepGradients } from './step-gradients.js';

export type TrainingGraphRecipe = Pick<
  Recipe,
  'gradientAccumulation' | 'adam' | 'weightDecay' | 'maxGradNorm' | 'packing'
>;

/** A named float32 tensor of fixed shape. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Norms and biases are the parameters of one axis; they do not decay. Nor do tables of biases, as in `Trainer` of
 * transformers.
 */
export const decays = ({ name, shape }: ParameterShape, { weightDecay }: Pick<Recipe, 'weightDecay'>): boolean =>
  weightDecay > 0 && shape.length > 1 && !name.includes('bias');

/** Columns of the input `scalars` (K, 4): one row a step. */
export const SCALAR_COLUMNS = ['decay', 'stepSize', 'epsilon', 'inverseTargets'] as const;

/**
 * `training_model.onnx`: one Loop that takes K optimizer steps in a run of the session, so that parameters and moments
 * stay inside the runtime from step to step.
 *
 * Inputs: every parameter by its name, `moment1.*` and `moment2.*` of the trained ones; `tokens` (K, A, 2 or, packed, 4, B, T) int32,
 * `sizes` (K, A, 2) int64 and, with accumulation, `batches` (K) int64 as `collateSteps` makes them; `scalars` (K, 4)
 * float32 (see `SCALAR_COLUMNS`); `first_step` int64 scalar, counted from 0.
 * Outputs: `next.*` of all state; `loss` and `grad_norm` (K) and `grad_squares` (K, P), which have fewer rows when a
 * loss or gradient was not finite: that step is the last row, and nothing after it was computed.
 */
export function buildTrainingModel(
  model: LossModel,
  trained: readonly ParameterShape[],
  frozen: readonly InputParameter[],
  recipe: TrainingGraphRecipe,
): Uint8Array {
  const g = new GraphBuilder({ name: 'training', ...decoderOptions(frozen) });
  const input = ({ name, shape }: ParameterShape, rename: (name: string) => string = (same) => same): Value =>
    g.input(rename(name), 'float32', shape);
  const fixed = inputWeights(g, frozen);
  const state = [
    ...trained.map((parameter) => input(parameter)),
    ...trained.map((parameter) => input(parameter, moment1Name)),
    ...trained.map((parameter) => input(parameter, moment2Name)),
  ];
  const tokens = g.input('tokens', 'int32', ['K', 'A', recipe.packing ? PACKED_PLANES : PLANES, 'B', 'T']);
  const sizes = g.input('sizes', 'int64', ['K', 'A', 2]);
  const scalars = g.input('scalars', 'float32', ['K', SCALAR_COLUMNS.length]);
  const firstStep = g.input('first_step', 'int64', []);
  const batches = recipe.gradientAccumulation > 1 ? g.input('batches', 'int64', ['K']) : undefined;
  const P = trained.length;
  const result = g.op.loop({
    tripCount: g.op.reshape(g.op.shape(scalars, { start: 0, end: 1 }), []),
    state,
    body: (b, k, inside) => {
      const moments = trained.map(
        (_, i): Moments => ({
          parameter: inside[i]!,
          moment1: inside[P + i]!,
          moment2: inside[2 * P + i]!,
        }),
      );
      const values = new Map(trained.map(({ name }, i) => [name, inside[i]!] as const));
      const row = b.op.gather(scalars, k);
      const [decay, stepSize, epsilon, inverseTargets] = SCALAR_COLUMNS.map((_, column) =>
        b.op.gather(row, column),
      ) as [Value, Value, Value, Value];
      const forward = {
        model,
        frozen: fixed,
        values,
        wanted: moments.map(({ parameter }) => parameter),
        tokens: b.op.gather(tokens, k),
        sizes: b.op.gather(sizes, k),
        inverseTargets,
        firstBatch: b.op.mul(b.op.add(firstStep, k), recipe.gradientAccumulation),
      };
      const { loss, grads } = stepGradients(b, forward, batches && b.op.gather(batches, k));
      const { squares, norm, coefficient } = globalNorm(b, grads, recipe.maxGradNorm);
      const { beta1, beta2 } = recipe.adam;
      const factors: SharedFactors = {
        decay,
        stepSize,
        epsilon,
        gain1: b.op.mul(coefficient, 1 - beta1),
        gain2: b.op.mul(b.op.mul(coefficient, coefficient), 1 - beta2),
      };
      const next = moments.map((old, i) =>
        adamwUpdate(b, old, grads[i]!, factors, {
          beta1,
          beta2,
          decays: decays(trained[i]!, recipe),
        }),
      );
      return {
        state: [
          ...next.map(({ parameter }) => parameter),
          ...next.map(({ moment1 }) => moment1),
          ...next.map(({ moment2 }) => moment2),
        ],
        scan: [loss, norm, squares],
        condition: isFiniteNumber(b, b.op.add(loss, norm)),
      };
    },
  });
  for (const [i, { name }] of state.entries()) g.output(nextName(name), result.state[i]!);
  const [loss, norm, squares] = result.scan;
  g.output('loss', loss);
  g.output('grad_norm', norm);
  g.output('grad_squares', squares);
  return g.toBytes();
}

/**
 * `training_model.onnx` for an optimizer outside of the graph: loss and gradients of one optimizer step.
 *
 * Inputs: every parameter by its name; `tokens` (A, 2 or, packed, 4, B, T) int32, `sizes` (A, 2) int64 and, with
 * accumulation, `batches` int64 scalar; `inverse_targets` float32 scalar; `step` int64 scalar, counted from 0.
 * Outputs: `gradient.*` of the trained parameters, not clipped; `loss`, `grad_norm` (scalars) and `grad_squares` (P).
 */
export function buildGradientModel(
  model: LossModel,
  trained: readonly ParameterShape[],
  frozen: readonly InputParameter[],
  recipe: TrainingGraphRecipe,
): Uint8Array {
  const g = new GraphBuilder({ name: 'training', ...decoderOptions(frozen) });
  const fixed = inputWeights(g, frozen);
  const wanted = trained.map(({ name, shape }) => g.input(name, 'float32', shape));
  const tokens = g.input('tokens', 'int32', ['A', recipe.packing ? PACKED_PLANES : PLANES, 'B', 'T']);
  const sizes = g.input('sizes', 'int64', ['A', 2]);
  const inverseTargets = g.input('inverse_targets', 'float32', []);
  const step = g.input('step', 'int64', []);
  const batches = recipe.gradientAccumulation > 1 ? g.input('batches', 'int64', []) : undefined;
  const values = new Map(trained.map(({ name }, i) => [name, wanted[i]!] as const));
  const firstBatch = g.op.mul(step, recipe.gradientAccumulation);
  const forward = { model, frozen: fixed, values, wanted, tokens, sizes, inverseTargets, firstBatch };
  const { loss, grads } = stepGradients(g, forward, batches);
  const { squares, norm } = globalNorm(g, grads, recipe.maxGradNorm);
  for (const [i, { name }] of trained.entries()) g.output(gradientName(name), grads[i]!);
  g.output('loss', loss);
  g.output('grad_norm', norm);
  g.output('grad_squares', squares);
  return g.toBytes();
}

/** `eval_model.onnx`: the loss of one batch. Inputs: parameters, `tokens` (2, B, T) int32; outputs `loss_sum`, `targets`. */
export function buildEvalModel(model: LossModel, all: readonly InputParameter[]): Uint8Array {
  const g = new GraphBuilder({ name: 'evaluation', ...decoderOptions(all) });
  const { parameters } = decodedParameters(g, inputWeights(g, all), new Map());
  const tokens = g.input('tokens', 'int32', [2, 'B', 'T']);
  const { lossSum, targets } = model.loss(g, parameters, batchValues(g, tokens), undefined);
  g.output('loss_sum', lossSum);
  g.output('targets', targets);
  return g.toBytes();
}

function isFiniteNumber(g: GraphBuilder, x: Value): Value {
  return g.op.not(g.op.or(g.op.isNaN(x), g.op.isInf(x)));
}
