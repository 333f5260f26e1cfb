import type { ElementType } from './element-type.js';
import { type GradientOptions, gradients } from './gradients.js';
import { GraphBuilder } from './graph-builder.js';
import type { TensorSpec } from './tensor-data.js';
import type { Value } from './value.js';

/** Runs a model once: inputs by name in, outputs by name out, elements as numbers. */
export type RunModel = (
  feeds: Readonly<Record<string, TensorSpec>>,
) => Promise<Readonly<Record<string, ArrayLike<number>>>>;

/** Loads a model. Handed over by the caller, so that this package needs no runtime: five lines with onnxruntime-node. */
export type OpenModel = (model: Uint8Array) => Promise<RunModel>;

/** A small expression and the point at which its gradients are checked. */
export interface GradientCase {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  /** Builds the result from the inputs; any shape. The loss is its sum, element `k` weighted with cos(k + 1). */
  readonly build: (g: GraphBuilder, inputs: readonly Value[]) => Value;
  /** float64 where the runtime's kernels have it: central differences are then exact to about 1e-9. */
  readonly type?: 'float32' | 'float64';
  /** Half the distance of the two points of a central difference; 1e-5 in float64, 1e-2 in float32 unless told. */
  readonly step?: number;
  /** Declare the inputs with named sizes, so that shapes are found at run time. */
  readonly symbolic?: boolean;
  readonly options?: GradientOptions;
}

export interface GradientCheck {
  /** The result of the expression. */
  readonly result: readonly number[];
  /** dL/d(input) by the gradient graph. */
  readonly gradients: readonly (readonly number[])[];
  /** dL/d(input) by central differences. */
  readonly differences: readonly (readonly number[])[];
  /** Largest |gradient − difference| over 1 + the largest |difference|. */
  readonly relativeError: number;
}

/** Compares the gradients that {@link gradients} builds with central finite differences, by running both. */
export async function checkGradient(gradientCase: GradientCase, open: OpenModel): Promise<GradientCheck> {
  const type: ElementType = gradientCase.type ?? 'float64';
  const step = gradientCase.step ?? (type === 'float64' ? 1e-5 : 1e-2);
  const points = gradientCase.inputs.map(({ data }) => [...data]);
  const feeds = () =>
    Object.fromEntries(gradientCase.inputs.map(({ shape }, i) => [`x${i}`, { type, shape, data: points[i]! }]));
  const analytic = await (await open(buildModel(gradientCase, type, true)))(feeds());
  const forward = await open(buildModel(gradientCase, type, false));
  const differences: number[][] = [];
  for (const point of points) {
    const slopes: number[] = [];
    for (const [k, at] of point.entries()) {
      point[k] = at + step;
      const above = await forward(feeds());
      point[k] = at - step;
      const below = await forward(feeds());
      point[k] = at;
      slopes.push((above.loss![0]! - below.loss![0]!) / (2 * step));
    }
    differences.push(slopes);
  }
  const built = points.map((_, i) => Array.from(analytic[`d${i}`]!));
  return {
    result: Array.from(analytic.y!),
    gradients: built,
    differences,
    relativeError: relativeError(built.flat(), differences.flat()),
  };
}

/** Largest |a − b| over 1 + the largest |b|; infinite when the lengths differ or a number is missing. */
export function relativeError(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = 1 + Math.max(0, ...expected.map(Math.abs));
  const error = Math.max(0, ...actual.map((value, i) => Math.abs(value - expected[i]!) / scale));
  return Number.isNaN(error) ? Infinity : error;
}

function buildModel(
  { inputs, build, symbolic = false, options = {} }: GradientCase,
  type: ElementType,
  backward: boolean,
): Uint8Array {
  const g = new GraphBuilder({ name: 'check' });
  const values = inputs.map(({ shape }, i) =>
    g.input(`x${i}`, type, symbolic ? shape.map((size, axis) => `x${i}_${axis}_${size}`) : shape),
  );
  const y = build(g, values);
  // The weights as a function of the position, so that the size of the result need not be known.
  const flat = g.op.reshape(y, [-1]);
  const position = g.op.range(g.op.constant('int64', 0), g.op.size(flat), 1);
  const weights = g.op.cos(g.op.cast(g.op.add(position, 1), y.type));
  const loss = g.op.reduceSum(g.op.mul(flat, weights), [0], { keepDims: false });
  g.output('y', y);
  g.output('loss', loss);
  if (backward) for (const [i, gradient] of gradients(g, loss, values, options).entries()) g.output(`d${i}`, gradient);
  return g.toBytes();
}
