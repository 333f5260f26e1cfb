import { nearest } from '@flanlab/errors';
import type { Attributes } from './attribute.js';
import { propagateContents } from './contents.js';
import { GraphError } from './errors.js';
import type { GraphBuilder, NodeOptions } from './graph-builder.js';
import { CONTROL_FLOW } from './inference/control-flow.js';
import { ELEMENTWISE } from './inference/elementwise.js';
import { INDEXING } from './inference/indexing.js';
import { LAYOUT } from './inference/layout.js';
import { MATRIX } from './inference/matrix.js';
import { NORMALIZATION } from './inference/normalization.js';
import { REDUCTION } from './inference/reduction.js';
import type { Inference } from './inference/types.js';
import type { Shape, TensorType, Value } from './value.js';

/** Operators of the `com.microsoft` domain in the table below; all others are ai.onnx. */
const MICROSOFT: ReadonlySet<string> = new Set(['FusedMatMul', 'RotaryEmbedding']);

/** How each operator's output types and shapes follow from its inputs; checks them on the way. */
const INFERENCE: Readonly<Record<string, Inference>> = {
  ...ELEMENTWISE,
  ...MATRIX,
  ...LAYOUT,
  ...INDEXING,
  ...REDUCTION,
  ...NORMALIZATION,
  ...CONTROL_FLOW,
};

/** True when type and shape of the operator's outputs can be derived. */
export function isKnownOperator(operator: string, domain: string): boolean {
  return operator in INFERENCE && (MICROSOFT.has(operator) ? domain === 'com.microsoft' : domain === '');
}

interface InferredNode {
  readonly domain: string;
  readonly outputs: readonly TensorType[];
  /** Of the first output, where it is a small integer tensor. */
  readonly contents: Shape | undefined;
}

/** Derives what a node computes, or takes what its maker says of an operator outside the table. */
export function inferNode(
  g: GraphBuilder,
  operator: string,
  inputs: readonly (Value | null)[],
  attributes: Attributes,
  options: NodeOptions,
): InferredNode {
  const domain = options.domain ?? (MICROSOFT.has(operator) ? 'com.microsoft' : '');
  if (options.outputs !== undefined) return { domain, outputs: options.outputs, contents: undefined };
  const infer = isKnownOperator(operator, domain) ? INFERENCE[operator] : undefined;
  if (infer === undefined) {
    const near = nearest(operator, Object.keys(INFERENCE));
    throw new GraphError('GRAPH_OPERATOR_UNKNOWN', {
      what: `There is no operator ${domain === '' ? '' : `${domain}.`}${operator} in the table.`,
      why: 'Types and shapes of its outputs cannot be derived.',
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Pass \`outputs\` with the type and shape of each output.`,
    });
  }
  const fresh = () => g.freshDimension();
  const outputs = infer({ g, operator, inputs, attributes, fresh });
  const contents = propagateContents(operator, inputs, attributes, fresh);
  const [first, ...rest] = outputs;
  // Lists and single numbers only: elements of a matrix are not in one order for broadcasting.
  if (contents === undefined || first === undefined || first.shape.length > 1)
    return { domain, outputs, contents: undefined };
  const shape = first.shape.length === 0 ? [] : [contents.length];
  return { domain, outputs: [{ type: first.type, shape }, ...rest], contents };
}
