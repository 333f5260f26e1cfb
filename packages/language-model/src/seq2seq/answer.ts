import type { Tensor } from '@flanlab/onnx-session';
import { type BatchLimits, type DecodeRow, newRow, reservedLength } from '../generation/decode-row.js';
import { batchLimits, notFinite, toGenerated } from '../generation/generate.js';
import type { Engine, Generated, GenerateOptions } from '../generation/generator.js';
import { promptTokens } from '../generation/prompt-tokens.js';

// As in decoding: sizes that keep a row's numbers in their place in the vector lanes, whatever its neighbours are.
const READ_ALIGNMENT = 16;
const LEAST_ROWS = 2;

/** Id of padding in what an encoder reads. */
export const PADDING = -1;

/**
 * Answers prompts greedily, as `generate` does for causal models: one run a batch, in which the encoder reads once.
 * Texts are read whole, however long: distances have no end.
 */
export async function* generateSeq2Seq(
  engine: Engine,
  prompts: readonly string[],
  options: GenerateOptions,
): AsyncGenerator<Generated> {
  const { maxNewTokens, doubleBos = false, signal } = options;
  const stopIds = options.stopTokenIds ?? engine.stopTokenIds;
  const stops = new Set(stopIds);
  const whole = { maxPositions: Number.POSITIVE_INFINITY, maxNewTokens, doubleBos };
  const rows = prompts.map((prompt, index) =>
    newRow(index, promptTokens(engine.tokenizer, prompt, whole).ids, maxNewTokens),
  );
  rows.sort((a, b) => reservedLength(b) - reservedLength(a) || a.index - b.index);
  for (const batch of batches(rows, batchLimits(options))) {
    signal?.throwIfAborted();
    const feeds = answerFeeds(batch, stopIds);
    const answer = await engine.session.run(feeds, {
      transfer: true,
      ...(signal === undefined ? {} : { signal }),
    });
    enterAnswer(batch, answer.tokens!.data as Int32Array, answer.health!.data as Float32Array, stops);
    for (const row of batch) yield toGenerated(engine, row, stops, 0);
  }
}

/** Rows in the order given, in batches within the limits; a row that exceeds them alone is a batch of its own. */
function* batches(rows: readonly DecodeRow[], { batchTokens, batchRows }: BatchLimits): Generator<DecodeRow[]> {
  let batch: DecodeRow[] = [];
  for (const row of rows) {
    const longest = reservedLength(batch[0] ?? row);
    if (batch.length > 0 && (batch.length === batchRows || (batch.length + 1) * longest > batchTokens)) {
      yield batch;
      batch = [];
    }
    batch.push(row);
  }
  if (batch.length > 0) yield batch;
}

function answerFeeds(rows: readonly DecodeRow[], stopIds: readonly number[]): Record<string, Tensor> {
  const B = Math.max(LEAST_ROWS, rows.length);
  const budget = new Int32Array(B);
  for (const [b, { limit }] of rows.entries()) budget[b] = limit;
  // -1 is no token: the list is never empty.
  const stop = Int32Array.from(stopIds.length === 0 ? [-1] : stopIds);
  return {
    input_ids: encoderIds(
      rows.map(({ prompt }) => prompt),
      B,
    ),
    budget: { type: 'int32', dims: [B], data: budget },
    stop_ids: { type: 'int32', dims: [stop.length], data: stop },
    steps: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(Math.max(...budget))) },
  };
}

/** Texts as an encoder reads them, (rows, S): padded at the right, and with rows of padding. */
export function encoderIds(texts: readonly Int32Array[], rows: number): Tensor {
  const longest = Math.max(1, ...texts.map(({ length }) => length));
  const S = Math.ceil(longest / READ_ALIGNMENT) * READ_ALIGNMENT;
  const data = new Int32Array(rows * S).fill(PADDING);
  for (const [b, ids] of texts.entries()) data.set(ids, b * S);
  return { type: 'int32', dims: [rows, S], data };
}

/** Enters (turns, B) tokens into their rows, up to a stop token or the limit. */
function enterAnswer(
  rows: readonly DecodeRow[],
  tokens: Int32Array,
  health: Float32Array,
  stops: ReadonlySet<number>,
): void {
  const B = Math.max(LEAST_ROWS, rows.length);
  const broken = new Set<DecodeRow>();
  for (const [b, row] of rows.entries()) {
    for (let place = b; place < tokens.length && row.finish === undefined; place += B) {
      if (!Number.isFinite(health[place]!)) broken.add(row);
      row.tokens.push(tokens[place]!);
      if (stops.has(tokens[place]!)) row.finish = 'stop';
      else if (row.tokens.length >= row.limit) row.finish = 'length';
    }
  }
  if (broken.size > 0) throw notFinite([...broken], rows.length);
}
