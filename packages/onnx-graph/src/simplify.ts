import { type Attribute, graphAttribute } from './attribute.js';
import type { GraphBuilder } from './graph-builder.js';
import { type TensorSpec, tensorBytes } from './tensor-data.js';
import type { GraphNode, Value } from './value.js';

// Each run of these draws anew, so two of them are never the same node.
const RANDOM: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Dropout',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** True when a node, or one of its bodies, gives other numbers each time it runs. */
export function drawsRandomNumbers(node: GraphNode): boolean {
  return RANDOM.has(node.operator) || bodies(node).some((body) => body.nodes.some(drawsRandomNumbers));
}

/** What is left of a graph when it is written: which value stands for each, and which nodes and values are needed. */
export interface Simplified {
  /** The value that is written instead: itself, or the equal one that was made first. */
  readonly canonical: (value: Value) => Value;
  readonly needsNode: (node: GraphNode) => boolean;
  readonly needsValue: (value: Value) => boolean;
}

/**
 * Merges nodes that compute the same from the same (common subexpressions, also with those of graphs around a body)
 * and finds those that no output depends on. The graph itself stays as it is.
 */
export function simplify(root: GraphBuilder): Simplified {
  const merged = mergeEqualNodes(root);
  const canonical = (value: Value): Value => merged.get(value) ?? value;
  const nodes = new Set<GraphNode>();
  const values = new Set<Value>();
  const markGraph = (g: GraphBuilder): void => {
    for (const { value } of g.outputs) values.add(canonical(value));
    // Backwards, so that the readers of a node come before it.
    for (const node of g.nodes.toReversed()) {
      if (!node.outputs.some((output) => values.has(output))) continue;
      nodes.add(node);
      for (const input of node.inputs) if (input !== null) values.add(canonical(input));
      for (const body of bodies(node)) markGraph(body);
    }
  };
  markGraph(root);
  return { canonical, needsNode: (node) => nodes.has(node), needsValue: (value) => values.has(value) };
}

/** The nested graphs of a node. */
export function bodies(node: GraphNode): readonly GraphBuilder[] {
  return Object.keys(node.attributes).flatMap((name) => graphAttribute(node.attributes, name) ?? []);
}

function mergeEqualNodes(root: GraphBuilder): Map<Value, Value> {
  const merged = new Map<Value, Value>();
  const visit = (g: GraphBuilder, around: readonly ReadonlyMap<string, GraphNode>[]): void => {
    const own = new Map<string, GraphNode>();
    for (const node of g.nodes) {
      const nested = bodies(node);
      // A body sees the nodes before its own node only: later ones have not run yet.
      for (const body of nested) visit(body, [own, ...around]);
      if (nested.length > 0 || RANDOM.has(node.operator)) continue;
      const key = nodeKey(node, merged);
      const twin = own.get(key) ?? around.map((table) => table.get(key)).find((found) => found !== undefined);
      if (twin === undefined) own.set(key, node);
      else for (const [i, output] of node.outputs.entries()) merged.set(output, twin.outputs[i]!);
    }
  };
  visit(root, []);
  return merged;
}

function nodeKey(
  { operator, domain, inputs, attributes, outputs }: GraphNode,
  merged: ReadonlyMap<Value, Value>,
): string {
  const names = inputs.map((input) => (input === null ? null : (merged.get(input) ?? input).name));
  const entries = Object.entries(attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, attribute]) => [name, attribute.kind, attributeKey(attribute)]);
  return JSON.stringify([domain, operator, names, outputs.length, entries]);
}

function attributeKey(attribute: Attribute): unknown {
  if (attribute.kind === 'graph') throw new TypeError('nodes with bodies are not merged');
  if (attribute.kind === 'float' || attribute.kind === 'int') return String(attribute.value);
  return attribute.kind === 'tensor' ? tensorKey(attribute.value) : attribute.value;
}

function tensorKey(spec: TensorSpec): unknown {
  return [spec.type, spec.shape, spec.type === 'string' ? spec.data : [...tensorBytes(spec)]];
}
