import { describe, expect, it } from 'vitest';
import { initialLoraWeights, loraModules } from './lora.js';
import { DEFAULT_LORA } from './recipe.js';

const module = (name: string) => ({ name, in: 16, out: 8 });
const LLAMA = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => module(`model.layers.0.self_attn.${name}`));
const GPT2 = [module('transformer.h.0.attn.c_attn'), module('transformer.h.0.mlp.c_proj')];
const names = (modules: readonly { name: string }[]): string[] =>
  modules.map(({ name }) => name.slice(name.lastIndexOf('.') + 1));

describe('target modules', () => {
  it.each([
    [LLAMA, [], ['q_proj', 'v_proj']],
    [GPT2, [], ['c_attn']],
    [LLAMA, ['o_proj', 'k_proj'], ['k_proj', 'o_proj']],
    [LLAMA, ['all-linear'], ['q_proj', 'k_proj', 'v_proj', 'o_proj']],
    [LLAMA, ['model.layers.0.self_attn.q_proj'], ['q_proj']],
    [[module('other')], [], ['other']],
  ])('of %o with %j', (modules, targetModules, expected) => {
    expect(names(loraModules(modules, { ...DEFAULT_LORA, targetModules }))).toEqual(expected);
  });

  it('that no layer has are refused with the nearest name', () => {
    const recipe = { ...DEFAULT_LORA, targetModules: ['proj_q', 'q_prj'] };
    expect(() => loraModules(LLAMA, { ...recipe, targetModules: ['q_prj'] })).toThrow('Did you mean q_proj?');
    // The end of a name is not enough: it has to be a whole part.
    expect(() => loraModules(LLAMA, { ...recipe, targetModules: ['proj'] })).toThrow('no linear layer "proj"');
  });
});

it('starts with A uniform in ±1/√in and B zero, the same for the same seed', () => {
  const weights = initialLoraWeights([module('x')], 1000, 7);
  const a = weights.get('x.lora_A.weight')!;
  expect(a).toHaveLength(16_000);
  expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(0.25);
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  const variance = a.reduce((sum, value) => sum + (value - mean) ** 2, 0) / a.length;
  expect(Math.abs(mean)).toBeLessThan(0.004); // three standard errors
  expect(variance).toBeCloseTo(0.25 ** 2 / 3, 3);
  expect(weights.get('x.lora_B.weight')!.every((value) => value === 0)).toBe(true);
  expect(initialLoraWeights([module('x')], 1000, 7).get('x.lora_A.weight')).toEqual(a);
  expect(initialLoraWeights([module('x')], 1000, 8).get('x.lora_A.weight')).not.toEqual(a);
});
