import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { Recipe } from './recipe.js';

/** Scalars of one optimizer step, computed in double precision outside the graph. */
export interface StepScalars {
  /** 1 - rate · weight decay: what is left of a decayed parameter. */
  readonly decay: number;
  /** rate · √(1 - β₂ᵗ) / (1 - β₁ᵗ). */
  readonly stepSize: number;
  /** ε · √(1 - β₂ᵗ): moves the bias correction of the second moment out of the division, element by element. */
  readonly epsilon: number;
}

/** Bias-corrected scalars of step t, counted from 1. */
export function stepScalars(
  t: number,
  learningRate: number,
  recipe: Pick<Recipe, 'adam' | 'weightDecay'>,
): StepScalars {
  const { beta1, beta2, epsilon } = recipe.adam;
  const correction = Math.sqrt(1 - beta2 ** t);
  return {
    decay: 1 - learningRate * recipe.weightDecay,
    stepSize: (learningRate * correction) / (1 - beta1 ** t),
    epsilon: epsilon * correction,
  };
}

/** One parameter with its state. */
export interface Moments {
  readonly parameter: Value;
  readonly moment1: Value;
  readonly moment2: Value;
}

/** Factors that all parameters of a step share, as scalars in the graph. */
export interface SharedFactors {
  readonly decay: Value;
  readonly stepSize: Value;
  readonly epsilon: Value;
  /** (1 - β₁) · clip coefficient. */
  readonly gain1: Value;
  /** (1 - β₂) · clip coefficient². */
  readonly gain2: Value;
}

/**
 * AdamW on a gradient that is not clipped yet: the coefficient is folded into the moments' factors, which saves a pass
 * over the gradient. p ← p · decay - stepSize · m / (√v + ε).
 * @see Loshchilov and Hutter, arXiv:1711.05101; pytorch/pytorch, torch/optim/adamw.py
 */
export function adamwUpdate(
  g: GraphBuilder,
  { parameter, moment1, moment2 }: Moments,
  gradient: Value,
  factors: SharedFactors,
  options: { readonly beta1: number; readonly beta2: number; readonly decays: boolean },
): Moments {
  const { op } = g;
  const nextMoment1 = op.add(op.mul(moment1, options.beta1), op.mul(gradient, factors.gain1));
  const nextMoment2 = op.add(op.mul(moment2, options.beta2), op.mul(op.mul(gradient, gradient), factors.gain2));
  const direction = op.div(nextMoment1, op.add(op.sqrt(nextMoment2), factors.epsilon));
  const kept = options.decays ? op.mul(parameter, factors.decay) : parameter;
  return { parameter: op.sub(kept, op.mul(direction, factors.stepSize)), moment1: nextMoment1, moment2: nextMoment2 };
}

/** What one step learned from its gradients before they are used. */
export interface ClippedNorm {
  /** (P) float32: squared norm of each gradient, in the order of the parameters. */
  readonly squares: Value;
  /** Of all gradients together, before clipping. */
  readonly norm: Value;
  /** min(1, maximum / (norm + 1e-6)). */
  readonly coefficient: Value;
}

/** @see pytorch/pytorch, torch/nn/utils/clip_grad.py */
export function globalNorm(g: GraphBuilder, gradients: readonly Value[], maximum: number): ClippedNorm {
  const { op } = g;
  const squares = op.concat(
    gradients.map((gradient) => op.reshape(op.reduceSumSquare(gradient, undefined, { keepDims: false }), [1])),
    0,
  );
  const norm = op.sqrt(op.reduceSum(squares, [0], { keepDims: false }));
  const coefficient = op.min(1, op.div(g.constant('float32', maximum), op.add(norm, 1e-6)));
  return { squares, norm, coefficient };
}
