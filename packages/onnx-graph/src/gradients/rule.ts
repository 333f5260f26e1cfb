import type { GraphBuilder } from '../graph-builder.js';
import type { GraphNode, Value } from '../value.js';

/** A value and dL/d(value). */
export interface Seed {
  readonly value: Value;
  readonly gradient: Value;
}

/** What a rule may ask for beyond its node. */
export interface GradientContext {
  /** Values of graphs around that the node's bodies read and gradients flow to, in the order of first use. */
  readonly captured: readonly Value[];
  /** Reverse mode inside a body: dL/d(each of `wrt`), zeros for one that the seeds do not depend on. */
  readonly differentiate: (g: GraphBuilder, seeds: readonly Seed[], wrt: readonly Value[]) => readonly Value[];
}

/**
 * Builds dL/d(input) for each input of a forward node, or `null` where no gradient flows; an operator with bodies goes on
 * with the values they capture. `dY` is dL/d(first output), zeros if the loss depends on another output only; `dOutputs`
 * has all of them, `null` for an output the loss does not depend on. The nodes it adds go to `g`.
 */
export type GradientRule = (
  g: GraphBuilder,
  node: GraphNode,
  dY: Value,
  dOutputs: readonly (Value | null)[],
  context: GradientContext,
) => readonly (Value | null)[];

/** Input `index` of a node; for the operators' required inputs, which inference has checked. */
export function inputOf(node: GraphNode, index: number): Value {
  return node.inputs[index]!;
}
