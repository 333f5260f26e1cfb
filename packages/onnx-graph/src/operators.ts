import type { GraphBuilder } from './graph-builder.js';
import { type ControlFlowOperators, conditional, loop } from './operators/control-flow.js';
import { ELEMENTWISE_OPERATORS } from './operators/elementwise.js';
import { INDEXING_OPERATORS } from './operators/indexing.js';
import { LAYOUT_OPERATORS } from './operators/layout.js';
import { MATRIX_OPERATORS } from './operators/matrix.js';
import { REDUCTION_OPERATORS } from './operators/reduction.js';

/** The typed operators as free functions `(g, …)`, named after ONNX's; `g.op` has the same with the graph bound. */
export const OPERATORS = {
  ...ELEMENTWISE_OPERATORS,
  ...MATRIX_OPERATORS,
  ...LAYOUT_OPERATORS,
  ...INDEXING_OPERATORS,
  ...REDUCTION_OPERATORS,
};

type Bound<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends (g: GraphBuilder, ...args: infer Args) => infer Result
    ? (...args: Args) => Result
    : never;
};

/** The operators of {@link OPERATORS} without their first argument, and those with bodies. */
export type BoundOperators = Bound<typeof OPERATORS> & ControlFlowOperators;

export function bindOperators(g: GraphBuilder): BoundOperators {
  const bound = Object.entries(OPERATORS).map(([name, operator]) => [
    name,
    (operator as (...args: unknown[]) => unknown).bind(null, g),
  ]);
  const control: ControlFlowOperators = {
    loop: (options) => loop(g, options),
    if: (condition, then, otherwise) => conditional(g, condition, then, otherwise),
  };
  return { ...(Object.fromEntries(bound) as Bound<typeof OPERATORS>), ...control };
}
