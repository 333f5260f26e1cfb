import { nearest, type Problem, problemList } from '@flanlab/errors';
import { anyHeadModule, anyLinearModules } from '../encoder/any-parameters.js';
import { findEncoderFamily } from '../encoder/encoder-families.js';
import { LanguageModelError } from '../errors.js';
import type { LinearModule, ParameterSpec } from '../families/parameters.js';
import type { JsonObject, ModelConfig } from '../model-config.js';
import { isSeq2Seq } from '../seq2seq/seq2seq-families.js';

/** A LoRA adapter in PEFT's terms. @see Hu et al. 2021, arXiv:2106.09685; huggingface/peft `tuners/lora/config.py` */
export interface AdapterConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Share of inputs zeroed while training. */
  readonly dropout: number;
  /** Names or ends of names of linear layers, or one regular expression for whole names, or `all-linear`. */
  readonly targetModules: readonly string[] | string;
  /** Scale by alpha / √rank instead of alpha / rank. @see Kalajdzievski 2023, arXiv:2312.03732 */
  readonly useRsLora: boolean;
  /** Other ranks for some modules: regular expressions for the ends of names; the first that fits decides. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** Other alphas, likewise. */
  readonly alphaPattern?: Readonly<Record<string, number>>;
  readonly baseModel?: string;
}

/** Rank of the two matrices of a module. */
export function adapterRank({ rank, rankPattern }: AdapterConfig, module: string): number {
  return byPattern(rankPattern, module) ?? rank;
}

/** What B·A of a module is multiplied by. */
export function adapterScale(config: AdapterConfig, module = ''): number {
  const rank = adapterRank(config, module);
  return (byPattern(config.alphaPattern, module) ?? config.alpha) / (config.useRsLora ? Math.sqrt(rank) : rank);
}

/** @see huggingface/peft `utils/other.py`, get_pattern_key */
function byPattern(pattern: Readonly<Record<string, number>> | undefined, module: string): number | undefined {
  return Object.entries(pattern ?? {}).find(([key]) => fullMatch(`(.*\\.)?(${key})`).test(module))?.[1];
}

/** Keys that would change the arithmetic, and the values under which they do not. */
const NEUTRAL: { readonly [key: string]: (value: unknown) => boolean } = {
  bias: (value) => value === 'none',
  exclude_modules: isEmpty,
  init_lora_weights: (value) =>
    typeof value === 'boolean' || value === 'gaussian' || value === 'orthogonal' || value === 'eva',
  layer_replication: isEmpty,
  layers_to_transform: isEmpty,
  lora_bias: (value) => value === false,
  modules_to_save: isEmpty,
  peft_type: (value) => value === 'LORA',
  target_parameters: isEmpty,
  trainable_token_indices: isEmpty,
  use_dora: (value) => value === false,
  use_qalora: (value) => value === false,
};

const isRank = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isAlpha = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Reads an adapter_config.json. Keys of newer releases that change nothing are ignored; features whose neglect would give
 * other results are refused.
 * @throws {LanguageModelError} `ADAPTER_CONFIG_INVALID` with every problem at once
 */
export function parseAdapterConfig(raw: unknown, path = 'adapter_config.json'): AdapterConfig {
  const json: JsonObject = typeof raw === 'object' && raw !== null ? (raw as JsonObject) : {};
  const problems: Problem[] = [];
  const number = (key: string, least: number, fallback: number): number => {
    const value = json[key] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
    problems.push({ path: key, message: `must be a number of at least ${least}, and is ${JSON.stringify(value)}` });
    return fallback;
  };
  const pattern = (name: 'rankPattern' | 'alphaPattern', key: string, isValid: (value: unknown) => boolean) => {
    const value = json[key] ?? {};
    if (isEmpty(value)) return {};
    const isMap = typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(isValid);
    if (!isMap) problems.push({ path: key, message: `must map names to numbers, and is ${JSON.stringify(value)}` });
    return isMap ? { [name]: value as Readonly<Record<string, number>> } : {};
  };
  const rank = number('r', 1, 8);
  if (!Number.isInteger(rank)) problems.push({ path: 'r', message: `must be whole, and is ${rank}` });
  const targets = json.target_modules;
  const isList = Array.isArray(targets) && targets.length > 0 && targets.every((name) => typeof name === 'string');
  if (!isList && (typeof targets !== 'string' || targets === '')) {
    problems.push({ path: 'target_modules', message: 'must be a list of names, or a text' });
  }
  for (const [key, isNeutral] of Object.entries(NEUTRAL)) {
    const value = json[key];
    if (value !== undefined && value !== null && !isNeutral(value)) {
      problems.push({ path: key, message: `is not supported as ${JSON.stringify(value).slice(0, 100)}` });
    }
  }
  const config: AdapterConfig = {
    rank,
    alpha: number('lora_alpha', 0, 8),
    dropout: number('lora_dropout', 0, 0),
    targetModules: isList ? ([...targets].sort() as string[]) : String(targets),
    useRsLora: json.use_rslora === true,
    ...pattern('rankPattern', 'rank_pattern', isRank),
    ...pattern('alphaPattern', 'alpha_pattern', isAlpha),
    ...(typeof json.base_model_name_or_path === 'string' ? { baseModel: json.base_model_name_or_path } : {}),
  };
  if (problems.length > 0)
    throw invalid(path, `Problems:${problemList(problems)}`, 'Train or export the adapter without these.');
  return config;
}

