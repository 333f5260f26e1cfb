import { nearest, type Problem, problemList } from '@flanlab/errors';
import { TrainerError } from './errors.js';
import { SCHEDULES, type ScheduleName } from './schedule.js';

/** Low-rank adaptation: y = W·x + (alpha / rank) · B·A·dropout(x), only A and B learn. @see arXiv:2106.09685 */
export interface LoraRecipe {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Module names, or their last parts; `['all-linear']` takes every linear layer but the output layer. */
  readonly targetModules: readonly string[];
}

/** Ends training after `patience` evaluations in a row that are not better than the best by more than `threshold`. */
export interface EarlyStopping {
  readonly patience: number;
  readonly threshold: number;
}

/** Everything that decides what a training run computes, and how often it reports. */
export interface Recipe {
  /** `full` trains every parameter, `lora` an adapter on frozen ones. */
  readonly method: 'full' | 'lora';
  /** `causal` predicts the next token, `masked` the tokens that were hidden (encoders). */
  readonly objective: 'causal' | 'masked';
  /** Which tokens enter the loss: all, or only those of the row's label span. */
  readonly target: 'all' | 'completion';
  readonly lora?: LoraRecipe;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Share of all steps with a rising rate, rounded up. */
  readonly warmupRatio: number;
  readonly epochs: number;
  /** Stops after so many optimizer steps; wins over epochs. */
  readonly maxSteps?: number;
  readonly batchSize: number;
  /** Batches of one optimizer step. The loss is a mean over all targets of all of them. */
  readonly gradientAccumulation: number;
  /** Tokens of a row; what comes after is cut off. */
  readonly maxLength: number;
  readonly groupByLength: boolean;
  /**
   * Puts several short rows into one of up to `maxLength` tokens. They do not see each other and their positions
   * restart, so that gradients are those of the rows alone; a batch then is `batchSize` packed rows.
   */
  readonly packing: boolean;
  readonly weightDecay: number;
  readonly adam: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };
  readonly maxGradNorm: number;
  readonly seed: number;
  /** Steps between two rows of metrics; below 1 a share of all steps; 0 means never. The same for the next two. */
  readonly logEvery: number;
  readonly evalEvery: number;
  readonly saveEvery: number;
  /**
   * Checkpoints kept; at least 2, so that a damaged one has a predecessor. With `loadBest` the best one is among them,
   * however old it is.
   */
  readonly keepCheckpoints: number;
  /** Ends with the parameters of the best evaluation instead of the last; the default is to take the last. */
  readonly loadBest: boolean;
  /** What decides which evaluation is best: `loss`, or a name that the caller's `evaluate` gives. */
  readonly bestMetric: string;
  /** Whether a larger value of it is better. */
  readonly greaterIsBetter: boolean;
  readonly earlyStopping?: EarlyStopping;
  /** Optimizer steps in one call of the runtime: more is faster and answers later. */
  readonly stepsPerRun: number;
  /** Rows of which no target is left after cutting. */
  readonly rowsWithoutTarget: 'drop' | 'refuse';
  /** A row whose text brings its own beginning-of-sequence token: `avoid` a second one, or `keep` it as the reference does. */
  readonly doubleBos: 'avoid' | 'keep';
  /** Adds an end-of-sequence token to rows that lack one, so that the model learns to stop. */
  readonly appendEos: boolean;
  /** Share of tokens hidden by the masked objective. */
  readonly maskedShare: number;
}

/** Defaults: the reference's settings where it has them, else those of transformers. */
export const DEFAULT_RECIPE: Recipe = {
  method: 'full',
  objective: 'causal',
  target: 'all',
  learningRate: 5e-5,
  schedule: 'linear',
  warmupRatio: 0.03,
  epochs: 1,
  batchSize: 8,
  gradientAccumulation: 1,
  maxLength: 4096,
  groupByLength: true,
  packing: false,
  weightDecay: 0,
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  maxGradNorm: 1,
  seed: 42,
  logEvery: 0.1,
  evalEvery: 0.1,
  saveEvery: 0.2,
  keepCheckpoints: 2,
  loadBest: false,
  bestMetric: 'loss',
  greaterIsBetter: false,
  stepsPerRun: 8,
  rowsWithoutTarget: 'drop',
  doubleBos: 'avoid',
  appendEos: true,
  maskedShare: 0.15,
};

/** Defaults of `recipe.lora`; the target modules depend on the model family, see `defaultLoraTargets`. */
export const DEFAULT_LORA: LoraRecipe = { rank: 64, alpha: 16, dropout: 0.1, targetModules: [] };

/** Defaults of `recipe.earlyStopping`. */
const DEFAULT_EARLY_STOPPING: EarlyStopping = { patience: 1, threshold: 0 };

type Check = (value: unknown) => string | undefined;

