import type { Tensor } from '@flanlab/onnx-session';
import type { Engine } from '../generation/generator.js';
import { promptTokens } from '../generation/prompt-tokens.js';
import type { ScoredContinuation, ScoreOptions } from '../generation/score-continuations.js';
import { encoderIds } from './answer.js';

const DEFAULT_BATCH_TOKENS = 16_384;

/** How likely each continuation is as (the begin of) what the decoder writes to a prompt; see `scoreContinuations`. */
export async function scoreSeq2Seq(
  engine: Engine,
  prompt: string,
  continuations: readonly string[],
  { batchTokens = DEFAULT_BATCH_TOKENS, doubleBos = false, signal }: ScoreOptions,
): Promise<readonly ScoredContinuation[]> {
  const { tokenizer } = engine;
  const endings = continuations.map((text) => tokenizer.encode(text, { addSpecialTokens: false }).ids);
  const longest = Math.max(1, ...endings.map(({ length }) => length));
  const whole = { maxPositions: Number.POSITIVE_INFINITY, maxNewTokens: longest, doubleBos };
  const { ids } = promptTokens(tokenizer, prompt, whole);
  const rows = Math.max(1, Math.floor(batchTokens / (ids.length + longest)));
  const scored: ScoredContinuation[] = [];
  for (let start = 0; start < endings.length; start += rows) {
    signal?.throwIfAborted();
    scored.push(...(await scoreGroup(engine, ids, endings.slice(start, start + rows), signal)));
  }
  return scored;
}

async function scoreGroup(
  engine: Engine,
  prompt: Int32Array,
  endings: readonly Int32Array[],
  signal: AbortSignal | undefined,
): Promise<readonly ScoredContinuation[]> {
  const B = endings.length;
  const T = Math.max(1, ...endings.map(({ length }) => length));
  const decoderIds = new Int32Array(B * T);
  const labels: number[] = [];
  const wanted: number[] = [];
  for (const [b, ending] of endings.entries()) {
    decoderIds[b * T] = engine.config.encoderDecoder!.startId;
    decoderIds.set(ending.subarray(0, Math.max(0, ending.length - 1)), b * T + 1);
    for (const [i, id] of ending.entries()) {
      labels.push(id);
      wanted.push(b * T + i);
    }
  }
  if (labels.length === 0) return endings.map(() => ({ logLikelihood: 0, tokens: 0 }));
  const list = (data: ArrayLike<number>): Tensor => ({
    type: 'int32',
    dims: [data.length],
    data: Int32Array.from(data),
  });
  const feeds = {
    input_ids: encoderIds(
      endings.map(() => prompt),
      B,
    ),
    decoder_ids: { type: 'int32', dims: [B, T], data: decoderIds },
    labels: list(labels),
    wanted: list(wanted),
  } as const;
  const session = await engine.scoreSession();
  const { log_likelihoods: scores } = await session.run(feeds, signal === undefined ? {} : { signal });
  let next = 0;
  return endings.map(({ length }) => {
    let logLikelihood = 0;
    for (let i = 0; i < length; i++) logLikelihood += Number(scores!.data[next++]);
    return { logLikelihood, tokens: length };
  });
}
