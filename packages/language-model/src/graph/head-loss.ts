import { customGradient, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { sizeOf } from './attention.js';
import type { LossSum } from './loss.js';

// Logits of a chunk: 4 MiB, so that they are still near when they are read again. But not too few rows, for each chunk packs
// the whole weight for its products, and reads and writes the weight's gradient.
const CHUNK_ELEMENTS = 2 ** 20;
const LEAST_ROWS = 256;

/** Which gradients are computed with the loss. */
export interface HeadGradients {
  readonly hidden: boolean;
  readonly weight: boolean;
}

/**
 * Cross-entropy of hidden·Wᵀ with labels, summed, chunk after chunk of rows in a Loop: the logits of all rows are never
 * there at once. A chunk's gradients are computed with its loss, while its logits are at hand: three products, as without
 * chunks.
 * @param hidden (N, D)
 * @param weight (V, D)
 * @param labels (N), negative for a row that does not count
 * @param ahead the gradients that will be asked for; others are right too, but compute all of it again
 * @see Hsu et al. 2024, Liger Kernel, arXiv:2410.10989, section 3.2; Wijmans et al. 2024, Cut Your Losses, arXiv:2411.09009
 */
export function headLossSum(
  g: GraphBuilder,
  hidden: Value,
  weight: Value,
  labels: Value,
  ahead: HeadGradients = { hidden: false, weight: false },
): LossSum {
  const counts = g.op.cast(g.op.greaterOrEqual(labels, 0), 'float32');
  const [lossSum] = customGradient(g, {
    inputs: [hidden, weight, g.op.max(labels, 0), counts],
    forward: (b, inputs) => overChunks(b, inputs as ChunkInputs, ahead),
    backward: (b, { inputs, outputs, dOutputs, wanted }) => {
      const asked = { hidden: wanted[0]!, weight: wanted[1]! };
      const isThere = (!asked.hidden || ahead.hidden) && (!asked.weight || ahead.weight);
      const have = isThere ? ahead : asked;
      const [, ...known] = isThere ? outputs : overChunks(b, inputs as ChunkInputs, asked);
      const scaled = known.map((gradient) => b.op.mul(gradient, dOutputs[0]!));
      return [have.hidden ? scaled[0]! : null, have.weight ? scaled.at(-1)! : null];
    },
  });
  return { lossSum: lossSum!, targets: g.op.reduceSum(counts, undefined, { keepDims: false }) };
}

/** Hidden states, weight, labels that are rows of it, and 0 or 1 for each row. */
type ChunkInputs = readonly [Value, Value, Value, Value];

/** The loss, then dL/d(hidden) and dL/d(weight) where they are asked for. */
function overChunks(g: GraphBuilder, inputs: ChunkInputs, wanted: HeadGradients): readonly Value[] {
  const [hidden, weight, labels, counts] = inputs;
  const rows = sizeOf(g, hidden, 0);
  // One chunk without rows, too: whole numbers must not be divided by 0.
  const chunks = g.op.max(ceilDivide(g, rows, g.constant('int64', rowsOfChunk(weight))), 1);
  const size = ceilDivide(g, rows, chunks);
  const grown = hidden.shape.with(0, g.freshDimension());
  const starts = [
    ...(wanted.hidden
      ? [g.op.constantOfShape(g.op.concat([g.constant('int64', [0]), g.op.shape(hidden, { start: 1 })], 0))]
      : []),
    ...(wanted.weight ? [g.op.constantOfShape(g.op.shape(weight))] : []),
  ];
  const { state } = g.op.loop({
    tripCount: chunks,
    state: [g.constant('float32', 0), ...starts] as readonly Value[],
    stateShapes: [undefined, ...(wanted.hidden ? [grown] : [])],
    body: (b, i, [total, ...before]) => {
      const place = b.op.reshape(b.op.mul(i, size), [1]);
      const length = b.freshDimension();
      const part = (x: Value): Value => {
        const outputs = [{ type: x.type, shape: x.shape.with(0, length) }];
        return b.node('Slice', [x, place, b.op.add(place, size), b.constant('int64', [0])], { outputs })[0]!;
      };
      const [h, counted] = [part(hidden), b.op.unsqueeze(part(counts), [1])];
      const label = b.op.unsqueeze(part(labels), [1]);
      const logs = b.op.logSoftmax(b.op.gemm(h, weight, null, { transB: true }));
      const losses = b.op.mul(b.op.gatherElements(logs, label, 1), counted);
      const loss = b.op.sub(total!, b.op.reduceSum(losses, undefined, { keepDims: false }));
      if (!wanted.hidden && !wanted.weight) return { state: [loss] };
      // softmax − 1 at the label; what a row counts is left to the narrow factors.
      const minus = b.op.expand(b.constant('float32', -1), b.op.shape(label));
      const dLogits = b.op.scatterElements(b.op.exp(logs), label, minus, 1, 'add');
      const next = [loss];
      if (wanted.hidden) {
        const dHidden = b.op.mul(b.op.matMul(dLogits, weight), counted);
        const attributes = { axis: { kind: 'int', value: 0 } } as const;
        const outputs = [{ type: dHidden.type, shape: grown }];
        next.push(b.node('Concat', [before[0]!, dHidden], { attributes, outputs })[0]!);
      }
      if (wanted.weight) next.push(b.op.gemm(dLogits, b.op.mul(h, counted), before.at(-1)!, { transA: true }));
      return { state: next };
    },
  });
  const [loss, ...gradients] = state;
  const like = [...(wanted.hidden ? [hidden] : []), ...(wanted.weight ? [weight] : [])];
  return [loss!, ...gradients.map((x, i) => g.node('Identity', [x], { outputs: [like[i]!] })[0]!)];
}

function rowsOfChunk(weight: Value): number {
  const vocabulary = Number(weight.shape[0]);
  return Math.max(LEAST_ROWS, Math.floor(CHUNK_ELEMENTS / vocabulary) || 0);
}

function ceilDivide(g: GraphBuilder, a: Value, b: Value): Value {
  return g.op.div(g.op.add(a, g.op.sub(b, 1)), b);
}
