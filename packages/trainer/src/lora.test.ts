import { parseEncoderConfig, parseModelConfig } from '@flanlab/language-model';
import { expect, it } from 'vitest';
import { adapterOf } from './lora.js';
import { DEFAULT_LORA, parseRecipe } from './recipe.js';
import { trainingSetup } from './trainee.js';

const LLAMA = {
  model_type: 'llama',
  vocab_size: 8,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
};
const GPT2 = { model_type: 'gpt2', vocab_size: 8, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 8 };
const modules = (targetModules: readonly string[], json: object): string[] => {
  const recipe = parseRecipe({ method: 'lora', lora: { rank: 2, targetModules } });
  const { trained } = trainingSetup(parseModelConfig(json), recipe, '');
  return [...new Set(trained.map(({ name }) => name.split('.').at(-3)!))];
};

it.each([
  ['the defaults of PEFT for Llama', [], LLAMA, ['q_proj', 'v_proj']],
  ['the defaults of PEFT for GPT-2', [], GPT2, ['c_attn']],
  ['named modules, in the order of the model', ['o_proj', 'k_proj'], LLAMA, ['k_proj', 'o_proj']],
  ['the output layer, where it is named', ['q_proj', 'lm_head'], LLAMA, ['q_proj', 'lm_head']],
  [
    'all linear layers but the output layer',
    ['all-linear'],
    LLAMA,
    ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  ],
])('adapts %s', (_name, targets, json, expected) => {
  expect(modules(targets, json)).toEqual(expected);
});

it('takes query and value of an encoder', () => {
  const recipe = parseRecipe({ method: 'lora', objective: 'masked' });
  const config = parseEncoderConfig({
    model_type: 'bert',
    vocab_size: 8,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  });
  const { adapter, trained } = trainingSetup(config, recipe, 'base');
  expect(adapter).toMatchObject({ rank: 64, alpha: 16, baseModel: 'base', targetModules: ['query', 'value'] });
  expect(trained).toHaveLength(4);
});

it('refuses a module that the model does not have', () => {
  expect(() => modules(['q_prj'], LLAMA)).toThrow(/q_proj/);
});

it('falls back to all linear layers where no default fits', () => {
  const module = { name: 'x.other', in: 2, out: 2, transposed: false };
  expect(adapterOf(DEFAULT_LORA, [module], '').targetModules).toBe('all-linear');
});
