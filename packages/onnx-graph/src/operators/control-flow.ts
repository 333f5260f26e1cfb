import type { GraphBuilder } from '../graph-builder.js';
import type { Shape, Value } from '../value.js';
import { type Operand, toValue } from './operand.js';

type ValuesLike<Values extends readonly Value[]> = { readonly [I in keyof Values]: Value };

export interface LoopOptions<State extends readonly Value[], Scan extends readonly Value[]> {
  /** Number of turns at most; no limit when left out. */
  readonly tripCount?: Operand;
  /** Whether to take the first turn (bool scalar); true when left out. */
  readonly condition?: Value;
  /** What the first turn starts with. */
  readonly state: State;
  /** Shapes of those states whose size changes from turn to turn, with names for the sizes that do. */
  readonly stateShapes?: readonly (Shape | undefined)[];
  /** Adds one turn to `b`. May read every value of the graphs around it. */
  readonly body: (b: GraphBuilder, iteration: Value, state: ValuesLike<State>) => LoopTurn<State, Scan>;
}

export interface LoopTurn<State extends readonly Value[], Scan extends readonly Value[]> {
  readonly state: ValuesLike<State>;
  /** Stacked over the turns, on a new first axis. */
  readonly scan?: Scan;
  /** Whether to go on (bool scalar); as before when left out. */
  readonly condition?: Value;
}

export interface LoopResult<State extends readonly Value[], Scan extends readonly Value[]> {
  readonly state: ValuesLike<State>;
  readonly scan: ValuesLike<Scan>;
}

/** Operators with nested graphs. They are generic, so `op` lists them apart from the table that it binds. */
export interface ControlFlowOperators {
  /** Runs a body again and again; see {@link LoopOptions}. */
  loop<const State extends readonly Value[], const Scan extends readonly Value[] = readonly []>(
    options: LoopOptions<State, Scan>,
  ): LoopResult<State, Scan>;
  /** Runs one of two bodies. Results in the same place have the same element type and rank. */
  if<const Results extends readonly Value[]>(
    condition: Value,
    then: (b: GraphBuilder) => Results,
    otherwise: (b: GraphBuilder) => ValuesLike<Results>,
  ): ValuesLike<Results>;
}

/** Adds a Loop node; `g.op.loop` is this with the graph bound. */
export function loop<const State extends readonly Value[], const Scan extends readonly Value[] = readonly []>(
  g: GraphBuilder,
  { tripCount, condition, state, stateShapes = [], body }: LoopOptions<State, Scan>,
): LoopResult<State, Scan> {
  const b = g.body(g.freshName('body'));
  const iteration = b.input(g.freshName('iteration'), 'int64', []);
  const goOn = b.input(g.freshName('condition'), 'bool', []);
  const inside = state.map(({ type, shape }, i) => b.input(g.freshName('state'), type, stateShapes[i] ?? shape));
  const turn = body(b, iteration, inside as ValuesLike<State>);
  // A body that returns fewer or more states is caught by the Loop's own checks.
  for (const value of [turn.condition ?? goOn, ...turn.state, ...(turn.scan ?? [])])
    b.output(g.freshName('result'), value);
  const outputs = g.node(
    'Loop',
    [tripCount === undefined ? null : toValue(g, 'int64', tripCount), condition ?? null, ...state],
    {
      attributes: { body: { kind: 'graph', value: b } },
    },
  );
  return {
    state: outputs.slice(0, state.length) as readonly Value[] as ValuesLike<State>,
    scan: outputs.slice(state.length) as readonly Value[] as ValuesLike<Scan>,
  };
}

/** Adds an If node; `g.op.if` is this with the graph bound. */
export function conditional<const Results extends readonly Value[]>(
  g: GraphBuilder,
  condition: Value,
  then: (b: GraphBuilder) => Results,
  otherwise: (b: GraphBuilder) => ValuesLike<Results>,
): ValuesLike<Results> {
  const branch = (name: string, build: (b: GraphBuilder) => readonly Value[]) => {
    const b = g.body(g.freshName(name));
    for (const value of build(b)) b.output(g.freshName('result'), value);
    return { kind: 'graph', value: b } as const;
  };
  const attributes = { then_branch: branch('then', then), else_branch: branch('else', otherwise) };
  return g.node('If', [condition], { attributes }) as readonly Value[] as ValuesLike<Results>;
}
