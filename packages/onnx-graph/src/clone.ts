import type { Attribute } from './attribute.js';
import type { GraphBuilder } from './graph-builder.js';
import { isKnownOperator } from './inference.js';
import { originOf, type Value } from './value.js';

/** Adds copies of a body's nodes to another graph; says which value became which. Values from around stay themselves. */
export function cloneInto(
  g: GraphBuilder,
  body: GraphBuilder,
  copies: Map<Value, Value> = new Map(),
): ReadonlyMap<Value, Value> {
  for (const value of body.initializers) {
    copies.set(value, g.initializer(g.freshName(value.name), originOf(value).initializer!));
  }
  for (const node of body.nodes) {
    const inputs = node.inputs.map((input) => (input === null ? null : (copies.get(input) ?? input)));
    const attributes = Object.fromEntries(
      Object.entries(node.attributes).map(([name, attribute]) => [name, cloneAttribute(g, attribute, copies)]),
    );
    const types = isKnownOperator(node.operator, node.domain) ? {} : { outputs: node.outputs };
    const outputs = g.node(node.operator, inputs, { attributes, domain: node.domain, ...types });
    for (const [i, output] of node.outputs.entries()) copies.set(output, outputs[i]!);
  }
  return copies;
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
