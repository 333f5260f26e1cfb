import { readFile } from 'node:fs/promises';
import { nearest } from '@flanlab/errors';
import { type BaselineSpec, ENGLISH_BASELINES } from './data/baselines.js';
import { MODEL_LAYERS } from './data/layers.js';
import { BertScoreError } from './errors.js';
import type { PairScore } from './token-match.js';

/** What unrelated sentences score; rescaling maps it to 0 and leaves 1 where it is. */
export interface Baseline extends BaselineSpec {
  /** True for a baseline of one's own: the signature says so. */
  readonly custom: boolean;
}

/**
 * The layer bert_score uses for a model.
 * @throws {BertScoreError} `BERTSCORE_MODEL_UNKNOWN` when the model was never measured
 */
export function scoredLayer(model: string): number {
  if (Object.hasOwn(MODEL_LAYERS, model)) return MODEL_LAYERS[model as keyof typeof MODEL_LAYERS].layer;
  const near = nearest(model, Object.keys(MODEL_LAYERS));
  throw new BertScoreError(
    'BERTSCORE_MODEL_UNKNOWN',
    {
      what: `There is no known layer for the model "${model}".`,
      why: `It is not among the ${Object.keys(MODEL_LAYERS).length} models that bert_score measured.`,
      fix: near ? `Did you mean "${near}"? Otherwise name the layer yourself.` : 'Name the layer yourself.',
    },
    { kind: 'usage' },
  );
}

/**
 * The published English baseline of a model at its own layer.
 * @throws {BertScoreError} `BERTSCORE_BASELINE_MISSING` when none was published
 */
export function englishBaseline(model: string): Baseline {
  if (Object.hasOwn(ENGLISH_BASELINES, model)) {
    return { ...ENGLISH_BASELINES[model as keyof typeof ENGLISH_BASELINES], custom: false };
  }
  throw new BertScoreError('BERTSCORE_BASELINE_MISSING', {
    what: `There is no English baseline for the model "${model}".`,
    why: `bert_score published them for: ${Object.keys(ENGLISH_BASELINES).join(', ')}.`,
    fix: 'Leave rescaling off, or read a baseline file of your own with readBaseline.',
  });
}

const COLUMNS = 'LAYER,P,R,F';

/**
 * Reads one layer from a baseline file in bert_score's form: comma-separated columns LAYER, P, R, F.
 * @throws {BertScoreError} `BERTSCORE_BASELINE_INVALID` when the file has another form, or no such layer
 */
export async function readBaseline(path: string, layer: number): Promise<Baseline> {
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/u);
  const row = lines[0] === COLUMNS ? lines.slice(1).find((line) => Number(line.split(',')[0]) === layer) : undefined;
  const [, precision, recall, f1] = (row ?? '').split(',').map(Number);
  if (precision !== undefined && recall !== undefined && f1 !== undefined && [precision, recall, f1].every(isUsable)) {
    return { layer, precision, recall, f1, custom: true };
  }
  throw new BertScoreError('BERTSCORE_BASELINE_INVALID', {
    what: `"${path}" holds no baseline for layer ${layer}.`,
    why: row === undefined ? `Expected the header ${COLUMNS} and a row for the layer.` : `The row is "${row}".`,
    fix: `Give a file with the columns ${COLUMNS}, one row per layer, numbers below 1.`,
  });
}

const isUsable = (value: number): boolean => Number.isFinite(value) && value < 1;

/** (x - b) / (1 - b), each number with its own b: F1 is rescaled itself, not taken from the rescaled two. */
export function rescale(score: PairScore, baseline: BaselineSpec): PairScore {
  return {
    precision: (score.precision - baseline.precision) / (1 - baseline.precision),
    recall: (score.recall - baseline.recall) / (1 - baseline.recall),
    f1: (score.f1 - baseline.f1) / (1 - baseline.f1),
  };
}