const count =
  (minimum: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= minimum
      ? undefined
      : `must be a whole number from ${minimum} up`;
const between =
  (low: number, high: number): Check =>
  (value) =>
    typeof value === 'number' && value >= low && value <= high ? undefined : `must be a number from ${low} to ${high}`;
const positive: Check = (value) =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? undefined : 'must be a number above 0';
const notNegative: Check = (value) =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? undefined : 'must be a number from 0 up';
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const oneOf =
  (...names: readonly string[]): Check =>
  (value) => {
    if (names.includes(value as string)) return undefined;
    const near = typeof value === 'string' ? nearest(value, names) : undefined;
    return `must be one of ${names.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
  };
const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'must be a name');
const texts: Check = (value) =>
  Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '')
    ? undefined
    : 'must be a list of module names';

const CHECKS = {
  method: oneOf('full', 'lora'),
  objective: oneOf('causal', 'masked'),
  target: oneOf('all', 'completion'),
  learningRate: notNegative,
  schedule: oneOf(...Object.keys(SCHEDULES)),
  warmupRatio: between(0, 1),
  epochs: positive,
  maxSteps: count(1),
  batchSize: count(1),
  gradientAccumulation: count(1),
  maxLength: count(2),
  groupByLength: flag,
  packing: flag,
  weightDecay: notNegative,
  maxGradNorm: positive,
  seed: count(0),
  logEvery: notNegative,
  evalEvery: notNegative,
  saveEvery: notNegative,
  keepCheckpoints: count(2),
  loadBest: flag,
  bestMetric: text,
  greaterIsBetter: flag,
  stepsPerRun: count(1),
  rowsWithoutTarget: oneOf('drop', 'refuse'),
  doubleBos: oneOf('avoid', 'keep'),
  appendEos: flag,
  maskedShare: between(0.01, 0.9),
} as const satisfies Partial<Record<keyof Recipe, Check>>;

const ADAM_CHECKS = { beta1: between(0, 0.999999), beta2: between(0, 0.9999999), epsilon: positive } as const;
const STOPPING_CHECKS = { patience: count(1), threshold: notNegative } as const;
const LORA_CHECKS = { rank: count(1), alpha: positive, dropout: between(0, 0.99), targetModules: texts } as const;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks the entries of one object, unknown names included, and collects what is wrong. */
function checkEntries(
  value: unknown,
  checks: Readonly<Record<string, Check>>,
  path: string,
  problems: Problem[],
): void {
  if (!isRecord(value)) {
    problems.push({ path, message: 'must be an object' });
    return;
  }
  for (const [name, entry] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const near = nearest(name, Object.keys(checks));
    const message =
      check === undefined ? `is not known${near === undefined ? '' : `; did you mean ${near}?`}` : check(entry);
    if (message !== undefined) problems.push({ path: at, message });
  }
}

/**
 * Checks a recipe from outside, such as a config file, and fills in what it leaves out.
 * @throws {TrainerError} `TRAINER_RECIPE_INVALID` with all problems at once
 */
export function parseRecipe(value: unknown): Recipe {
  const problems: Problem[] = [];
  const nested: Check = () => undefined; // checked below, with paths of their own
  checkEntries(value, { ...CHECKS, adam: nested, lora: nested, earlyStopping: nested }, '', problems);
  const given = isRecord(value) ? value : {};
  if (given.adam !== undefined) checkEntries(given.adam, ADAM_CHECKS, 'adam', problems);
  if (given.lora !== undefined) checkEntries(given.lora, LORA_CHECKS, 'lora', problems);
  if (given.earlyStopping !== undefined) {
    checkEntries(given.earlyStopping, STOPPING_CHECKS, 'earlyStopping', problems);
  }
  if (given.lora !== undefined && given.method !== 'lora') {
    problems.push({ path: 'lora', message: 'has no effect unless method is lora' });
  }
  if (given.objective === 'masked' && given.target === 'completion') {
    problems.push({ path: 'target', message: 'must be all when objective is masked' });
  }
  if (given.packing === true && given.objective !== undefined && given.objective !== 'causal') {
    problems.push({ path: 'packing', message: 'must be false unless objective is causal' });
  }
  if (given.packing === true && given.groupByLength === true) {
    problems.push({
      path: 'groupByLength',
      message: 'must be false when packing is true: packed rows are equally long',
    });
  }
  if (problems.length > 0) {
    throw new TrainerError(
      'TRAINER_RECIPE_INVALID',
      {
        what: `The recipe has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}.`,
        why: problemList(problems),
        fix: 'Correct the entries; those left out take their defaults.',
      },
      { kind: 'usage' },
    );
  }
  const partial = given as Partial<Recipe>;
  return {
    ...DEFAULT_RECIPE,
    ...partial,
    adam: { ...DEFAULT_RECIPE.adam, ...partial.adam },
    groupByLength: partial.groupByLength ?? partial.packing !== true,
    ...(partial.earlyStopping === undefined
      ? {}
      : { earlyStopping: { ...DEFAULT_EARLY_STOPPING, ...partial.earlyStopping } }),
    ...(partial.method === 'lora' ? { lora: { ...DEFAULT_LORA, ...partial.lora } } : {}),
  };
}
