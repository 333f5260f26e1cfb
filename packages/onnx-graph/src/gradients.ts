import { awaited } from './await-gradients.js';
import { cloneNodes } from './clone.js';
import { isFloat } from './element-type.js';
import { GraphError } from './errors.js';
import { zerosLike } from './gradients/helpers.js';
import { GRADIENT_RULES } from './gradients/index.js';
import { missingRule } from './gradients/missing-rule.js';
import type { GradientContext, GradientRule, Seed } from './gradients/rule.js';
import type { GraphBuilder } from './graph-builder.js';
import { capturedValues, readValues } from './read-values.js';
import { type CustomSegment, outermostSegment } from './segments.js';
import { drawsRandomNumbers } from './simplify.js';
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
 * `GRAPH_LOSS_INVALID`, `GRAPH_SCOPE_INVALID` for what is no value of a graph
 */
export function gradients<const Wrt extends readonly Value[]>(
  g: GraphBuilder,
  loss: Value,
  wrt: Wrt,
  options: GradientOptions = {},
): { readonly [I in keyof Wrt]: Value } {
  // Without types, a look-up by a wrong name gives undefined.
  for (const value of [loss, ...wrt]) originOf(value);
  if (!isFloat(loss.type) || product(loss.shape) !== 1) throw invalidLoss(loss);
  const one = g.constant(loss.type, [1], loss.shape.map(Number));
  const results = backpropagate(g, [{ value: loss, gradient: one }], wrt, options);
  return results as readonly Value[] as { readonly [I in keyof Wrt]: Value };
}

function backpropagate(
  g: GraphBuilder,
  seeds: readonly Seed[],
  wrt: readonly Value[],
  options: GradientOptions,
  leaves: readonly Value[] = [],
): readonly Value[] {
  const nodes = ancestors(
    seeds.map(({ value }) => value),
    new Set(leaves),
  );
  const active = new Set(wrt.filter(({ type }) => isFloat(type)));
  activate(nodes, active);
  const pass = new ReversePass(g, active, options);
  for (const { value, gradient } of seeds) pass.collect(value, gradient);
  pass.through(nodes);
  return wrt.map((value) => {
    const gradient = pass.gradientOf(value);
    if (gradient !== undefined && active.has(value)) return gradient;
    if (options.unreached === 'zeros') return zerosLike(g, value);
    throw unreachedValue(value);
  });
}

/** One way back through a graph: the gradients collected so far. */
class ReversePass {
  readonly #collected = new Map<Value, Value>();
  /** What the segment before gave: the next one waits for it, so that its own values come after those are used up. */
  #latest: readonly Value[] = [];

  constructor(
    readonly g: GraphBuilder,
    readonly active: Set<Value>,
    readonly options: GradientOptions,
  ) {}

  gradientOf(value: Value): Value | undefined {
    return this.#collected.get(value);
  }

  collect(value: Value, gradient: Value): void {
    const before = this.#collected.get(value);
    this.#collected.set(value, before === undefined ? gradient : this.g.op.add(before, gradient));
  }

  /** Latest first: when a node's turn comes, all its readers have said what they have to say. */
  through(nodes: readonly GraphNode[]): void {
    for (let end = nodes.length; end > 0; ) {
      const node = nodes[end - 1]!;
      const segment = outermostSegment(node);
      let start = end - 1;
      // The nodes of a segment were made one after the other.
      while (segment !== undefined && start > 0 && outermostSegment(nodes[start - 1]!) === segment) start--;
      if (segment === undefined) this.#throughNode(node);
      else if (segment.kind === 'custom') this.#collectInto(segment.inputs, this.#customGradients(segment));
      else this.#throughCopies(nodes.slice(start, end));
      end = start;
    }
  }

  #throughNode(node: GraphNode): void {
    const { g, active, options } = this;
    const dOutputs = node.outputs.map((output) => (active.has(output) ? (this.gradientOf(output) ?? null) : null));
    if (dOutputs.every((gradient) => gradient === null)) return;
    const captured = capturedValues(node).filter((value) => active.has(value));
    const rule =
      options.rules?.[node.operator] ?? (GRADIENT_RULES as Readonly<Record<string, GradientRule>>)[node.operator];
    if (rule === undefined) throw missingRule(node, 'There is none for this operator.');
    const dY = dOutputs[0] ?? zerosLike(g, node.outputs[0]!);
    const differentiate: GradientContext['differentiate'] = (b, inner, values) => {
      // What a body reads from around counts as given: the graph around goes on from there.
      return backpropagate(b, inner, values, { ...options, unreached: 'zeros' }, values);
    };
    this.#collectInto([...node.inputs, ...captured], rule(g, node, dY, dOutputs, { captured, differentiate }));
  }

  #collectInto(inputs: readonly (Value | null)[], gradients: readonly (Value | null)[]): void {
    for (const [i, input] of inputs.entries()) {
      const gradient = gradients[i] ?? null;
      if (input !== null && gradient !== null && this.active.has(input)) this.collect(input, gradient);
    }
  }

  #customGradients({ inputs, outputs, backward }: CustomSegment): readonly (Value | null)[] {
    const dOutputs = outputs.map((output) => this.gradientOf(output) ?? null);
    if (dOutputs.every((gradient) => gradient === null)) return [];
    const wanted = inputs.map((input) => this.active.has(input));
    return wanted.includes(true) ? backward(this.g, { inputs, outputs, dOutputs, wanted }) : [];
  }

  /** Computes a segment again, once the gradients of its results are there, and goes through what that made. */
  #throughCopies(nodes: readonly GraphNode[]): void {
    const { g, active } = this;
    const results = nodes.flatMap(({ outputs }) => outputs.filter((output) => this.#collected.has(output)));
    if (results.length === 0) return;
    const random = nodes.find(drawsRandomNumbers);
    if (random)
      throw missingRule(random, 'It draws random numbers; computed again in a checkpoint it would draw others.');
    const incoming = results.map((result) => this.gradientOf(result)!);
    const copies = awaited(g, nodes, [...incoming, ...this.#latest]);
    const given = [...copies].filter(([value]) => active.has(value));
    for (const [, copy] of given) active.add(copy);
    const made = cloneNodes(g, nodes, copies, 1);
    activate(made, active);
    const collectedBefore = new Map(this.#collected);
    for (const [i, result] of results.entries()) this.collect(copies.get(result)!, incoming[i]!);
    this.through(made);
    for (const [value, copy] of given) this.#collectInto([value], [this.gradientOf(copy) ?? null]);
    const own = new Set(copies.values());
    this.#latest = [...this.#collected].flatMap(([value, gradient]) => {
      return own.has(value) || collectedBefore.get(value) === gradient ? [] : [gradient];
    });
  }
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

/** Adds the floating-point outputs of `nodes` that depend on an active value. */
function activate(nodes: readonly GraphNode[], active: Set<Value>): void {
  for (const node of nodes) {
    if (!readValues(node).some((input) => active.has(input))) continue;
    for (const output of node.outputs) if (isFloat(output.type)) active.add(output);
  }
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
