import { engineOf, type Generator } from './generator.js';
import { promptTokens } from './prompt-tokens.js';

export interface ScoreOptions {
  /** Compat: keep a begin-of-sequence token that the prompt's text brings along, too. */
  readonly doubleBos?: boolean;
  readonly signal?: AbortSignal;
}

export interface ScoredContinuation {
  /** Natural logarithm of the probability of the whole continuation, given the prompt. */
  readonly logLikelihood: number;
  readonly tokens: number;
}

/**
 * How likely a model finds each continuation of a prompt, without writing anything. A continuation is encoded on its own,
 * without special tokens: begin it with its space.
 */
export async function scoreContinuations(
  generator: Generator,
  prompt: string,
  continuations: readonly string[],
  { doubleBos = false, signal }: ScoreOptions = {},
): Promise<readonly ScoredContinuation[]> {
  const engine = engineOf(generator);
  const { tokenizer, config } = engine;
  const endings = continuations.map((text) => tokenizer.encode(text, { addSpecialTokens: false }).ids);
  const longest = Math.max(1, ...endings.map(({ length }) => length));
  const { ids } = promptTokens(tokenizer, prompt, {
    maxPositions: config.maxPositions,
    maxNewTokens: longest,
    doubleBos,
  });
  const T = ids.length + longest - 1; // the last token predicts nothing that is asked for
  const B = endings.length;
  const tokenIds = new Int32Array(B * T);
  const labels: number[] = [];
  const wanted: number[] = [];
  for (const [b, ending] of endings.entries()) {
    tokenIds.set(ids, b * T);
    tokenIds.set(ending.subarray(0, Math.max(0, ending.length - 1)), b * T + ids.length);
    for (const [i, id] of ending.entries()) {
      labels.push(id);
      wanted.push(b * T + ids.length - 1 + i);
    }
  }
  if (labels.length === 0) return endings.map(() => ({ logLikelihood: 0, tokens: 0 }));
  const session = await engine.scoreSession();
  const { log_likelihoods: scores } = await session.run(
    {
      token_ids: { type: 'int32', dims: [B, T], data: tokenIds },
      labels: { type: 'int32', dims: [labels.length], data: Int32Array.from(labels) },
      wanted: { type: 'int32', dims: [wanted.length], data: Int32Array.from(wanted) },
    },
    { transfer: true, ...(signal === undefined ? {} : { signal }) },
  );
  let next = 0;
  return endings.map(({ length }) => {
    let logLikelihood = 0;
    for (let i = 0; i < length; i++) logLikelihood += Number(scores!.data[next++]);
    return { logLikelihood, tokens: length };
  });
}
