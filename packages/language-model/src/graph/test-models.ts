import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { type OnnxSession, openSession, type Tensor } from '@flanlab/onnx-session';
import { type Checkpoint, readCheckpoint } from '../checkpoint/read-checkpoint.js';

/** The tiny models of `conformance/language_model.py`. */
export const TINY_MODELS = [
  'tiny-llama',
  'tiny-llama-biased',
  'tiny-llama-dynamic',
  'tiny-llama-longrope',
  'tiny-llama-yarn',
  'tiny-gpt2',
  'tiny-gpt2-by-layer',
  'tiny-qwen2',
  'tiny-qwen2-window',
  'tiny-mistral',
  'tiny-mistral-window',
  'tiny-neox',
  'tiny-neox-sequential',
  'tiny-falcon-7b',
  'tiny-falcon-11b',
  'tiny-falcon-40b',
  'tiny-falcon-sequential',
  'tiny-falcon-rw',
  'tiny-opt',
  'tiny-opt-350m',
  'tiny-opt-plain',
] as const;

/**
 * Those that an exported graph computes as a whole row: not those whose angles depend on a row's length, where tokens that
 * come with a cache get others, nor ALiBi, which is not exported.
 */
export const PIECEWISE_MODELS = TINY_MODELS.filter((name) => !/-(dynamic|longrope|rw)$/u.test(name));

export interface Golden {
  readonly lengths: readonly number[];
  readonly inputIds: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
  /** Of the real tokens of each row, flat. */
  readonly logits: readonly (readonly number[])[];
  readonly lossSum: number;
  readonly targets: number;
  readonly prompt: readonly number[];
  readonly greedy: readonly number[];
  /** What is written after each row of the batch. */
  readonly greedyRows: readonly (readonly number[])[];
  /** Of row 0 with the adapter in `adapter/`. */
  readonly adaptedLogits: readonly number[];
}

export function fixture(...path: readonly string[]): string {
  return fileURLToPath(new URL(`../../fixtures/${path.join('/')}`, import.meta.url));
}

export async function loadTiny(name: string): Promise<{ checkpoint: Checkpoint; golden: Golden }> {
  const checkpoint = await readCheckpoint(fixture(name));
  return { checkpoint, golden: JSON.parse(await readFile(fixture(name, 'golden.json'), 'utf8')) as Golden };
}

export function int32(rows: readonly (readonly number[])[]): Tensor {
  return { type: 'int32', dims: [rows.length, rows[0]?.length ?? 0], data: Int32Array.from(rows.flat()) };
}

/** The rows of the golden batch end to end in one, as `causalLoss` takes packed rows. */
export function packed({ lengths, inputIds, labels }: Golden): Record<string, Tensor> {
  const rows = lengths.map((length, row) => inputIds[row]!.slice(0, length));
  return {
    inputIds: int32([rows.flat()]),
    labels: int32([lengths.flatMap((length, row) => labels[row]!.slice(0, length).with(0, -100))]),
    positions: int32([rows.flatMap((ids) => ids.map((_, t) => t))]),
    segments: int32([rows.flatMap((ids, row) => ids.map(() => row + 1))]),
  };
}

type Build = (g: GraphBuilder, parameters: (name: string) => Value) => Readonly<Record<string, Value>>;

/** A session of a graph on a checkpoint's weights. */
export async function openGraph(checkpoint: Checkpoint, build: Build): Promise<OnnxSession> {
  const g = new GraphBuilder({ name: 'test' });
  const parameters = new Map<string, Value>();
  for (const [name, tensor] of checkpoint.tensors) {
    const data = await tensor.float32();
    parameters.set(name, g.initializer(name, { type: 'float32', shape: [...tensor.shape], data }));
  }
  const outputs = build(g, (name) => parameters.get(name)!);
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
  return openSession(g.toBytes(), { threads: 1 });
}

/** Builds a graph on a checkpoint's weights, runs it once and returns its outputs. */
export async function runGraph(
  checkpoint: Checkpoint,
  feeds: Readonly<Record<string, Tensor>>,
  build: Build,
): Promise<Record<string, Tensor>> {
  await using session = await openGraph(checkpoint, build);
  return session.run(feeds);
}

/** Largest absolute difference of two lists of numbers. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]! - b[i]!));
  return max;
}
