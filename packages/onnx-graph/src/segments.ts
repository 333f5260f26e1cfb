import type { GraphBuilder } from './graph-builder.js';
import type { GraphNode, Value } from './value.js';

/** What a gradient of one's own is made from. */
export interface BackwardInputs {
  /** The inputs, as they were given or as they were computed again. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** dL/d(each output), `null` for one the loss does not depend on. */
  readonly dOutputs: readonly (Value | null)[];
  /** Which inputs a gradient is wanted of: others may be `null`. */
  readonly wanted: readonly boolean[];
}

/**
 * dL/d(each input), `null` where none flows; those left out are `null`. Takes values from its argument, for it may be called
 * for a copy.
 */
export type Backward = (g: GraphBuilder, values: BackwardInputs) => readonly (Value | null)[];

/** A run of nodes that reverse mode takes as a whole: computed again, or passed over by a gradient of its own. */
export type Segment = { readonly kind: 'recomputed' } | CustomSegment;

export interface CustomSegment {
  readonly kind: 'custom';
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly backward: Backward;
}

/** The segments that a node lies in, the innermost first. */
const SEGMENTS = new WeakMap<GraphNode, readonly Segment[]>();

export function segmentsOf(node: GraphNode): readonly Segment[] {
  return SEGMENTS.get(node) ?? [];
}

/** The segment that reverse mode meets first. */
export function outermostSegment(node: GraphNode): Segment | undefined {
  return segmentsOf(node).at(-1);
}

export function setSegments(node: GraphNode, segments: readonly Segment[]): void {
  if (segments.length > 0) SEGMENTS.set(node, segments);
}

function mark(nodes: readonly GraphNode[], segment: Segment): void {
  for (const node of nodes) SEGMENTS.set(node, [...segmentsOf(node), segment]);
}

/**
 * Runs `body`, which adds nodes to `g`, and lets {@link gradients} compute them again on the way back instead of keeping
 * what they computed: memory for time. What is read from outside the body is kept, and so are its results. Gradients have
 * the same bits as without.
 *
 * What is computed again waits for the gradient it is needed for, so that it cannot run early and lie in memory. Bodies in
 * one another work: the inner ones are computed again once more.
 * @see Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost, arXiv:1604.06174
 */
export function checkpoint<Result>(g: GraphBuilder, body: () => Result): Result {
  const before = g.nodes.length;
  const result = body();
  mark(g.nodes.slice(before), { kind: 'recomputed' });
  return result;
}

export interface CustomGradientOptions<Outputs extends readonly Value[]> {
  /** All values through which gradients flow into `forward`, and others that `backward` needs. */
  readonly inputs: readonly Value[];
  readonly forward: (g: GraphBuilder, inputs: readonly Value[]) => Outputs;
  readonly backward: Backward;
}

/**
 * Adds what `forward` computes to `g`; {@link gradients} asks `backward` for its gradient and does not look inside. For
 * operators without a rule (Loop), and where a gradient by hand takes less time or memory.
 */
export function customGradient<const Outputs extends readonly Value[]>(
  g: GraphBuilder,
  { inputs, forward, backward }: CustomGradientOptions<Outputs>,
): Outputs {
  const before = g.nodes.length;
  const outputs = forward(g, inputs);
  mark(g.nodes.slice(before), { kind: 'custom', inputs, outputs, backward });
  return outputs;
}
