import type { Attribute } from './attribute.js';
import type { GraphBuilder } from './graph-builder.js';
import { type Segment, segmentsOf, setSegments } from './segments.js';
import { type GraphNode, originOf, registerValue, type Value } from './value.js';

/** Adds copies of a body's nodes to another graph; says which value became which. Values from around stay themselves. */
export function cloneInto(
  g: GraphBuilder,
  body: GraphBuilder,
  copies: Map<Value, Value> = new Map(),
): ReadonlyMap<Value, Value> {
  for (const value of body.initializers) {
    copies.set(value, g.initializer(g.freshName(value.name), originOf(value).initializer!));
  }
  cloneNodes(g, body.nodes, copies);
  return copies;
}

/**
 * Adds copies of nodes to a graph, reading what `copies` says instead of what they read; adds their outputs to it. The
 * copies lie in copies of the same segments, but for the outermost `opened` ones.
 */
export function cloneNodes(
  g: GraphBuilder,
  nodes: readonly GraphNode[],
  copies: Map<Value, Value>,
  opened = 0,
): readonly GraphNode[] {
  const copyOf = (value: Value): Value => copies.get(value) ?? value;
  const made = nodes.map((node) => {
    const inputs = node.inputs.map((input) => (input === null ? null : copyOf(input)));
    const attributes = Object.fromEntries(
      Object.entries(node.attributes).map(([name, attribute]) => [name, cloneAttribute(g, attribute, copies)]),
    );
    const outputs = g.node(node.operator, inputs, { attributes, domain: node.domain, outputs: node.outputs });
    for (const [i, output] of node.outputs.entries()) {
      const { contents } = originOf(output);
      // A copy computes the same, so that all that is known of the original is known of it.
      if (contents !== undefined) registerValue(outputs[i]!, { ...originOf(outputs[i]!), contents });
      copies.set(output, outputs[i]!);
    }
    return g.nodes.at(-1)!;
  });
  const segments = new Map<Segment, Segment>();
  const copySegment = (segment: Segment): Segment => {
    if (segment.kind === 'recomputed') return { ...segment };
    return { ...segment, inputs: segment.inputs.map(copyOf), outputs: segment.outputs.map(copyOf) };
  };
  for (const [i, node] of nodes.entries()) {
    const around = segmentsOf(node);
    const kept = around.slice(0, around.length - opened);
    for (const segment of kept) if (!segments.has(segment)) segments.set(segment, copySegment(segment));
    setSegments(
      made[i]!,
      kept.map((segment) => segments.get(segment)!),
    );
  }
  return made;
}

function cloneAttribute(g: GraphBuilder, attribute: Attribute, copies: Map<Value, Value>): Attribute {
  if (attribute.kind !== 'graph') return attribute;
  const body = g.body(g.freshName('body'));
  for (const input of attribute.value.inputs) {
    copies.set(input, body.input(g.freshName('input'), input.type, input.shape));
  }
  cloneInto(body, attribute.value, copies);
  for (const { value } of attribute.value.outputs) {
    body.output(g.freshName('result'), copies.get(value) ?? value);
  }
  return { kind: 'graph', value: body };
}
