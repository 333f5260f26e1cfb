import { nearest, type Problem, problemList } from '@flanlab/errors';
import { TrainerError } from './errors.js';
import { DEFAULT_QUANTIZATION, type QuantizationRecipe } from './quantization.js';
import { SAVE_DTYPES, type SaveDtype } from './save-dtype.js';
import { SCHEDULES, type ScheduleName } from './schedule.js';

/** Low-rank adaptation: y = W·x + (alpha / rank) · B·A·dropout(x), only A and B learn. @see arXiv:2106.09685 */
export interface LoraRecipe {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /**
   * Module names, or their last parts; or one regular expression for whole names. `all-linear` takes every linear layer
   * but the output layer; an empty list PEFT's defaults for the family.
   */
  readonly targetModules: readonly string[] | string;
  /** Scales by alpha / √rank instead of alpha / rank, so that high ranks learn as fast. @see arXiv:2312.03732 */
  readonly rsLora?: boolean;
  /** Biases are never trained. */
  readonly bias?: 'none';
  /** Other ranks or alphas for some modules: regular expressions for the ends of names, the first that fits decides. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  readonly alphaPattern?: Readonly<Record<string, number>>;
}

/** Ends training after `patience` evaluations in a row that are not better than the best by more than `threshold`. */
export interface EarlyStopping {
  readonly patience: number;
  readonly threshold: number;
}

/** Everything that decides what a training run computes, and how often it reports. */
export interface Recipe {
  /** `full` trains every parameter, `lora` an adapter on frozen ones, `qlora` the same with frozen layers in 4 bits. */
  readonly method: 'full' | 'lora' | 'qlora';
  /**
   * `causal` predicts the next token, `masked` the tokens that were hidden (encoders). With an encoder-decoder `causal`
   * means `seq2seq`: the encoder reads the text before the label span, and the decoder learns to write the span.
   */
  readonly objective: 'causal' | 'masked' | 'seq2seq';
  /** Which tokens enter the loss: all, or only those of the row's label span. */
  readonly target: 'all' | 'completion';
  readonly lora?: LoraRecipe;
  /**
   * How frozen linear layers lie in memory; as in the checkpoint when left out. `qlora` sets it. Recipes from outside may
   * name the type alone, or `none`.
   */
  readonly quantization?: QuantizationRecipe;
  /** Type of the weights that full training saves; `checkpoint` is that of the model it started from. */
  readonly saveDtype: SaveDtype;
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
  /**
   * Keeps only what comes into each block and computes the rest again on the way back: a batch then takes about a third of
   * the memory, and a quarter more time (1 × 2,048 tokens, 30 M parameters: 275 in place of 790 MiB). The same bits.
   */
  readonly gradientCheckpointing: boolean;
  /**
   * Share of elements that an encoder-decoder drops inside of itself while it learns, besides the dropout of adapters. What
   * its config.json says (`dropout_rate`) when left out, as in `transformers`, where training means `model.train()`. Decoders
   * and encoders drop nothing.
   */
  readonly dropout?: number;
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
  /**
   * End-of-sequence tokens of causal rows: `learned` like any other token, or `masked` wherever they stand, as in the reference,
   * whose padding is that token: such a model never learns to stop.
   */
  readonly eosLabels: 'learned' | 'masked';
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
  saveDtype: 'float32',
  learningRate: 5e-5,
  schedule: 'linear',
  warmupRatio: 0.03,
  epochs: 1,
  batchSize: 8,
  gradientAccumulation: 1,
  maxLength: 4096,
  groupByLength: true,
  packing: false,
  gradientCheckpointing: false,
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
  eosLabels: 'learned',
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
/** Ranks beyond any layer's width: a slip, and sizes that no memory holds. */
const rank: Check = (value) => count(1)(value) ?? ((value as number) <= 65_536 ? undefined : 'must be at most 65536');
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
const targets: Check = (value) =>
  (typeof value === 'string' && value !== '') ||
  (Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== ''))
    ? undefined
    : 'must be a list of module names, or a regular expression for whole names';
const noBias: Check = (value) =>
  value === 'none' ? undefined : 'must be none: a trained bias would belong to the model and not to the adapter';
const pattern =
  (check: Check): Check =>
  (value) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    const wrong = isMap
      ? Object.values(value)
          .map(check)
          .find((problem) => problem !== undefined)
      : 'no mapping';
    return wrong === undefined ? undefined : `must map module names to numbers (${wrong})`;
  };
