import { customGradient, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { sizeOf } from './attention.js';
import type { LossSum } from './loss.js';
import type { Product } from './parts.js';

// Logits of a chunk: 4 MiB, so that they are still near when they are read again. But not too few rows, for each chunk packs
// the whole weight for its products, and reads and writes the weight's gradient.
const CHUNK_ELEMENTS = 2 ** 20;
const LEAST_ROWS = 256;

/** Which gradients are computed with the loss. */
export interface HeadGradients {
  readonly hidden: boolean;
  readonly weight: boolean;
}

/** An output layer: logits are the sum of its products and its bias. */
export interface Head {
  /** Hidden states (N, D) and the weight (V, D); then what adapters add, in factors of their own. */
  readonly products: readonly [Product, ...Product[]];
  /** (V) */
  readonly bias?: Value;
}

/**
 * Cross-entropy of an output layer with labels, summed, chunk after chunk of rows in a Loop: the logits of all rows are never
 * there at once. A chunk's gradients are computed with its loss, while its logits are at hand: three products, as without
 * chunks.
 * @param labels (N), negative for a row that does not count
 * @param ahead the gradients that will be asked for; others are right too, but compute all of it again. What adapters add
 * learns where hidden states have a gradient.
 * @see Hsu et al. 2024, Liger Kernel, arXiv:2410.10989, section 3.2; Wijmans et al. 2024, Cut Your Losses, arXiv:2411.09009
 */
export function headLossSum(
  g: GraphBuilder,
  { products, bias }: Head,
  labels: Value,
  ahead: HeadGradients = { hidden: false, weight: false },
): LossSum {
  const counts = g.op.cast(g.op.greaterOrEqual(labels, 0), 'float32');
  const factors: readonly Factor[] = [
    ...products.map(({ rows }): Factor => ({ kind: 'rows', value: rows })),
    ...products.map(({ weight }): Factor => ({ kind: 'weight', value: weight })),
    ...(bias ? [{ kind: 'bias', value: bias } as const] : []),
  ];
  const isAhead = factors.map(({ kind }, i) =>
    kind === 'rows' || (kind === 'weight' && i > products.length) ? ahead.hidden : ahead.weight,
  );
  const values = factors.map(({ value }) => value);
  const [lossSum] = customGradient(g, {
    inputs: [...values, g.op.max(labels, 0), counts],
    forward: (b, inputs) => overChunks(b, factors, inputs, isAhead),
    backward: (b, { inputs, outputs, dOutputs, wanted }) => {
      const asked = factors.map((_, i) => wanted[i]!);
      const isThere = asked.every((is, i) => !is || isAhead[i]!);
      const have = isThere ? isAhead : asked;
      const known = (isThere ? outputs : overChunks(b, factors, inputs, asked)).slice(1);
      return have.map((is) => (is ? b.op.mul(known.shift()!, dOutputs[0]!) : null));
    },
  });
  return { lossSum: lossSum!, targets: g.op.reduceSum(counts, undefined, { keepDims: false }) };
}

/** What logits are made of: rows (N, D), a weight (V, D), or a bias (V). */
interface Factor {
  readonly kind: 'rows' | 'weight' | 'bias';
  readonly value: Value;
}

/**
 * The loss, then the gradients of those factors that are asked for.
 * @param inputs the factors' values, then labels that are rows of the weights, and 0 or 1 for each row
 */
function overChunks(
  g: GraphBuilder,
  factors: readonly Factor[],
  inputs: readonly Value[],
  wanted: readonly boolean[],
): Value[] {
  const of = (kind: Factor['kind']): readonly Value[] => inputs.filter((_, i) => factors[i]?.kind === kind);
  const [states, weights, [bias]] = [of('rows'), of('weight'), of('bias')];
  const [labels, counts] = inputs.slice(factors.length) as [Value, Value];
  const asked = factors.flatMap(({ kind }, i) => (wanted[i] ? [{ kind, like: inputs[i]!, place: i }] : []));
  const rows = sizeOf(g, states[0]!, 0);
  // One chunk without rows, too: whole numbers must not be divided by 0.
  const chunks = g.op.max(ceilDivide(g, rows, g.constant('int64', rowsOfChunk(weights[0]!))), 1);
  const size = ceilDivide(g, rows, chunks);
  const grown = g.freshDimension();
  const starts = asked.map(({ kind, like }) => {
    if (kind === 'bias') return g.op.constantOfShape(g.op.shape(like));
    const width = g.op.shape(like, { start: 1 });
    const shape = kind === 'rows' ? [g.constant('int64', [0]), width] : [width, g.op.shape(like, { end: 1 })];
    return g.op.constantOfShape(g.op.concat(shape, 0));
  });
  const { state } = g.op.loop({
    tripCount: chunks,
    state: [g.constant('float32', 0), ...starts] as readonly Value[],
    stateShapes: [
      undefined,
      ...asked.map(({ kind, like }) => (kind === 'rows' ? like.shape.with(0, grown) : undefined)),
    ],
    body: (b, i, [total, ...before]) => {
      const place = b.op.reshape(b.op.mul(i, size), [1]);
      const length = b.freshDimension();
      const part = (x: Value): Value => {
        const outputs = [{ type: x.type, shape: x.shape.with(0, length) }];
        return b.node('Slice', [x, place, b.op.add(place, size), b.constant('int64', [0])], { outputs })[0]!;
      };
      const [parts, counted] = [states.map(part), b.op.unsqueeze(part(counts), [1])];
      const label = b.op.unsqueeze(part(labels), [1]);
      const logits = parts.reduce<Value | null>(
        (sum, x, p) => b.op.gemm(x, weights[p]!, sum ?? bias ?? null, { transB: true }),
        null,
      );
      const logs = b.op.logSoftmax(logits!);
      const losses = b.op.mul(b.op.gatherElements(logs, label, 1), counted);
      const loss = b.op.sub(total!, b.op.reduceSum(losses, undefined, { keepDims: false }));
      if (asked.length === 0) return { state: [loss] };
      // softmax − 1 at the label; what a row counts is left to the narrow factors.
      const minus = b.op.expand(b.constant('float32', -1), b.op.shape(label));
      const dLogits = b.op.scatterElements(b.op.exp(logs), label, minus, 1, 'add');
      const gradient = ({ kind, like, place: at }: (typeof asked)[number], sum: Value): Value => {
        if (kind === 'bias')
          return b.op.add(sum, b.op.reshape(b.op.gemm(counted, dLogits, null, { transA: true }), [-1]));
        if (kind === 'weight') {
          // Of the transposed gradient, (D, V): the narrow factor is the one to copy.
          return b.op.gemm(transposedCopy(b, b.op.mul(parts[at - parts.length]!, counted)), dLogits, sum);
        }
        const dRows = b.op.mul(b.op.matMul(dLogits, weights[at]!), counted);
        const attributes = { axis: { kind: 'int', value: 0 } } as const;
        const outputs = [{ type: dRows.type, shape: like.shape.with(0, grown) }];
        return b.node('Concat', [sum, dRows], { attributes, outputs })[0]!;
      };
      return { state: [loss, ...asked.map((one, n) => gradient(one, before[n]!))] };
    },
  });
  const [loss, ...results] = state;
  const gradients = results.map((x, n) => {
    const { kind, like } = asked[n]!;
    return g.node('Identity', [kind === 'weight' ? g.op.transpose(x, [1, 0]) : x], { outputs: [like] })[0]!;
  });
  return [loss!, ...gradients];
}

function rowsOfChunk(weight: Value): number {
  const vocabulary = Number(weight.shape[0]);
  return Math.max(LEAST_ROWS, Math.floor(CHUNK_ELEMENTS / vocabulary) || 0);
}

/** A copy: ONNX Runtime would merge a plain Transpose with the product that reads it, which is slower. */
function transposedCopy(g: GraphBuilder, matrix: Value): Value {
  return g.op.squeeze(g.op.transpose(g.op.unsqueeze(matrix, [0]), [0, 2, 1]), [0]);
}

function ceilDivide(g: GraphBuilder, a: Value, b: Value): Value {
  return g.op.div(g.op.add(a, g.op.sub(b, 1)), b);
}
