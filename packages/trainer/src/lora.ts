import {
  type AdapterConfig,
  adapterHook,
  adapterModules,
  type LinearHook,
  type LinearModule,
  type ModelConfig,
  type Parameters,
} from '@flanlab/language-model';
import { dropoutMask, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import type { LoraRecipe } from './recipe.js';

/** PEFT's default targets, by what the modules of a family are called. @see huggingface/peft, utils/constants.py */
const DEFAULT_TARGETS = [
  ['q_proj', 'v_proj'], // Llama, Mistral, Qwen
  ['c_attn'], // GPT-2
  ['query_key_value'], // GPT-NeoX
  ['query', 'value'], // BERT, RoBERTa
  ['q_lin', 'v_lin'], // DistilBERT
  ['q', 'v'], // T5
] as const;

/** The adapter that a recipe asks for. Without target modules it takes PEFT's defaults for the model. */
export function adapterOf(recipe: LoraRecipe, modules: readonly LinearModule[], baseModel: string): AdapterConfig {
  const { rank, alpha, dropout, targetModules, rsLora = false, rankPattern, alphaPattern } = recipe;
  const isThere = (target: string): boolean => modules.some(({ name }) => name.endsWith(`.${target}`));
  const defaults = DEFAULT_TARGETS.find((targets) => targets.every(isThere)) ?? ['all-linear'];
  const targets: readonly string[] | string = targetModules.length > 0 ? targetModules : defaults;
  return {
    rank,
    alpha,
    dropout,
    targetModules: Array.isArray(targets) && targets.includes('all-linear') ? 'all-linear' : targets,
    useRsLora: rsLora,
    baseModel,
    ...(rankPattern === undefined ? {} : { rankPattern }),
    ...(alphaPattern === undefined ? {} : { alphaPattern }),
  };
}

/** What makes the dropout of a batch: all of it is a function of these, so that a resumed run repeats it. */
export interface DropoutPlace {
  readonly seed: number;
  /** Integer scalar: the number of the batch in the run. Undefined when nothing is dropped. */
  readonly batch: Value | undefined;
}

/** Adds the adapter to its layers, behind a dropout of its input: y = W·x + scale · B·A·dropout(x). */
export function loraHook(
  model: ModelConfig,
  config: AdapterConfig,
  parameters: Parameters,
  place: DropoutPlace,
): LinearHook {
  const adapter = adapterHook(model, config, parameters);
  const { batch, seed } = place;
  if (batch === undefined || config.dropout === 0) return adapter;
  const salts = new Map(adapterModules(model, config).map(({ name }, salt) => [name, salt]));
  const dropped = (g: GraphBuilder, name: string, x: Value): Value | undefined => {
    const salt = salts.get(name);
    if (salt === undefined) return undefined;
    const word = g.constant('uint32', seed % 2 ** 32);
    return g.op.mul(x, dropoutMask(g, x, { seed: word, step: batch, salt, probability: config.dropout }));
  };
  const hook: LinearHook = (g, name, x, apply) => {
    const rest = dropped(g, name, x);
    return rest ? adapter(g, name, rest, apply) : apply(); // `apply` computes on the whole x
  };
  const added: LinearHook['added'] = (g, name, x) => {
    const rest = dropped(g, name, x);
    return rest && adapter.added(g, name, rest);
  };
  return Object.assign(hook, { added });
}
