import { nearest } from '@flanlab/errors';
import { NumpyGenerator } from '@flanlab/random';
import { TrainerError } from './errors.js';
import type { LoraRecipe } from './recipe.js';

/** A linear layer that an adapter can sit on; `linearModules` of @flanlab/language-model lists them. */
export interface LinearShape {
  readonly name: string;
  readonly in: number;
  readonly out: number;
}

/** Names of the two factors of a module. A is (rank, in), B is (out, rank), as PEFT stores them. */
export const loraNames = (module: string): { readonly a: string; readonly b: string } => ({
  a: `${module}.lora_A.weight`,
  b: `${module}.lora_B.weight`,
});

/** Factor on B·A. */
export const loraScale = ({ alpha, rank }: LoraRecipe): number => alpha / rank;

/** PEFT's default targets, by what the modules of a family are called. @see huggingface/peft, utils/constants.py */
const DEFAULT_TARGETS = [
  ['q_proj', 'v_proj'],
  ['c_attn'],
  ['query_key_value'],
  ['query', 'value'],
  ['q_lin', 'v_lin'],
] as const;

const matches = (module: string, target: string): boolean => module === target || module.endsWith(`.${target}`);

/**
 * The modules that get an adapter, in the model's order. A target matches a module of that name, or one whose name
 * ends in `.` + target; `all-linear` matches every module. An empty list takes PEFT's defaults for the model.
 * @throws {TrainerError} `TRAINER_LORA_TARGET_UNKNOWN` for a target without any module
 */
export function loraModules<Module extends LinearShape>(
  modules: readonly Module[],
  { targetModules }: LoraRecipe,
): readonly Module[] {
  const defaults = DEFAULT_TARGETS.find((set) =>
    set.every((target) => modules.some(({ name }) => matches(name, target))),
  );
  const targets: readonly string[] = targetModules.length > 0 ? targetModules : (defaults ?? ['all-linear']);
  for (const target of targets) {
    if (target === 'all-linear' || modules.some(({ name }) => matches(name, target))) continue;
    const known = [...new Set(modules.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))];
    const near = nearest(target, known);
    throw new TrainerError(
      'TRAINER_LORA_TARGET_UNKNOWN',
      {
        what: `The model has no linear layer "${target}".`,
        why: `Its layers are called ${known.join(', ')}.`,
        fix: near === undefined ? 'Name some of these in lora.targetModules, or all-linear.' : `Did you mean ${near}?`,
      },
      { kind: 'usage' },
    );
  }
  return modules.filter(({ name }) => targets.some((target) => target === 'all-linear' || matches(name, target)));
}

/**
 * Start values: A uniform in ±1/√in (Kaiming uniform with a = √5, as PEFT), B zero, so that the adapter starts as
 * nothing. Drawn from `NumpyGenerator(seed).random()`, module after module, A row by row.
 */
export function initialLoraWeights(
  modules: readonly LinearShape[],
  rank: number,
  seed: number,
): Map<string, Float32Array> {
  const random = new NumpyGenerator(seed);
  const weights = new Map<string, Float32Array>();
  for (const module of modules) {
    const { a, b } = loraNames(module.name);
    const bound = 1 / Math.sqrt(module.in);
    const values = new Float32Array(rank * module.in);
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.random() - 1) * bound;
    weights.set(a, values);
    weights.set(b, new Float32Array(module.out * rank));
  }
  return weights;
}