const evenBlock: Check = (value) =>
  [16, 32, 64, 128, 256, 512, 1024, 2048, 4096].includes(value as number)
    ? undefined
    : 'must be a power of two from 16 to 4096';

const CHECKS = {
  method: oneOf('full', 'lora', 'qlora'),
  objective: oneOf('causal', 'masked', 'seq2seq'),
  target: oneOf('all', 'completion'),
  saveDtype: oneOf(...SAVE_DTYPES),
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
  gradientCheckpointing: flag,
  dropout: between(0, 0.99),
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
  eosLabels: oneOf('learned', 'masked'),
  appendEos: flag,
  maskedShare: between(0.01, 0.9),
} as const satisfies Partial<Record<keyof Recipe, Check>>;

const ADAM_CHECKS = { beta1: between(0, 0.999999), beta2: between(0, 0.9999999), epsilon: positive } as const;
const STOPPING_CHECKS = { patience: count(1), threshold: notNegative } as const;
const LORA_CHECKS = {
  rank,
  alpha: positive,
  dropout: between(0, 0.99),
  targetModules: targets,
  rsLora: flag,
  bias: noBias,
  rankPattern: pattern(rank),
  alphaPattern: pattern(positive),
} as const satisfies Record<keyof LoraRecipe, Check>;
const QUANTIZATION_CHECKS = {
  type: oneOf('nf4', 'fp4', 'int8'),
  doubleQuant: flag,
  blockSize: evenBlock,
} as const satisfies Record<keyof QuantizationRecipe, Check>;

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
  checkEntries(
    value,
    { ...CHECKS, adam: nested, lora: nested, quantization: nested, earlyStopping: nested },
    '',
    problems,
  );
  const given = isRecord(value) ? value : {};
  if (given.adam !== undefined) checkEntries(given.adam, ADAM_CHECKS, 'adam', problems);
  if (given.lora !== undefined) checkEntries(given.lora, LORA_CHECKS, 'lora', problems);
  if (given.earlyStopping !== undefined) {
    checkEntries(given.earlyStopping, STOPPING_CHECKS, 'earlyStopping', problems);
  }
  const quantization = typeof given.quantization === 'string' ? { type: given.quantization } : given.quantization;
  const isPlain = given.quantization === undefined || given.quantization === 'none';
  if (!isPlain) checkEntries(quantization, QUANTIZATION_CHECKS, 'quantization', problems);
  else if (given.method === 'qlora' && given.quantization === 'none') {
    problems.push({ path: 'quantization', message: 'must not be none when method is qlora; lora is the same without' });
  }
  const hasAdapter = given.method === 'lora' || given.method === 'qlora';
  for (const path of ['lora', 'quantization'] as const) {
    if (given[path] !== undefined && !hasAdapter) {
      problems.push({ path, message: 'has no effect unless method is lora or qlora' });
    }
  }
  if (hasAdapter && given.saveDtype !== undefined && given.saveDtype !== DEFAULT_RECIPE.saveDtype) {
    problems.push({ path: 'saveDtype', message: 'has no effect unless method is full: adapters are saved in float32' });
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
  const { quantization: _asGiven, ...others } = partial;
  const isQuantized = partial.method === 'qlora' || !isPlain;
  return {
    ...DEFAULT_RECIPE,
    ...others,
    adam: { ...DEFAULT_RECIPE.adam, ...partial.adam },
    groupByLength: partial.groupByLength ?? partial.packing !== true,
    ...(partial.earlyStopping === undefined
      ? {}
      : { earlyStopping: { ...DEFAULT_EARLY_STOPPING, ...partial.earlyStopping } }),
    ...(hasAdapter ? { lora: { ...DEFAULT_LORA, ...partial.lora } } : {}),
    ...(isQuantized
      ? { quantization: { ...DEFAULT_QUANTIZATION, ...(quantization as Partial<QuantizationRecipe>) } }
      : {}),
  };
}
