import { type Problem, problemList } from '@flanlab/errors';
import { findEncoderFamily } from '../encoder/encoder-families.js';
import type { ParameterSpec } from '../families/parameters.js';
import type { JsonObject, ModelConfig } from '../model-config.js';
import { isSeq2Seq } from '../seq2seq/seq2seq-families.js';
import { type AdapterTargets, adapterModules, fullMatch, invalid } from './adapter-targets.js';

/** A LoRA adapter in PEFT's terms. @see Hu et al. 2021, arXiv:2106.09685; huggingface/peft `tuners/lora/config.py` */
export interface AdapterConfig extends AdapterTargets {
  readonly rank: number;
  readonly alpha: number;
  /** Share of inputs zeroed while training. */
  readonly dropout: number;
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

/**
 * Keys that are not read, and the values that change nothing. `undefined` stands for keys that decide only how an adapter
 * starts, trains or is described. Of others, such as those of later releases, nothing is known.
 */
const NEUTRAL: { readonly [key: string]: ((value: unknown) => boolean) | undefined } = {
  auto_mapping: undefined,
  bias: (value) => value === 'none',
  corda_config: undefined,
  ensure_weight_tying: undefined, // of layers that are tied: those are no targets here
  eva_config: undefined,
  fan_in_fan_out: undefined, // PEFT corrects it by the layer
  inference_mode: undefined,
  init_lora_weights: (value) =>
    typeof value === 'boolean' || value === 'gaussian' || value === 'orthogonal' || value === 'eva',
  loftq_config: undefined,
  lora_ga_config: undefined,
  megatron_core: undefined,
  peft_type: (value) => value === 'LORA',
  peft_version: undefined,
  qalora_group_size: undefined,
  revision: undefined,
  runtime_config: undefined,
  task_type: undefined,
};
const READ = [
  ...['alpha_pattern', 'base_model_name_or_path', 'exclude_modules', 'layers_pattern', 'layers_to_transform'],
  ...['lora_alpha', 'lora_dropout', 'r', 'rank_pattern', 'target_modules', 'use_rslora'],
];

const isRank = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isAlpha = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
const isOff = (value: unknown): boolean => value === false || isEmpty(value);
const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');

/**
 * Reads an adapter_config.json. Features whose neglect would give other results are refused, and so are keys that are not
 * known, unless they are off: null, false or empty.
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
  const isList = isNames(targets);
  if (!isList && (typeof targets !== 'string' || targets === '')) {
    problems.push({ path: 'target_modules', message: 'must be a list of names, or a text' });
  }
  for (const [key, value] of Object.entries(json)) {
    if (value === null || READ.includes(key)) continue;
    const isNeutral = Object.hasOwn(NEUTRAL, key) ? NEUTRAL[key] : isOff;
    if (isNeutral !== undefined && !isNeutral(value)) {
      problems.push({ path: key, message: `is not supported as ${JSON.stringify(value).slice(0, 100)}` });
    }
  }
  const config: AdapterConfig = {
    rank,
    alpha: number('lora_alpha', 0, 8),
    dropout: number('lora_dropout', 0, 0),
    targetModules: isList ? ([...targets].sort() as string[]) : String(targets),
    useRsLora: json.use_rslora === true,
    ...narrowing(json, problems),
    ...pattern('rankPattern', 'rank_pattern', isRank),
    ...pattern('alphaPattern', 'alpha_pattern', isAlpha),
    ...(typeof json.base_model_name_or_path === 'string' ? { baseModel: json.base_model_name_or_path } : {}),
  };
  if (problems.length > 0)
    throw invalid(path, `Problems:${problemList(problems)}`, 'Train or export the adapter without these.');
  return config;
}

/** What leaves some of the targets out. */
function narrowing(
  {
    exclude_modules: excluded,
    layers_to_transform: blocks,
    layers_pattern: before,
    target_modules: targets,
  }: JsonObject,
  problems: Problem[],
): Omit<AdapterTargets, 'targetModules'> {
  const given = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && !isEmpty(value);
  const layers = typeof blocks === 'number' ? [blocks] : blocks;
  const names = typeof before === 'string' ? [before] : before;
  const isLayers = Array.isArray(layers) && layers.every((layer) => Number.isSafeInteger(layer));
  const check = (key: string, value: unknown, isValid: boolean, what: string): boolean => {
    if (given(value) && !isValid)
      problems.push({ path: key, message: `must be ${what}, and is ${JSON.stringify(value)}` });
    return given(value) && isValid;
  };
  const excludes = isNames(excluded) || typeof excluded === 'string';
  const listed = isLayers && typeof targets !== 'string';
  return {
    ...(check('exclude_modules', excluded, excludes, 'a list of names, or a text')
      ? { excludeModules: excluded as readonly string[] | string }
      : {}),
    ...(check('layers_to_transform', blocks, listed, 'numbers of blocks, beside a list of target_modules')
      ? { layersToTransform: layers as readonly number[] }
      : {}),
    ...(check('layers_pattern', before, isNames(names) && given(blocks), 'names, beside layers_to_transform')
      ? { layersPattern: names as readonly string[] }
      : {}),
  };
}

/** The adapter_config.json of PEFT 0.14, sorted: every release opens it, for later ones only add keys. */
export function adapterConfigJson(model: ModelConfig, config: AdapterConfig): JsonObject {
  return {
    alpha_pattern: { ...config.alphaPattern },
    auto_mapping: null,
    base_model_name_or_path: config.baseModel ?? null,
    bias: 'none',
    eva_config: null,
    exclude_modules: config.excludeModules ?? null,
    // Whether the weights of the targets are stored (in, out), as Conv1D of GPT-2 does.
    fan_in_fan_out: adapterModules(model, config).some(({ transposed }) => transposed),
    inference_mode: true,
    init_lora_weights: true,
    layer_replication: null,
    layers_pattern: config.layersPattern ?? null,
    layers_to_transform: config.layersToTransform ?? null,
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
