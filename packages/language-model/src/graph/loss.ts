import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { familyOf } from '../families/families.js';
import type { ModelConfig } from '../model-config.js';
import { type Attend, attendByWindow, causalMask, sizeOf } from './attention.js';
import { BLOCKS, causalAttention } from './causal-attention.js';
import { decoderHidden, decoderLogits } from './decoder.js';
import { type Head, type HeadGradients, headLossSum } from './head-loss.js';
import type { ModelParts } from './parts.js';
import { queryBlockAttention } from './query-blocks.js';

/** The label of a token that is not learned; PyTorch's `ignore_index`. */
export const IGNORE_INDEX = -100;

/** One batch of a causal model, rows padded at their right. */
export interface CausalBatch {
  /** int32 (B, T); any id under the padding */
  readonly inputIds: Value;
  /** int32 (B, T): the ids again, or {@link IGNORE_INDEX}; not shifted */
  readonly labels: Value;
  /** int32 (B, T), restarting at 0 with each segment of a packed row */
  readonly positions?: Value;
  /** int32 (B, T) */
  readonly segments?: Value;
}

/** A loss before division, so that micro-batches add up to the loss of one big batch. */
export interface LossSum {
  /** Summed negative log likelihood in nats: float32 scalar. */
  readonly lossSum: Value;
  /** How many targets it sums over: float32 scalar, 0 for a batch without any. */
  readonly targets: Value;
}

/** What a loss keeps for its gradients, and what it computes again. Values are the same up to the order of sums. */
export interface LossOptions {
  /** Computes each block again on the way back, and keeps only what comes into it. */
  readonly checkpointBlocks?: boolean;
  /**
   * `kept` keeps the weights of all queries, T² of each head: fastest for short rows. `recomputed` has those of one block of
   * queries at a time. `kept` when left out.
   */
  readonly attention?: 'kept' | 'recomputed';
  /** Gradients that will be asked for; none when left out, to evaluate. Others are right too, but take longer. */
  readonly headGradients?: HeadGradients;
}

/**
 * Cross-entropy of each next token, summed. Token t predicts label t + 1; the last token of a row predicts nothing.
 * In packed rows the first token of a segment must carry {@link IGNORE_INDEX}, for it has nothing to be predicted from.
 */
export function causalLoss(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  batch: CausalBatch,
  options: LossOptions = {},
): LossSum {
  const { attention = 'kept', checkpointBlocks = false } = options;
  const { inputIds, labels, positions, segments } = attention === 'kept' ? longEnough(g, batch) : batch;
  const attends: Record<typeof attention, (window: number | undefined) => Attend> = {
    kept: (window) => causalAttention(g, config, causalMask(g, inputIds, segments, window)),
    recomputed: (window) => queryBlockAttention(config, inputIds, { segments, window }),
  };
  const attend = attendByWindow(config, attends[attention]);
  const inputs = { inputIds, attend, checkpointBlocks, ...(positions ? { positions } : {}) };
  const hidden = decoderHidden(g, config, parts, inputs);
  // Shifting the labels instead of the logits: the last token of a row gets a label that is ignored.
  const next = g.op.slice(labels, { starts: [1], ends: [Number.POSITIVE_INFINITY], axes: [1] });
  const ignored = columnsOf(g, labels, IGNORE_INDEX, g.constant('int64', [1]));
  const shifted = g.op.reshape(g.op.concat([next, ignored], 1), [-1]);
  const rows = learnedRows(g, shifted);
  // Only what is learned meets the vocabulary: the largest product, and a small part of the tokens of completions.
  const [learned, targets] = [g.op.gather(hidden, rows), g.op.gather(shifted, rows)];
  const head = headOf(g, config, parts, learned);
  if (head) return headLossSum(g, head, targets, options.headGradients);
  return crossEntropySum(g, decoderLogits(g, config, parts, learned), targets);
}

/** The factors of the output layer; nothing where a hook would have to see its whole result. */
function headOf(g: GraphBuilder, config: ModelConfig, parts: ModelParts, rows: Value): Head | undefined {
  const { parameters, linear: hook } = parts;
  const { head, tokens } = familyOf(config).layout(config);
  if (!head) return { products: [{ rows, weight: parameters(`${tokens.name}.weight`, rows) }] };
  if (head.transposed || (hook && !hook.added)) return undefined;
  const added = hook?.added?.(g, head.name, rows);
  return {
    products: [{ rows, weight: parameters(`${head.name}.weight`, rows) }, ...(added ? [added] : [])],
    ...(head.bias ? { bias: parameters(`${head.name}.bias`) } : {}),
  };
}

/** Numbers of the rows with a label (N), and of the last, which has none: so that there is one, whatever the labels. */
export function learnedRows(g: GraphBuilder, labels: Value): Value {
  const last = g.op.sub(g.op.size(labels), 1);
  const isLast = g.op.equal(g.op.range(0, g.op.size(labels), 1), last);
  const wanted = g.op.or(g.op.not(g.op.equal(labels, IGNORE_INDEX)), isLast);
  const outputs = [{ type: 'int64', shape: [1, g.freshDimension()] }] as const;
  return g.op.reshape(g.node('NonZero', [wanted], { outputs })[0]!, [-1]);
}

/**
 * (B, N) of one number, to stand beside `like` (B, T); `count` is N in a list. Pad would do the same, but has no kernel for
 * integers on CUDA.
 */
export function columnsOf(g: GraphBuilder, like: Value, value: number, count: Value): Value {
  const shape = g.op.concat([g.op.shape(like, { start: 0, end: 1 }), count], 0);
  return g.op.expand(g.constant(like.type, value), shape);
}

/** A batch of rows that are at least as long as attention has blocks: tokens without labels are added at the right. */
function longEnough(g: GraphBuilder, batch: CausalBatch): CausalBatch {
  const { inputIds, labels, positions, segments } = batch;
  const T = inputIds.shape[1]!;
  if (typeof T === 'number' && T >= BLOCKS) return batch;
  const missing = g.op.max(g.op.sub(g.constant('int64', BLOCKS), sizeOf(g, inputIds, 1)), 0);
  const count = g.op.reshape(missing, [1]);
  const shape = [inputIds.shape[0]!, typeof T === 'number' ? BLOCKS : g.freshDimension()];
  const attributes = { axis: { kind: 'int', value: 1 } } as const;
  const pad = (x: Value, value: number): Value =>
    g.node('Concat', [x, columnsOf(g, x, value, count)], { attributes, outputs: [{ type: x.type, shape }] })[0]!;
  return {
    inputIds: pad(inputIds, 0),
    labels: pad(labels, IGNORE_INDEX),
    ...(positions ? { positions: pad(positions, 0) } : {}),
    ...(segments ? { segments: pad(segments, -1) } : {}),
  };
}

/** Σ −log softmax(logits)[label] over rows whose label is not {@link IGNORE_INDEX}. logits (N, V), labels (N). */
export function crossEntropySum(g: GraphBuilder, logits: Value, labels: Value): LossSum {
  const counts = g.op.not(g.op.equal(labels, IGNORE_INDEX));
  const weights = g.op.cast(counts, 'float32');
  const safe = g.op.where(counts, labels, g.constant(labels.type, 0));
  const picked = g.op.gatherElements(g.op.logSoftmax(logits), g.op.unsqueeze(safe, [1]), 1);
  const losses = g.op.mul(g.op.reshape(picked, [-1]), weights);
  return {
    lossSum: g.op.neg(g.op.reduceSum(losses, undefined, { keepDims: false })),
    targets: g.op.reduceSum(weights, undefined, { keepDims: false }),
  };
}
