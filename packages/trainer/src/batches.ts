import type { Tensor } from '@flanlab/onnx-session';
import { maskTokens } from './mask-tokens.js';
import type { Recipe } from './recipe.js';
import { epochOrder } from './row-order.js';
import { countSteps } from './schedule.js';
import { IGNORE_INDEX, type TokenisedRow, tokenCount } from './tokenise.js';

/** Rows of one optimizer step, cut into the batches that are accumulated. */
export type StepWindow = readonly (readonly TokenisedRow[])[];

/** Which rows each step sees: a function of the step alone, so that a run can start anywhere. */
export interface BatchPlan {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Rows of an optimizer step, counted from 0. */
  window(step: number): StepWindow;
}

export type BatchRecipe = Pick<
  Recipe,
  'batchSize' | 'gradientAccumulation' | 'epochs' | 'maxSteps' | 'seed' | 'groupByLength' | 'objective' | 'maskedShare'
>;

/** What the masked objective needs to know about the vocabulary. */
export interface MaskVocabulary {
  readonly maskId: number;
  readonly vocabSize: number;
  /** Ids that are never hidden. */
  readonly specialIds: ReadonlySet<number>;
}

/** Plans all batches of a run. For the masked objective each row is hidden anew in each epoch. */
export function planBatches(
  rows: readonly TokenisedRow[],
  recipe: BatchRecipe,
  vocabulary?: MaskVocabulary,
): BatchPlan {
  const { batchSize, gradientAccumulation, seed, groupByLength, objective } = recipe;
  const { stepsPerEpoch, totalSteps } = countSteps(rows.length, recipe);
  const windowSize = batchSize * gradientAccumulation;
  const lengths = rows.map(({ ids }) => ids.length);
  let orderEpoch = -1;
  let order: readonly number[] = [];
  return {
    totalSteps,
    stepsPerEpoch,
    window(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (epoch !== orderEpoch) {
        order = epochOrder(lengths, { seed, epoch, groupByLength, windowSize });
        orderEpoch = epoch;
      }
      const start = (step % stepsPerEpoch) * windowSize;
      const places = order.slice(start, start + windowSize);
      const picked = places.map((place) => {
        const row = rows[place]!;
        if (objective !== 'masked' || vocabulary === undefined) return row;
        return maskTokens(row, { ...vocabulary, share: recipe.maskedShare, seed, epoch });
      });
      const batches: TokenisedRow[][] = [];
      for (let i = 0; i < picked.length; i += batchSize) batches.push(picked.slice(i, i + batchSize));
      return batches;
    },
  };
}

/** Planes of a batch: ids and labels; of packed rows also segments and positions. */
export const PLANES = 2;
export const PACKED_PLANES = 4;

/** Tensors of K steps; shapes in letters: A batches of a step, B rows of a batch, T tokens of a row. */
export interface CollatedSteps {
  /**
   * (K, A, 2, B, T) int32, padded on the right: ids, then labels (`IGNORE_INDEX` on padding and on what is not
   * learned). One tensor, so that the graph cuts both with one operator. Packed rows have four planes: also the number
   * of each token's document in its row (-1 on padding), and its place in it.
   */
  readonly tokens: Tensor;
  /** (K, A, 2) int64: how many rows and tokens of each batch are not padding, at least 1. */
  readonly sizes: Tensor;
  /** (K) int64: batches of each step, at most A. */
  readonly batches: Tensor;
  /** Of each step, for the loss and the logs. */
  readonly targets: readonly number[];
  /** Tokens of each step that are not padding. */
  readonly tokenCounts: readonly number[];
}

/**
 * Right-pads K steps to one block. The graph cuts each batch to its own size again, so a short step costs only itself.
 */
export function collateSteps(windows: readonly StepWindow[], padId: number): CollatedSteps {
  const K = windows.length;
  const batches = windows.flat();
  const A = Math.max(...windows.map((window) => window.length));
  const B = Math.max(...batches.map((batch) => batch.length));
  const T = Math.max(...batches.flat().map(rowWidth));
  // int32 although tokenizers give int64: Gather takes both, and filling with BigInt took six times as long.
  const planes = batches.some((batch) => batch.some(({ lengths }) => lengths !== undefined)) ? PACKED_PLANES : PLANES;
  const tokens = new Int32Array(K * A * planes * B * T);
  const sizes = new BigInt64Array(K * A * 2).fill(1n);
  for (let place = 0; place < K * A; place++) {
    const start = place * planes * B * T;
    tokens.fill(padId, start, start + B * T);
    tokens.fill(IGNORE_INDEX, start + B * T, start + 2 * B * T);
    if (planes === PACKED_PLANES) tokens.fill(-1, start + 2 * B * T, start + 3 * B * T);
    const batch = windows[Math.floor(place / A)]![place % A];
    if (batch === undefined) continue;
    sizes[2 * place] = BigInt(batch.length);
    sizes[2 * place + 1] = BigInt(Math.max(...batch.map(rowWidth)));
    for (const [b, row] of batch.entries()) {
      tokens.set(row.ids, start + b * T);
      tokens.set(row.labels, start + (B + b) * T);
      if (planes === PACKED_PLANES) {
        setDocuments(tokens, row, start + (2 * B + b) * T, start + (3 * B + b) * T);
      }
    }
  }
  const sum = (window: StepWindow, of: (row: TokenisedRow) => number): number =>
    window.flat().reduce((total, row) => total + of(row), 0);
  return {
    tokens: { type: 'int32', dims: [K, A, planes, B, T], data: tokens },
    sizes: { type: 'int64', dims: [K, A, 2], data: sizes },
    batches: { type: 'int64', dims: [K], data: BigInt64Array.from(windows, (window) => BigInt(window.length)) },
    targets: windows.map((window) => sum(window, ({ targets }) => targets)),
    tokenCounts: windows.map((window) => sum(window, tokenCount)),
  };
}

/** Columns that a row takes: those of an encoder-decoder have ids and labels of different lengths. */
const rowWidth = ({ ids, labels }: TokenisedRow): number => Math.max(ids.length, labels.length);

/** Writes the documents' numbers and their tokens' places of one row, (T) each. */
function setDocuments(
  tokens: Int32Array,
  { ids, lengths = [ids.length] }: TokenisedRow,
  segments: number,
  positions: number,
): void {
  let start = 0;
  for (const [document, length] of lengths.entries()) {
    tokens.fill(document, segments + start, segments + start + length);
    for (let t = 0; t < length; t++) tokens[positions + start + t] = t;
    start += length;
  }
}
