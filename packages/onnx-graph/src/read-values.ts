import type { GraphBuilder } from './graph-builder.js';
import { bodies } from './simplify.js';
import { type GraphNode, originOf, type Value } from './value.js';

/** What a node needs: its inputs, and what its bodies read from around. */
export function readValues(node: GraphNode): readonly Value[] {
  return [...node.inputs.filter((input) => input !== null), ...capturedValues(node)];
}

/** Values that a node's bodies read from the graphs around them. */
export function capturedValues(node: GraphNode): readonly Value[] {
  const nested = bodies(node);
  if (nested.length === 0) return [];
  const captured = new Set<Value>();
  const visit = (body: GraphBuilder, inside: ReadonlySet<GraphBuilder>): void => {
    const scopes = new Set([...inside, body]);
    const read = (value: Value) => {
      if (!scopes.has(originOf(value).scope)) captured.add(value);
    };
    for (const inner of body.nodes) {
      for (const input of inner.inputs) if (input !== null) read(input);
      for (const deeper of bodies(inner)) visit(deeper, scopes);
    }
    for (const { value } of body.outputs) read(value);
  };
  for (const body of nested) visit(body, new Set());
  return [...captured];
}