/** The adapter_config.json of PEFT 0.14, sorted: every release opens it, for later ones only add keys. */
export function adapterConfigJson(model: ModelConfig, config: AdapterConfig): JsonObject {
  return {
    alpha_pattern: { ...config.alphaPattern },
    auto_mapping: null,
    base_model_name_or_path: config.baseModel ?? null,
    bias: 'none',
    eva_config: null,
    exclude_modules: null,
    // Whether the weights of the targets are stored (in, out), as Conv1D of GPT-2 does.
    fan_in_fan_out: adapterModules(model, config).some(({ transposed }) => transposed),
    inference_mode: true,
    init_lora_weights: true,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: config.alpha,
    lora_bias: false,
    lora_dropout: config.dropout,
    megatron_config: null,
    megatron_core: 'megatron.core',
    modules_to_save: null,
    peft_type: 'LORA',
    r: config.rank,
    rank_pattern: { ...config.rankPattern },
    revision: null,
    target_modules: typeof config.targetModules === 'string' ? config.targetModules : [...config.targetModules].sort(),
    task_type: taskType(model),
    use_dora: false,
    use_rslora: config.useRsLora,
  };
}

function taskType(model: ModelConfig): string | null {
  if (isSeq2Seq(model)) return 'SEQ_2_SEQ_LM';
  return findEncoderFamily(model) ? null : 'CAUSAL_LM';
}

/**
 * The linear layers that an adapter changes, in the order of the forward pass. `all-linear` leaves the output layer out, as
 * PEFT does; names and expressions may mean it.
 * @throws {LanguageModelError} `ADAPTER_CONFIG_INVALID` when a target names no layer
 */
export function adapterModules(model: ModelConfig, { targetModules }: AdapterConfig): readonly LinearModule[] {
  const inside = anyLinearModules(model);
  if (targetModules === 'all-linear') return inside;
  const head = anyHeadModule(model);
  const modules = head ? [...inside, head] : inside;
  const endsIn = (name: string, target: string): boolean => name === target || name.endsWith(`.${target}`);
  if (typeof targetModules === 'string') {
    const found = modules.filter(({ name }) => fullMatch(targetModules).test(name));
    if (found.length > 0) return found;
  } else {
    const unmatched = targetModules.find((target) => !modules.some(({ name }) => endsIn(name, target)));
    if (unmatched === undefined)
      return modules.filter(({ name }) => targetModules.some((target) => endsIn(name, target)));
    const known = [...new Set(modules.map(({ name }) => name.split('.').at(-1)!))];
    const near = nearest(unmatched, known);
    const tied = head ? '' : ' Its output layer is an embedding, and no layer of its own.';
    throw invalid(
      'target_modules',
      `No linear layer is named "${unmatched}"; this model has ${known.join(', ')}.${tied}`,
      near ? `Did you mean "${near}"?` : 'Name some of these.',
    );
  }
  throw invalid(
    'target_modules',
    `No linear layer matches the expression "${targetModules}".`,
    'It must match whole names such as model.layers.0.self_attn.q_proj.',
  );
}

function fullMatch(expression: string): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`, 'u');
  } catch (cause) {
    throw invalid(
      'target_modules',
      `"${expression}" is no regular expression: ${(cause as Error).message}.`,
      'Mend it, or give a list of names.',
    );
  }
}

/** What PEFT puts before the module names of a causal model. */
export const ADAPTER_PREFIX = 'base_model.model.';

/** The two matrices of a module in a file: A (rank, in) and B (out, rank). */
export function adapterTensorNames(module: string): { readonly a: string; readonly b: string } {
  return { a: `${ADAPTER_PREFIX}${module}.lora_A.weight`, b: `${ADAPTER_PREFIX}${module}.lora_B.weight` };
}

/** Every tensor of an adapter. A starts uniform in ±1/√in, B zero, as in PEFT. */
export function adapterParameters(model: ModelConfig, config: AdapterConfig): readonly ParameterSpec[] {
  return adapterModules(model, config).flatMap((module) => {
    const { a, b } = adapterTensorNames(module.name);
    const rank = adapterRank(config, module.name);
    return [
      { name: a, shape: [rank, module.in], initialisation: { uniform: 1 / Math.sqrt(module.in) } },
      { name: b, shape: [module.out, rank], initialisation: 'zeros' as const },
    ];
  });
}

function invalid(where: string, why: string, fix: string): LanguageModelError {
  return new LanguageModelError('ADAPTER_CONFIG_INVALID', { what: `The adapter's ${where} cannot be used.`, why, fix });
}
