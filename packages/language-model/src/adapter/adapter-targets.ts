import { nearest } from '@flanlab/errors';
import { anyHeadModule, anyLinearModules } from '../encoder/any-parameters.js';
import { LanguageModelError } from '../errors.js';
import type { LinearModule } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';

/** Which layers of a model an adapter changes, in PEFT's terms. @see huggingface/peft `tuners/tuners_utils.py`, check_target_module_exists */
export interface AdapterTargets {
  /** Names or ends of names of linear layers, or one regular expression for whole names, or `all-linear`. */
  readonly targetModules: readonly string[] | string;
  /** Those of them that are left out, named likewise. */
  readonly excludeModules?: readonly string[] | string;
  /** Of layers that are named by the ends of their names: those in these blocks alone. */
  readonly layersToTransform?: readonly number[];
  /** Regular expressions for what comes before the number of a block, such as `layers`; anything when left out. */
  readonly layersPattern?: readonly string[];
}

/**
 * The linear layers that an adapter changes, in the order of the forward pass. `all-linear` leaves the output layer out, as
 * PEFT does; names and expressions may mean it.
 * @throws {LanguageModelError} `ADAPTER_CONFIG_INVALID` when a target names no layer, or nothing is left of those named
 */
export function adapterModules(model: ModelConfig, targets: AdapterTargets): readonly LinearModule[] {
  const { excludeModules = [] } = targets;
  const found = targetedModules(model, targets);
  const left = found.filter(({ name }) => !isNamed(name, excludeModules) && isInLayers(name, targets));
  if (left.length > 0) return left;
  throw invalid(
    'target_modules',
    'exclude_modules and layers_to_transform leave none of the layers that it names.',
    'Take one of them out.',
  );
}

/** Targets without the names that no layer of the model has: PEFT passes over them where others have one. */
export function withoutUnmatched<Targets extends AdapterTargets>(model: ModelConfig, targets: Targets): Targets {
  const { targetModules } = targets;
  if (typeof targetModules === 'string') return targets;
  const matched = targetModules.filter((target) => allModules(model).some(({ name }) => isNamed(name, [target])));
  return matched.length === 0 ? targets : { ...targets, targetModules: matched };
}

/** Linear layers of all blocks, and the output layer where it is no embedding. */
function allModules(model: ModelConfig): readonly LinearModule[] {
  const head = anyHeadModule(model);
  return head ? [...anyLinearModules(model), head] : anyLinearModules(model);
}

function targetedModules(model: ModelConfig, { targetModules }: AdapterTargets): readonly LinearModule[] {
  if (targetModules === 'all-linear') return anyLinearModules(model);
  const modules = allModules(model);
  const found = modules.filter(({ name }) => isNamed(name, targetModules));
  if (typeof targetModules === 'string') {
    if (found.length > 0) return found;
    throw invalid(
      'target_modules',
      `No linear layer matches the expression "${targetModules}".`,
      'It must match whole names such as model.layers.0.self_attn.q_proj.',
    );
  }
  const unmatched = targetModules.find((target) => !modules.some(({ name }) => isNamed(name, [target])));
  if (unmatched === undefined) return found;
  const known = [...new Set(modules.map(({ name }) => name.split('.').at(-1)!))];
  const near = nearest(unmatched, known);
  const tied = anyHeadModule(model) ? '' : ' Its output layer is an embedding, and no layer of its own.';
  throw invalid(
    'target_modules',
    `No linear layer is named "${unmatched}"; this model has ${known.join(', ')}.${tied}`,
    near ? `Did you mean "${near}"?` : 'Name some of these.',
  );
}

function isNamed(name: string, names: readonly string[] | string): boolean {
  if (typeof names === 'string') return fullMatch(names).test(name);
  return names.some((target) => name === target || name.endsWith(`.${target}`));
}

/** Layers that a list names in full are meant wherever they stand. */
function isInLayers(name: string, { targetModules, layersToTransform, layersPattern }: AdapterTargets): boolean {
  if (layersToTransform === undefined || typeof targetModules === 'string' || targetModules.includes(name)) return true;
  const patterns = layersPattern?.map((pattern) => `^(?:.*?\\.)?(?:${pattern})\\.(\\d+)\\.`) ?? [
    '^.*?\\.[^.]*\\.(\\d+)\\.',
  ];
  const layer = patterns.map((pattern) => expression(pattern).exec(name)?.at(-1)).find((found) => found !== undefined);
  return layer !== undefined && layersToTransform.includes(Number(layer));
}

/** An expression of Python's that must match a whole name. */
export const fullMatch = (text: string): RegExp => expression(text, (inner) => `^(?:${inner})$`);

/** Reads what Python writes otherwise: `(?i)` in front, and named groups. */
function expression(text: string, whole: (inner: string) => string = (inner) => inner): RegExp {
  const [, flags = '', inner = text] = /^\(\?([ims]+)\)(.*)$/su.exec(text) ?? [];
  try {
    return new RegExp(whole(inner.replaceAll('(?P<', '(?<')), `u${flags}`);
  } catch (cause) {
    throw invalid(
      'target_modules',
      `"${text}" is no regular expression: ${(cause as Error).message}.`,
      'Mend it, or give a list of names.',
    );
  }
}

export function invalid(where: string, why: string, fix: string): LanguageModelError {
  return new LanguageModelError('ADAPTER_CONFIG_INVALID', { what: `The adapter's ${where} cannot be used.`, why, fix });
}
