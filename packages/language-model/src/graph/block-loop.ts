import type { Dimension, GraphBuilder, Value } from '@flanlab/onnx-graph';

// Blocks are quarters of short rows: half of what is masked is skipped, and products stay large. From 1,024 tokens on they have
// 256 queries, and are never more than 16: each adds once to the gradients of all keys and values that it saw.
const QUARTERS = 4;
const LONGEST_BLOCK = 256;
const MOST_BLOCKS = 16;

/** One block of queries, as sizes and int64 scalars. */
export interface Block {
  /** First and one past the last query. */
  readonly start: Value;
  readonly end: Value;
  /** First and one past the last key. */
  readonly first: Value;
  readonly last: Value;
  readonly queries: Dimension;
  readonly keys: Dimension;
}

export interface BlockLoop {
  /** Queries of a row: int64 scalar. */
  readonly length: Value;
  /** Keys of a row (int64 scalar) where every query may see all of them; those up to a query's own place when left out. */
  readonly keys?: Value | undefined;
  /** How many keys up to its own place a query sees; all when left out. */
  readonly window?: number | undefined;
}

/** What a turn gives, or values of its shapes. */
export interface BlockResults {
  /** Rows of the block, (B, H, queries, D), to be laid end to end. */
  readonly pieces?: readonly Value[];
  /** Of the keys that the block saw, (B, H, keys, D), to be added up. */
  readonly sums?: readonly Value[];
  /** To be added up as they are. */
  readonly totals?: readonly Value[];
}

/**
 * Runs `turn` for each block of queries in a Loop. Results have the shapes of `like`: pieces, then sums, then totals.
 */
export function overBlocks(
  g: GraphBuilder,
  { length, keys: allKeys, window }: BlockLoop,
  like: BlockResults,
  turn: (c: GraphBuilder, block: Block) => BlockResults,
): readonly Value[] {
  const size = blockSize(g, length);
  const { pieces = [], sums = [], totals = [] } = like;
  const whole = [...pieces, ...sums];
  const grown = g.freshDimension();
  const shapes = whole.map(({ shape }) => shape.with(2, grown));
  const { state } = g.op.loop({
    tripCount: g.op.div(g.op.add(length, g.op.sub(size, 1)), size),
    state: [...whole.map((x) => emptyLike(g, x)), ...totals.map((x) => g.op.constantOfShape(g.op.shape(x), 0, x.type))],
    stateShapes: [...shapes, ...totals.map(({ shape }) => shape)],
    body: (c, i, before) => {
      const start = c.op.mul(i, size);
      const end = c.op.min(c.op.add(start, size), length);
      const first = window === undefined ? c.constant('int64', 0) : c.op.max(c.op.sub(start, window - 1), 0);
      const [queries, keys] = [c.freshDimension(), c.freshDimension()];
      const block: Block = { start, end, first, last: allKeys ?? end, queries, keys };
      const results = turn(c, block);
      const next = [
        ...(results.pieces ?? []).map((piece, n) => joined(c, [before[n]!, piece], shapes[n]!)),
        ...(results.sums ?? []).map((sum, n) => {
          const at = pieces.length + n;
          return addedUp(c, before[at]!, sum, block, shapes[at]!, window !== undefined);
        }),
        ...(results.totals ?? []).map((total, n) => c.op.add(before[whole.length + n]!, total)),
      ];
      return { state: next };
    },
  });
  return state.map((x, i) => g.node('Identity', [x], { outputs: [[...whole, ...totals][i]!] })[0]!);
}

/** Sums so far, of keys [0, start), and those of a block, of keys [first, end): the sums of keys [0, end). */
function addedUp(
  c: GraphBuilder,
  before: Value,
  sum: Value,
  { start, end, first, keys }: Pick<Block, 'start' | 'end' | 'first' | 'keys'>,
  shape: Value['shape'],
  isWindowed: boolean,
): Value {
  const overlap = c.op.sub(start, first);
  const known = c.freshDimension();
  const old = isWindowed ? rowsOf(c, before, first, end, known) : before;
  const both = c.op.add(old, rowsOf(c, sum, c.constant('int64', 0), overlap, old.shape[2]!));
  const fresh = rowsOf(c, sum, overlap, end, c.freshDimension());
  const untouched = isWindowed ? [rowsOf(c, before, c.constant('int64', 0), first, keys)] : [];
  return joined(c, [...untouched, both, fresh], shape);
}

/** How many queries a block has: int64 scalar, from 1 up. */
function blockSize(g: GraphBuilder, T: Value): Value {
  const share = (parts: number): Value => g.op.div(g.op.add(T, parts - 1), parts);
  return g.op.max(g.op.max(g.op.min(share(QUARTERS), LONGEST_BLOCK), share(MOST_BLOCKS)), 1);
}

/** Rows [start, end) of the axis of tokens. */
export function rowsOf(c: GraphBuilder, x: Value, start: Value, end: Value, size: Dimension): Value {
  const limits = [start, end].map((limit) => c.op.reshape(limit, [1]));
  const outputs = [{ type: x.type, shape: x.shape.with(2, size) }];
  return c.node('Slice', [x, ...limits, c.constant('int64', [2])], { outputs })[0]!;
}

function joined(c: GraphBuilder, values: readonly Value[], shape: Value['shape']): Value {
  const attributes = { axis: { kind: 'int', value: 2 } } as const;
  return c.node('Concat', values, { attributes, outputs: [{ type: values[0]!.type, shape }] })[0]!;
}

function emptyLike(g: GraphBuilder, x: Value): Value {
  const shape = g.op.concat([g.op.shape(x, { end: 2 }), g.constant('int64', [0]), g.op.shape(x, { start: 3 })], 0);
  return g.op.constantOfShape(shape, 0, x.type);
}

interface ProductOptions {
  readonly alpha?: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

/** alpha·A·B, each transposed first if asked. */
export function product(
  g: GraphBuilder,
  a: Value,
  b: Value,
  { alpha = 1, transA = false, transB = false }: ProductOptions,
): Value {
  if (g.microsoft) return g.op.fusedMatMul(a, b, { alpha, transA, transB });
  const turned = (x: Value, turns: boolean): Value => (turns ? g.op.transpose(x, [0, 1, 3, 2]) : x);
  const unscaled = g.op.matMul(turned(a, transA), turned(b, transB));
  return alpha === 1 ? unscaled : g.op.mul(unscaled, alpha);
}
