import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GraphBuilder } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { absorbAnswer, type DecodeBatch, planRun, type RunShape } from './decode-batch.js';
import { buildDecodeGraph, cacheNames } from './decode-graph.js';
import type { DecodeRow } from './decode-row.js';
import { externalWeights } from './external-weights.js';
import { type Engine, resetCache } from './generator.js';

/** The tiny folders of `conformance/generation.py`. */
export const TINY_GENERATORS = ['llama', 'gpt2'] as const;

export interface GenerationGolden {
  readonly newTokens: number;
  readonly stop: number;
  readonly rows: readonly {
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly tokens: readonly number[];
    readonly text: string;
  }[];
  readonly options: {
    readonly prompt: string;
    readonly continuations: readonly string[];
    readonly logLikelihoods: readonly number[];
  };
}

export function generatorFixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/generation/${name}`, import.meta.url));
}

export async function generationGolden(name: string): Promise<GenerationGolden> {
  return JSON.parse(await readFile(`${generatorFixture(name)}/golden.json`, 'utf8')) as GenerationGolden;
}

export type DecodeEngine = Pick<Engine, 'session' | 'config'>;

/** A session of the decoding graph of a checkpoint. */
export async function openDecoder({ config, tensors }: Checkpoint, threads: number): Promise<DecodeEngine> {
  const g = new GraphBuilder();
  const { parameters, externalData } = await externalWeights(g, tensors);
  buildDecodeGraph(g, config, { parameters });
  return { config, session: await openSession(g.toBytes(), { threads, externalData }) };
}

/** What one run of {@link decodeRows} gave. */
export interface DecodedRun {
  readonly batch: DecodeBatch;
  readonly firstHealth: Float32Array;
  readonly nextHealth: Float32Array;
}

/** Decodes rows of ids without tokenizer or stop tokens; `arrivals[n]` join before run n. Tokens are left in the rows. */
export async function* decodeRows(
  engine: DecodeEngine,
  arrivals: readonly (readonly DecodeRow[])[],
  shape: RunShape,
): AsyncGenerator<DecodedRun> {
  await resetCache(engine);
  const keep: Record<string, string> = {};
  for (let layer = 0; layer < engine.config.layers; layer++) {
    const { keyIn, keyOut, valueIn, valueOut } = cacheNames(layer);
    Object.assign(keep, { [keyOut]: keyIn, [valueOut]: valueIn });
  }
  let running: DecodeRow[] = [];
  for (let run = 0; run < arrivals.length || running.length > 0; run++) {
    running.push(...(arrivals[run] ?? []));
    const batch = planRun(running, [], shape);
    const { first_tokens, first_health, next_tokens, next_health } = await engine.session.run(batch.feeds, { keep });
    const health = {
      firstHealth: first_health!.data as Float32Array,
      nextHealth: next_health!.data as Float32Array,
    };
    const tokens = { firstTokens: first_tokens!.data as Int32Array, nextTokens: next_tokens!.data as Int32Array };
    absorbAnswer(batch, { ...tokens, ...health }, new Set());
    yield { batch, ...health };
    running = running.filter(({ finish }) => finish === undefined);
  }
}
