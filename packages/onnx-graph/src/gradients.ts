import { isFloat } from './element-type.js';
import { GraphError } from './errors.js';
import { zerosLike } from './gradients/helpers.js';
import { GRADIENT_RULES } from './gradients/index.js';
import { missingRule } from './gradients/missing-rule.js';
import type { GradientContext, GradientRule, Seed } from './gradients/rule.js';
import type { GraphBuilder } from './graph-builder.js';
import { bodies } from './simplify.js';
import { product } from './sizes.js';
import { describeType, type GraphNode, originOf, type Value } from './value.js';

export interface GradientOptions {
  /** Rules by operator name, for operators outside GRADIENT_RULES or in place of its own. */
  readonly rules?: Readonly<Record<string, GradientRule>>;
  /** What to do with a value the loss does not depend on: an error (most often it is a mistake), or zeros. */
  readonly unreached?: 'error' | 'zeros';
}

/**
 * Reverse-mode differentiation: adds the nodes that compute dL/dW for each W of `wrt` to `g` and returns those values,
 * in the shapes and types of `wrt`. The result is an ordinary part of the graph: it can be differentiated again.
 *
 * @param g - where the gradients are computed: the graph of the loss, or a body inside it
 * @param loss - a floating-point tensor with one element
 * @param wrt - any floating-point values the loss depends on: inputs, initializers, loop states, intermediate results
 * @throws {GraphError} `GRAPH_GRADIENT_MISSING` for an operator on the way that has no rule, `GRAPH_GRADIENT_UNREACHED`,
 * `GRAPH_LOSS_INVALID`
 */
export function gradients<const Wrt extends readonly Value[]>(
  g: GraphBuilder,
  loss: Value,
  wrt: Wrt,
  options: GradientOptions = {},
): { readonly [I in keyof Wrt]: Value } {
  if (!isFloat(loss.type) || product(loss.shape) !== 1) throw invalidLoss(loss);
  const one = g.constant(loss.type, [1], loss.shape.map(Number));
  const results = backpropagate(g, [{ value: loss, gradient: one }], wrt, options);
  return results as readonly Value[] as { readonly [I in keyof Wrt]: Value };
}

function backpropagate(
  g: GraphBuilder,
  seeds: readonly Seed[],
  wrt: readonly Value[],
  { rules = {}, unreached = 'error' }: GradientOptions,
  leaves: readonly Value[] = [],
): readonly Value[] {
  const nodes = ancestors(
    seeds.map(({ value }) => value),
    new Set(leaves),
  );
  const active = activeValues(nodes, wrt);
  const collected = new Map<Value, Value>();
  const collect = (value: Value, gradient: Value): void => {
    const before = collected.get(value);
    collected.set(value, before === undefined ? gradient : g.op.add(before, gradient));
  };
  for (const { value, gradient } of seeds) collect(value, gradient);
  const differentiate: GradientContext['differentiate'] = (b, inner, values) => {
    // What a body reads from around counts as given: the graph around goes on from there.
    return backpropagate(b, inner, values, { rules, unreached: 'zeros' }, values);
  };
  // Latest first: when a node's turn comes, all its readers have said what they have to say.
  for (const node of nodes.toReversed()) {
    const dOutputs = node.outputs.map((output) => (active.has(output) ? (collected.get(output) ?? null) : null));
    if (dOutputs.every((gradient) => gradient === null)) continue;
    const captured = capturedValues(node).filter((value) => active.has(value));
    const rule = rules[node.operator] ?? (GRADIENT_RULES as Readonly<Record<string, GradientRule>>)[node.operator];
    if (rule === undefined) throw missingRule(node, 'There is none for this operator.');
    const dY = dOutputs[0] ?? zerosLike(g, node.outputs[0]!);
    const dInputs = rule(g, node, dY, dOutputs, { captured, differentiate });
    for (const [i, input] of [...node.inputs, ...captured].entries()) {
      const gradient = dInputs[i] ?? null;
      if (input !== null && gradient !== null && active.has(input)) collect(input, gradient);
    }
  }
  return wrt.map((value) => {
    const gradient = collected.get(value);
    if (gradient !== undefined && active.has(value)) return gradient;
    if (unreached === 'zeros') return zerosLike(g, value);
    throw unreachedValue(value);
  });
}

/** All nodes that some values depend on, in the order of their making, up to the leaves. */
function ancestors(values: readonly Value[], leaves: ReadonlySet<Value>): readonly GraphNode[] {
  const found = new Set<GraphNode>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const { node } = originOf(value);
    if (node === undefined || leaves.has(value) || found.has(node)) continue;
    found.add(node);
    for (const input of readValues(node)) open.push(input);
  }
  return [...found].sort((a, b) => a.index - b.index);
}

/** The floating-point values through which `wrt` can reach the outputs of `nodes`. */
function activeValues(nodes: readonly GraphNode[], wrt: readonly Value[]): ReadonlySet<Value> {
  const active = new Set(wrt.filter(({ type }) => isFloat(type)));
  for (const node of nodes) {
    if (!readValues(node).some((input) => active.has(input))) continue;
    for (const output of node.outputs) if (isFloat(output.type)) active.add(output);
  }
  return active;
}

function readValues(node: GraphNode): readonly Value[] {
  return [...node.inputs.filter((input) => input !== null), ...capturedValues(node)];
}

/** Values that a node's bodies read from the graphs around them. */
function capturedValues(node: GraphNode): readonly Value[] {
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

function invalidLoss(loss: Value): GraphError {
  return new GraphError('GRAPH_LOSS_INVALID', {
    what: `The loss "${loss.name}" is ${describeType(loss)}.`,
    why: 'Reverse mode starts at one floating-point number.',
    fix: 'Reduce it with reduceSum() or reduceMean() first.',
  });
}

function unreachedValue(value: Value): GraphError {
  return new GraphError('GRAPH_GRADIENT_UNREACHED', {
    what: `The loss does not depend on "${value.name}" ${describeType(value)}.`,
    why: 'No path of floating-point operators leads from it to the loss; comparisons, indices and rounding end a path.',
    fix: 'Leave it out of `wrt`, or pass { unreached: "zeros" } where that is meant.',
  });
}
