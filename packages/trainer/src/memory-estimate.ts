import { type ModelConfig, weightParts } from '@flanlab/language-model';
import { ELEMENT_TYPES } from '@flanlab/onnx-session';
import { likelyConstants } from './constant-weights.js';
import { TrainerError } from './errors.js';
import { asEncoded, type InputParameter } from './frozen-weights.js';
import { fitObjective } from './objective.js';
import type { StoredWeight } from './quantization.js';
import type { Recipe } from './recipe.js';
import { KEPT_ATTENTION_TOKENS, trainingSetup } from './trainee.js';
import type { ParameterShape } from './training-graph.js';

/** Bytes by what takes them. */
export interface MemoryParts {
  readonly weights: number;
  readonly gradients: number;
  /** Adam's two moments. */
  readonly moments: number;
  /** What the forward pass of one batch keeps for the backward pass. */
  readonly activations: number;
  /** Scores of the vocabulary for the tokens of one batch, and their gradients. */
  readonly logits: number;
  /** Copies while a checkpoint is written. */
  readonly saving: number;
  /** What measuring the loss on other rows adds. */
  readonly evaluation: number;
  /** The program and its runtime. */
  readonly program: number;
}

export interface MemoryEstimate {
  /** Peak of the process: the sum of the parts. */
  readonly totalBytes: number;
  readonly parts: MemoryParts;
  /** The largest batch that was reckoned with. */
  readonly batch: { readonly rows: number; readonly tokens: number };
}

export interface MemoryOptions {
  readonly longest?: number;
  readonly stored?: ReadonlyMap<string, StoredWeight>;
  /** Whether rows are evaluated on; if the recipe says when, unless told otherwise. */
  readonly evaluates?: boolean;
}

const FLOAT = 4;
const MIB = 2 ** 20;

/**
 * How often the peak holds a thing, as `benchmarks/memory` found it in processes of 230 MiB to 1.9 GiB, which the estimate
 * meets within a sixth: `node benchmarks/memory/run.mjs` shows each. Full training holds parameters, gradients and moments
 * twelve times the size of the parameters: where ONNX Runtime and the optimizer have them, and copies while saving. Constants
 * are in memory as their file has them, and packed for the forward and the backward pass.
 */
const COPIES = { trained: 3, gradients: 2, moments: 2, saved: 1, constant: 3, fed: 1.3, logits: 4 } as const;

/** Floats that a token keeps in a block, by the widths of what is computed of it. */
const KEPT = {
  width: 4.2,
  projections: 2.1,
  inner: 1.6,
  dropped: 2,
  scores: 3,
  biasedScores: 6,
  attention: 1,
} as const;

/** Float32 values of weights that were read to be quantised, until their memory comes back. */
const UNCOLLECTED = 48 * MIB;

/** Logits are there in chunks of at most so many, and the scores of attention for so many queries. */
const CHUNK_ELEMENTS = 2 ** 22;
const QUERY_BLOCK = 256;

/**
 * What a training run on the CPU needs at its peak, from shapes alone: before anything is loaded. All tokens are taken to
 * be learned.
 * @param longest tokens of the longest row; the recipe's `maxLength` when left out
 * @param stored the weights of the model folder, whose types frozen ones keep; float32 when left out
 */
export function estimateMemory(
  config: ModelConfig,
  recipe: Recipe,
  { longest = recipe.maxLength, stored, evaluates = recipe.evalEvery > 0 }: MemoryOptions = {},
): MemoryEstimate {
  const { trained, frozen } = trainingSetup(config, recipe, '', stored);
  const constants = likelyConstants(frozen, stored);
  const fed = frozen.filter((parameter) => !constants.includes(parameter));
  const encoded = fed.filter(({ encoding }) => encoding !== undefined && encoding.kind !== 'float32');
  const learned = FLOAT * count(trained);
  const rows = recipe.batchSize;
  const tokens = Math.min(longest, recipe.maxLength);
  const logits = COPIES.logits * FLOAT * Math.min(rows * tokens * config.vocabularySize, CHUNK_ELEMENTS);
  const parts: MemoryParts = {
    weights:
      COPIES.trained * learned +
      COPIES.constant * bytesOf(constants) +
      COPIES.fed * bytesOf(fed) +
      Math.min(FLOAT * count(encoded), UNCOLLECTED),
    gradients: COPIES.gradients * learned,
    moments: COPIES.moments * 2 * learned,
    activations: FLOAT * rows * tokens * floatsOfToken(config, recipe, tokens),
    logits,
    saving: COPIES.saved * 3 * learned,
    // The file is mapped once more, and its pages count again.
    evaluation: evaluates ? bytesOf(constants) + logits : 0,
    program: 166 * MIB,
  };
  const totalBytes = Object.values(parts).reduce((sum: number, bytes: number) => sum + bytes, 0);
  return { totalBytes, parts, batch: { rows, tokens } };
}

/** Blocks that a token passes; those of a decoder behind an encoder count whole, though its rows are often shorter. */
const layersOf = ({ layers, encoderDecoder }: ModelConfig): number => layers + (encoderDecoder?.decoderLayers ?? 0);

/**
 * What one token keeps, over all blocks. With gradient checkpointing each block keeps what comes into it, and one at a time
 * all of it. Decoders and encoder-decoders keep the weights of attention of short rows, and of long ones have scores of one block of
 * queries at a time; encoders have all of theirs.
 */
