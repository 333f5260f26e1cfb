import { LanguageModelError } from '../errors.js';
import { absorbAnswer, planRun } from './decode-batch.js';
import { cacheNames } from './decode-graph.js';
import { admission, type BatchLimits, type DecodeRow, newRow, reservedLength } from './decode-row.js';
import {
  type Engine,
  engineOf,
  type Generated,
  type GenerateOptions,
  type Generator,
  resetCache,
} from './generator.js';
import { promptTokens } from './prompt-tokens.js';

const DEFAULT_BATCH_TOKENS = 16_384;
const DEFAULT_BATCH_ROWS = 64;
/** Prompt tokens of a row that one run reads: bounds the attention scores, (rows, heads, read, cache + read). */
const READ_TOKENS = 128;

/**
 * Answers prompts greedily: at each step the most likely token, the lowest id on ties. Yields answers as rows finish,
 * with the prompt's index; rows that finish make room for waiting ones. An answer does not depend on the rows it is
 * computed with: masks and positions are each row's own, and sizes are padded so that sums keep their order.
 * @throws {LanguageModelError} `GENERATION_BUSY`, `GENERATION_OPTIONS_INVALID`, `GENERATION_PROMPT_EMPTY`,
 *   `GENERATION_NOT_FINITE` when the model computes NaN or infinity
 */
export async function* generate(
  generator: Generator,
  prompts: readonly string[],
  options: GenerateOptions,
): AsyncGenerator<Generated> {
  const engine = engineOf(generator);
  const { signal } = options;
  const maxNewTokens = checkCount('maxNewTokens', options.maxNewTokens);
  const limits = batchLimits(options);
  const stopIds = options.stopTokenIds ?? engine.stopTokenIds;
  const stops = new Set(stopIds);
  const shape = { steps: Math.max(1, Math.min(engine.stepsPerRun, maxNewTokens - 1)), readTokens: READ_TOKENS };
  acquire(engine);
  if (engine.otherWay) {
    try {
      return yield* engine.otherWay.generate(engine, prompts, options);
    } finally {
      engine.busy = false;
    }
  }
  try {
    const { waiting, truncated } = prepareRows(engine, prompts, options);
    let running: DecodeRow[] = [];
    while (running.length + waiting.length > 0) {
      signal?.throwIfAborted();
      running.push(...waiting.splice(0, admission(running, waiting, limits)));
      await decodeRun(engine, running, stopIds, stops, shape, signal);
      const finished = running.filter(({ finish }) => finish !== undefined);
      running = running.filter(({ finish }) => finish === undefined);
      for (const row of finished) yield toGenerated(engine, row, stops, truncated[row.index]!);
    }
  } finally {
    engine.busy = false;
    await resetCache(engine).catch(() => undefined); // a closed session holds no cache
  }
}

/** The bounds of a batch, checked. @throws {LanguageModelError} `GENERATION_OPTIONS_INVALID` */
export function batchLimits(options: GenerateOptions): BatchLimits {
  const { batchTokens = DEFAULT_BATCH_TOKENS, batchRows = DEFAULT_BATCH_ROWS } = options;
  return { batchTokens: checkCount('batchTokens', batchTokens), batchRows: checkCount('batchRows', batchRows) };
}

function acquire(engine: Engine): void {
  if (engine.busy) {
    throw new LanguageModelError(
      'GENERATION_BUSY',
      {
        what: 'This generator is already writing.',
        why: 'Its cache belongs to the call that is in progress.',
        fix: 'Finish or leave the loop over the first call, or open a second generator.',
      },
      { kind: 'usage' },
    );
  }
  engine.busy = true;
}

function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new LanguageModelError(
    'GENERATION_OPTIONS_INVALID',
    { what: `${name} cannot be ${value}.`, why: 'It is a number of tokens or rows.', fix: 'Give a whole number ≥ 1.' },
    { kind: 'usage' },
  );
}

/** All prompts as rows, the longest first: a batch that does not fit fails at the start, and neighbours are alike. */
function prepareRows(
  { tokenizer, config }: Engine,
  prompts: readonly string[],
  { maxNewTokens, doubleBos = false }: GenerateOptions,
): { waiting: DecodeRow[]; truncated: readonly number[] } {
  const { maxPositions } = config;
  const encoded = prompts.map((prompt) => promptTokens(tokenizer, prompt, { maxPositions, maxNewTokens, doubleBos }));
  const waiting = encoded.map(({ ids }, index) =>
    newRow(index, ids, Math.max(1, Math.min(maxNewTokens, maxPositions - ids.length))),
  );
  waiting.sort((a, b) => reservedLength(b) - reservedLength(a) || a.index - b.index);
  return { waiting, truncated: encoded.map(({ truncated }) => truncated) };
}

async function decodeRun(
  { session, config }: Engine,
  rows: readonly DecodeRow[],
  stopIds: readonly number[],
  stops: ReadonlySet<number>,
  shape: { readonly steps: number; readonly readTokens: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const batch = planRun(rows, stopIds, shape);
  const keep: Record<string, string> = {};
  for (let layer = 0; layer < config.layers; layer++) {
    const { keyIn, keyOut, valueIn, valueOut } = cacheNames(layer);
    keep[keyOut] = keyIn;
    keep[valueOut] = valueIn;
  }
  const answer = await session.run(batch.feeds, { keep, transfer: true, ...(signal === undefined ? {} : { signal }) });
  const broken = absorbAnswer(
    batch,
    {
      firstTokens: answer.first_tokens!.data as Int32Array,
      firstHealth: answer.first_health!.data as Float32Array,
      nextTokens: answer.next_tokens!.data as Int32Array,
      nextHealth: answer.next_health!.data as Float32Array,
    },
    stops,
  );
  if (broken.length > 0) throw notFinite(broken, rows.length);
}

/** Some of a batch's rows have numbers that mean nothing. */
export function notFinite(broken: readonly DecodeRow[], rows: number): LanguageModelError {
  return new LanguageModelError(
    'GENERATION_NOT_FINITE',
    {
      what: 'The model computes NaN or infinity.',
      why: `It did so in ${broken.length} of ${rows} rows, first for prompt ${broken[0]!.index}.`,
      fix: 'Its weights are damaged or the training diverged: look at the loss, and use an earlier checkpoint.',
    },
    { kind: 'numeric' },
  );
}

export function toGenerated(
  { tokenizer }: Engine,
  row: DecodeRow,
  stops: ReadonlySet<number>,
  truncated: number,
): Generated {
  const { index, tokens, prompt, finish = 'length' } = row;
  const text = finish === 'stop' && stops.has(tokens.at(-1)!) ? tokens.slice(0, -1) : tokens;
  return {
    index,
    response: tokenizer.decode(text, { skipSpecialTokens: true }),
    tokens,
    finish,
    promptTokens: prompt.length,
    truncatedTokens: truncated,
    promptTruncated: truncated > 0,
  };
}
