import { graphAttribute } from '../attribute.js';
import { GraphError } from '../errors.js';
import type { GraphBuilder } from '../graph-builder.js';
import { unify } from '../shapes.js';
import type { TensorType } from '../value.js';
import { type Inference, type InferenceContext, knownNumbers, requireBool, required, typeMismatch } from './types.js';

function body(c: InferenceContext, name: string): GraphBuilder {
  const graph = graphAttribute(c.attributes, name);
  if (graph !== undefined) return graph;
  throw new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `${c.operator} lacks its attribute ${name}.`,
    why: 'It holds the nested graph.',
    fix: 'Use op.loop() or op.if(), which make it.',
  });
}

const branches: Inference = (c) => {
  requireBool(c, required(c, 0));
  const then = body(c, 'then_branch').outputs.map(({ value }) => value);
  const otherwise = body(c, 'else_branch').outputs.map(({ value }) => value);
  if (then.length !== otherwise.length) throw differentCount(c.operator, then.length, otherwise.length);
  return then.map((a, i): TensorType => {
    const b = otherwise[i]!;
    if (a.type !== b.type || a.shape.length !== b.shape.length) {
      throw typeMismatch('If', [a, b], `Both branches must give result ${i} the same element type and rank.`);
    }
    return { type: a.type, shape: a.shape.map((size, axis) => (size === b.shape[axis] ? size : c.fresh())) };
  });
};

const loop: Inference = (c) => {
  const graph = body(c, 'body');
  const initial = c.inputs.slice(2).map((_, i) => required(c, i + 2));
  const [, ...results] = graph.outputs.map(({ value }) => value);
  const states = graph.inputs.slice(2);
  if (results.length < states.length || initial.length !== states.length) {
    throw differentCount(c.operator, initial.length, results.length);
  }
  const trips = knownNumbers(c.inputs[0])?.[0];
  // A condition may end the loop early: only a plain counted loop has a known number of turns.
  const isCounted = (c.inputs[1] ?? null) === null && graph.outputs[0]?.value === graph.inputs[1];
  const turns = isCounted ? trips : undefined;
  return results.map((result, i): TensorType => {
    const state = states[i];
    if (state === undefined) return { type: result.type, shape: [turns ?? c.fresh(), ...result.shape] };
    if (result.type !== state.type || result.shape.length !== state.shape.length) {
      throw typeMismatch('Loop', [state, result], `State ${i} must keep its element type and rank.`);
    }
    for (const [axis, size] of state.shape.entries()) {
      if (unify(size, result.shape[axis]!) !== undefined) continue;
      throw typeMismatch(
        'Loop',
        [state, result],
        `State ${i} changes its size; name the sizes that change in stateShapes.`,
      );
    }
    return { type: state.type, shape: state.shape };
  });
};

function differentCount(operator: string, a: number, b: number): GraphError {
  return new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `${operator} got ${a} values on one side and ${b} on the other.`,
    why: operator === 'If' ? 'Both branches give the same number of results.' : 'The body gives back every state.',
    fix: 'Return one value for each.',
  });
}

export const CONTROL_FLOW = { If: branches, Loop: loop } as const satisfies Record<string, Inference>;