function floatsOfToken(config: ModelConfig, recipe: Recipe, tokens: number): number {
  const { width, heads, keyValueHeads, headWidth, innerWidth, gated } = config;
  const projections = (heads + 2 * keyValueHeads) * headWidth;
  const inner = innerWidth * (gated ? 2 : 1);
  // Every layer that an adapter changes keeps its input as dropout left it: at most those of all layers.
  const drops = recipe.lora !== undefined && recipe.lora.dropout > 0;
  const dropped = drops ? (gated ? 6 : 5) * width + innerWidth : 0;
  const { objective } = fitObjective(recipe, config);
  const isShort = tokens <= KEPT_ATTENTION_TOKENS;
  const inBlocks = objective === 'causal' || (objective === 'seq2seq' && !isShort);
  const kept = objective === 'causal' ? KEPT.attention : KEPT.scores;
  const block =
    KEPT.width * width +
    KEPT.projections * projections +
    KEPT.inner * inner +
    KEPT.dropped * dropped +
    droppedInside(config, recipe, isShort ? heads * tokens : 0) +
    (isShort || !inBlocks ? kept * heads * tokens : 0);
  const held = objective === 'seq2seq' ? KEPT.biasedScores : KEPT.scores;
  const scores = inBlocks ? held * heads * Math.min(tokens, QUERY_BLOCK) : 0;
  const layers = layersOf(config);
  return scores + (recipe.gradientCheckpointing ? layers * width + block : layers * block);
}

/** What dropout inside an encoder-decoder keeps: a byte for each element, and inner activations and weights once more. */
function droppedInside({ encoderDecoder, width, innerWidth }: ModelConfig, recipe: Recipe, weights: number): number {
  if (encoderDecoder === undefined || (recipe.dropout ?? encoderDecoder.dropout) === 0) return 0;
  return (3 * width + innerWidth + weights) / FLOAT + innerWidth + weights;
}

/**
 * The estimate of a run, if it fits.
 * @throws {TrainerError} `TRAINER_MEMORY_SHORT`, with settings that would fit
 */
export function checkMemory(
  config: ModelConfig,
  recipe: Recipe,
  { limitBytes = Number.POSITIVE_INFINITY, ...options }: MemoryOptions & { readonly limitBytes?: number | undefined },
): MemoryEstimate {
  const estimate = estimateMemory(config, recipe, options);
  if (estimate.totalBytes <= limitBytes) return estimate;
  const { rows, tokens } = estimate.batch;
  const largest = Object.entries(estimate.parts)
    .filter(([, bytes]) => bytes > 0)
    .sort(([, a], [, b]) => b - a);
  throw new TrainerError(
    'TRAINER_MEMORY_SHORT',
    {
      what: `Training would need about ${size(estimate.totalBytes)} of memory; there are ${size(limitBytes)}.`,
      why: `With batches of ${rows} rows of ${tokens} tokens: ${largest.map(([name, bytes]) => `${name} ${size(bytes)}`).join(', ')}.`,
      fix: memoryAdvice(config, recipe, { ...options, limitBytes }),
    },
    { kind: 'environment' },
  );
}

/** What would make a run fit that does not, as sentences. */
export function memoryAdvice(
  config: ModelConfig,
  recipe: Recipe,
  { limitBytes, ...options }: MemoryOptions & { readonly limitBytes: number },
): string {
  const { totalBytes } = estimateMemory(config, recipe, options);
  const advice = smallerRecipes(recipe)
    .map(([name, smaller]) => [name, estimateMemory(config, smaller, options).totalBytes] as const)
    .filter(([, bytes]) => bytes < totalBytes)
    .map(([name, bytes]) => `${name} needs ${size(bytes)}${bytes <= limitBytes ? '' : ', still too much'}`);
  return advice.length === 0 ? 'Take a smaller model, or a machine with more memory.' : `${advice.join('; ')}.`;
}

/** What a user can change, each on top of those before: first what leaves the result as it is. */
function smallerRecipes(recipe: Recipe): readonly (readonly [name: string, recipe: Recipe])[] {
  const { batchSize, gradientAccumulation, maxLength, method, objective } = recipe;
  const accumulated = batchSize * gradientAccumulation;
  const lora = { rank: 16, alpha: 16, dropout: 0, targetModules: ['all-linear'] };
  const half = Math.max(2, Math.floor(maxLength / 2));
  const changes: readonly (readonly [name: string, applies: boolean, change: Partial<Recipe>])[] = [
    [
      `batchSize: 1 with gradientAccumulation: ${accumulated}`,
      batchSize > 1,
      { batchSize: 1, gradientAccumulation: accumulated },
    ],
    [
      'gradientCheckpointing: true',
      objective === 'causal' && !recipe.gradientCheckpointing,
      { gradientCheckpointing: true },
    ],
    ['method: lora', method === 'full', { method: 'lora', lora }],
    [`maxLength: ${half}`, true, { maxLength: half }],
  ];
  let smaller = recipe;
  const wanted = changes.filter(([, applies]) => applies);
  return wanted.map(([name, , change], i) => {
    smaller = { ...smaller, ...change };
    return [i === 0 ? name : `${name} as well`, smaller];
  });
}

function size(bytes: number): string {
  return bytes < 1024 * MIB ? `${Math.ceil(bytes / MIB)} MiB` : `${(bytes / (1024 * MIB)).toFixed(1)} GiB`;
}

/** Of frozen weights as they lie in memory, which may be quantised. */
const bytesOf = (parameters: readonly InputParameter[]): number =>
  parameters
    .flatMap((parameter) => weightParts(asEncoded(parameter)))
    .reduce((total, { type, shape }) => total + ELEMENT_TYPES[type].BYTES_PER_ELEMENT * count([{ shape }]), 0);

const count = (shapes: readonly Pick<ParameterShape, 'shape'>[]): number =>
  shapes.reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), 0);
