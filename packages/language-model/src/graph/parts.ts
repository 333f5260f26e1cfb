import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { LinearSpec, NormSpec } from '../families/family.js';
import type { Activation, ModelConfig } from '../model-config.js';
import type { ModelDropout } from './model-dropout.js';

/** Looks a parameter up by its Hugging Face tensor name: an initializer, an input, or a state of a loop. */
export interface Parameters {
  /**
   * `after` is what the parameter is needed for next: a weight that lies encoded in memory is decoded once that is there,
   * and not before, where it would lie in float32 beside all others.
   */
  (name: string, after?: Value): Value;
  /** Some rows of it, for a weight that lies encoded in memory and would be decoded whole. */
  readonly rows?: (name: string, ids: Value) => Value;
}

/** The rows of an embedding that some ids stand for. */
export function embeddingRows(g: GraphBuilder, parameters: Parameters, name: string, ids: Value): Value {
  return parameters.rows?.(name, ids) ?? g.op.gather(parameters(name), ids);
}

/** rows (N, R) · weightᵀ, the weight (out, R). */
export interface Product {
  readonly rows: Value;
  readonly weight: Value;
}

/** LoRA adds its product to linear layers here. */
export interface LinearHook {
  /** Wraps a linear layer, by module name. `x` is (N, in); the result must be (N, out), as `apply()` returns it. */
  (g: GraphBuilder, name: string, x: Value, apply: () => Value): Value;
  /**
   * The factors of what it adds to a layer: for the output layer, whose result is never there whole. Without this, logits of
   * training are.
   */
  readonly added?: (g: GraphBuilder, name: string, x: Value) => Product | undefined;
}

/** What every graph of a model is built from. */
export interface ModelParts {
  readonly parameters: Parameters;
  readonly linear?: LinearHook;
  /** Of encoder-decoders that learn; nothing is dropped when left out. */
  readonly dropout?: ModelDropout;
}

/**
 * x·Wᵀ + b on (N, in), with the weight in its stored layout: one Gemm forward, one for each gradient, and no
 * transposed copy of the weight.
 */
export function linear(g: GraphBuilder, { parameters, linear: hook }: ModelParts, spec: LinearSpec, x: Value): Value {
  const apply = (): Value => {
    const weight = parameters(`${spec.name}.weight`, x);
    const bias = spec.bias ? parameters(`${spec.name}.bias`) : null;
    return g.op.gemm(x, weight, bias, { transB: !spec.transposed });
  };
  return hook ? hook(g, spec.name, x, apply) : apply();
}

/** RMSNorm or LayerNorm over the last axis. @see Zhang & Sennrich 2019, arXiv:1910.07467; Ba et al., arXiv:1607.06450 */
export function normalise(
  g: GraphBuilder,
  config: ModelConfig,
  { parameters }: ModelParts,
  spec: NormSpec,
  x: Value,
): Value {
  const weight = parameters(`${spec.name}.weight`);
  if (config.norm === 'layer') {
    const bias = spec.bias ? parameters(`${spec.name}.bias`) : null;
    return g.op.layerNormalization(x, weight, bias, { epsilon: config.normEpsilon });
  }
  const meanSquare = g.op.reduceMean(g.op.mul(x, x), [-1]);
  const scale = g.op.reciprocal(g.op.sqrt(g.op.add(meanSquare, config.normEpsilon)));
  return g.op.mul(g.op.mul(x, scale), weight);
}

const ACTIVATIONS = {
  silu: (g, x) => g.op.mul(x, g.op.sigmoid(x)),
  gelu: (g, x) => g.op.gelu(x),
  geluTanh: (g, x) => g.op.gelu(x, { approximate: 'tanh' }),
  relu: (g, x) => g.op.relu(x),
} as const satisfies Record<Activation, (g: GraphBuilder, x: Value) => Value>;

/** The non-linear function of the feed-forward part. */
export function activate(g: GraphBuilder, activation: Activation, x: Value): Value {
  return ACTIVATIONS[activation](g, x);
}

/**
 * Splits the rows of (B·T, F) into (B, T, …tail), where `like` is the (B, T) value the rows came from. Known sizes
 * become constants, so that the shape need not be computed at run time.
 */
export function splitRows(g: GraphBuilder, x: Value, like: Value, tail: readonly number[]): Value {
  const [batch, length] = like.shape;
  if (typeof length === 'number') return g.op.reshape(x, [typeof batch === 'number' ? batch : -1, length, ...tail]);
  if (typeof batch === 'number') return g.op.reshape(x, [batch, -1, ...tail]);
  return g.op.reshape(x, g.op.concat([g.op.shape(like), g.constant('int64', tail)], 0));
}
