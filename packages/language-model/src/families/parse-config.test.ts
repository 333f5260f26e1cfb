import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model-config.js';
import { FAMILIES } from './families.js';
import { linearModules, modelParameters } from './parameters.js';
import { parseModelConfig } from './parse-config.js';

const LLAMA: JsonObject = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 100,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
const GPT2: JsonObject = { model_type: 'gpt2', vocab_size: 100, n_embd: 32, n_layer: 1, n_head: 4, n_positions: 16 };

function errorOf(raw: unknown): unknown {
  try {
    return parseModelConfig(raw);
  } catch (error) {
    return error;
  }
}

describe('reading', () => {
  it("fills in the defaults of transformers' Llama", () => {
    expect(parseModelConfig({ model_type: 'llama' })).toMatchObject({
      family: 'llama',
      architecture: 'LlamaForCausalLM',
      vocabularySize: 32_000,
      width: 4096,
      layers: 32,
      heads: 32,
      keyValueHeads: 32,
      headWidth: 128,
      innerWidth: 11_008,
      rotary: { theta: 10_000, fraction: 1 },
      tiedHead: false,
      eosIds: [],
    });
  });

  it("fills in the defaults of transformers' GPT-2", () => {
    expect(parseModelConfig({ model_type: 'gpt2' })).toMatchObject({
      vocabularySize: 50_257,
      width: 768,
      innerWidth: 3072,
      maxPositions: 1024,
      activation: 'geluTanh',
      tiedHead: true,
    });
  });

  it.each([
    [{ rope_theta: 500_000 }, 500_000],
    [{ rope_parameters: { rope_type: 'default', rope_theta: 7 } }, 7],
    [{ rope_theta: 3, rope_scaling: null }, 3],
    [{ rope_scaling: { type: 'default' } }, 10_000],
  ])('finds the base of the rotary angles in %j', (fields, theta) => {
    expect(parseModelConfig({ ...LLAMA, ...fields }).rotary?.theta).toBe(theta);
  });

  it.each([
    [{ rope_theta: 3, rope_parameters: { rope_theta: 5, rope_type: 'default' } }, { theta: 5 }],
    [{ rope_parameters: { rope_theta: 5 }, rope_scaling: { type: 'linear', factor: 2 } }, { theta: 10_000 }],
    [{ rope_scaling: { type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 } }, {}],
  ])('takes of two places what transformers takes: %j', (fields, rotary) => {
    const config = parseModelConfig({ ...LLAMA, ...fields });
    expect(config.rotary).toMatchObject(rotary);
    expect(config.rotary?.scaling?.values.original_max_position_embeddings ?? 2048).toBe(config.maxPositions);
  });

  it('reads the names that GPT-NeoX had for its angles', () => {
    const named = { model_type: 'gpt_neox', hidden_size: 64, num_attention_heads: 2 };
    expect(parseModelConfig(named).rotary).toEqual({ theta: 10_000, fraction: 0.25 });
    expect(parseModelConfig({ ...named, rotary_emb_base: 50, rotary_pct: 0.5 }).rotary).toEqual({
      theta: 50,
      fraction: 0.5,
    });
  });

  it.each([
    [{ type: 'dynamic', factor: 2.5 }, 250],
    [{ type: 'yarn', factor: 4 }, 400],
    [{ type: 'yarn', factor: 4, original_max_position_embeddings: 25 }, 100],
    [{ type: 'linear', factor: 4 }, 100],
  ])('lets stretched positions reach as far as they are made for: %j', (rope_scaling, length) => {
    expect(parseModelConfig({ ...LLAMA, rope_scaling, max_position_embeddings: 100 }).maxPositions).toBe(length);
  });

  it.each([
    [{ model_type: 'mistral', num_hidden_layers: 2, max_position_embeddings: 8192 }, [4096, 4096]],
    [{ model_type: 'mistral', num_hidden_layers: 2, sliding_window: null }, undefined],
    [{ model_type: 'mistral', num_hidden_layers: 2, sliding_window: 9, max_position_embeddings: 9 }, [9, 9]],
    [{ model_type: 'qwen2', num_hidden_layers: 2, sliding_window: 8 }, undefined],
    [{ model_type: 'qwen2', num_hidden_layers: 2, use_sliding_window: true }, undefined],
    [{ model_type: 'qwen2', num_hidden_layers: 2, use_sliding_window: true, max_window_layers: 1 }, [null, 4096]],
    [{ model_type: 'qwen2', num_hidden_layers: 2, use_sliding_window: true, max_window_layers: 0 }, [4096, 4096]],
    [
      {
        model_type: 'qwen2',
        num_hidden_layers: 2,
        use_sliding_window: true,
        sliding_window: 5,
        layer_types: ['sliding_attention', 'full_attention'],
      },
      [5, null],
    ],
  ])('finds the windows of layers in %j', (raw, windows) => {
    expect(parseModelConfig(raw).windows).toEqual(windows);
  });

  it.each([
    [{}, undefined],
    [{ scale_attn_weights: true, scale_attn_by_inverse_layer_idx: false }, undefined],
    [{ scale_attn_by_inverse_layer_idx: true }, [1, 1 / 2]],
    [{ scale_attn_weights: false }, [2, 2]],
    [{ scale_attn_weights: false, scale_attn_by_inverse_layer_idx: true }, [2, 1]],
  ])('finds what GPT-2 multiplies scores with in %j', (fields, gains) => {
    expect(parseModelConfig({ ...GPT2, n_layer: 2, n_head: 8, ...fields }).attentionGains).toEqual(gains);
  });

  it('takes the names of other families in a GPT-2, and prefers them, as transformers does', () => {
    const { raw, ...config } = parseModelConfig({ num_attention_heads: 2, ...GPT2, num_hidden_layers: 3 });
    expect(config).toMatchObject({ heads: 2, layers: 3, width: 32, maxPositions: 16 });
    expect(raw).toMatchObject({ n_head: 2, n_layer: 3 });
    expect(raw).not.toHaveProperty('num_hidden_layers');
  });

  it.each(['llama', 'mistral', 'qwen2'])('takes null for a key of each query: %s', (model_type) => {
    expect(parseModelConfig({ model_type, num_key_value_heads: null, num_attention_heads: 16 }).keyValueHeads).toBe(16);
  });

  it.each([1, 2])('takes any number of slices that linear layers were computed in: %i', (pretraining_tp) => {
    expect(parseModelConfig({ ...LLAMA, pretraining_tp })).toMatchObject({ width: 32 });
  });

  it('takes one end of text or several', () => {
    expect(parseModelConfig({ ...LLAMA, eos_token_id: 2 }).eosIds).toEqual([2]);
    expect(parseModelConfig({ ...LLAMA, eos_token_id: [2, 5], bos_token_id: 1, pad_token_id: null })).toMatchObject({
      eosIds: [2, 5],
      bosId: 1,
    });
  });
});

describe('refusing', () => {
  it.each([
    [{ ...LLAMA, architectures: ['LamaForCausalLM'] }, 'Did you mean LlamaForCausalLM?'],
    [{ model_type: 'gtp2' }, 'Did you mean gpt2?'],
    [{ model_type: 'mamba' }, 'add its family'],
    [{}, 'add its family'],
  ])('an unknown architecture, with the nearest: %j', (raw, fix) => {
    expect(errorOf(raw)).toMatchObject({ code: 'MODEL_ARCHITECTURE_UNKNOWN', fix: expect.stringContaining(fix) });
  });

  it.each([[null], [[]], ['x']])('what is no object: %j', (raw) => {
    expect(errorOf(raw)).toMatchObject({ code: 'MODEL_CONFIG_INVALID' });
  });

  it('all problems at once', () => {
    const error = errorOf({
      ...LLAMA,
      hidden_size: 30,
      num_key_value_heads: 3,
      hidden_act: 'tanh',
      rms_norm_eps: 'x',
      vocab_size: 1e99,
    });
    expect(error).toMatchObject({ code: 'MODEL_CONFIG_INVALID' });
    for (const field of ['hidden_size', 'num_key_value_heads', 'hidden_act', 'rms_norm_eps', 'vocab_size']) {
      expect(String(error)).toContain(`${field}: `);
    }
  });

  it.each([
    [{ ...LLAMA, rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'rope_scaling.low_freq_factor'],
    [{ ...LLAMA, rope_scaling: { type: 'su', factor: 8 } }, 'rope_scaling'],
    [{ ...LLAMA, rope_scaling: { type: 'longrope', short_factor: [1, 1], long_factor: [1] } }, 'long_factor'],
    [{ ...LLAMA, rope_parameters: { full_attention: { rope_type: 'default' } } }, 'full_attention'],
    [{ model_type: 'mistral', sliding_window: 0 }, 'sliding_window'],
    [{ model_type: 'qwen2', use_sliding_window: true, layer_types: ['linear_attention'] }, 'layer_types'],
    [{ ...LLAMA, rope_parameters: { rope_type: 'linear' } }, 'rope_parameters.factor'],
    [{ model_type: 'falcon', alibi: true }, 'alibi'], // with one key for all queries
    [{ model_type: 'falcon', new_decoder_architecture: true, parallel_attn: false }, 'parallel_attn'],
    [{ model_type: 'falcon', new_decoder_architecture: true, num_kv_heads: 3 }, 'num_kv_heads'],
    [{ model_type: 'falcon', multi_query: false, num_kv_heads: 8 }, 'num_kv_heads'],
    [{ model_type: 'falcon', num_ln_in_parallel_attn: 2 }, 'num_ln_in_parallel_attn'],
    [{ model_type: 'opt', layer_norm_elementwise_affine: false }, 'layer_norm_elementwise_affine'],
    [{ model_type: 'gpt_neox', rotary_pct: 0.01 }, 'head_dim'],
    [{ ...LLAMA, head_dim: 7 }, 'head_dim'],
    [{ ...GPT2, scale_attn_by_inverse_layer_idx: 1 }, 'scale_attn_by_inverse_layer_idx'],
    [{ ...LLAMA, is_causal: false }, 'is_causal'],
    [{ ...GPT2, is_causal: false }, 'is_causal'],
    [{ ...LLAMA, per_layer_config: { 0: { num_attention_heads: 2 } } }, 'per_layer_config'],
    [{ ...LLAMA, model_type: 'mistral' }, 'model_type'],
    [{ ...LLAMA, partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
    [{ ...LLAMA, rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }, 'partial_rotary_factor'],
    [{ ...LLAMA, head_dim: 2, rope_scaling: { type: 'dynamic', factor: 2 } }, 'rope_scaling'],
    [{ model_type: 'gpt_neox', hidden_size: 64, num_attention_heads: 2, head_dim: 16 }, 'head_dim'],
    [{ model_type: 'falcon', hidden_size: 64, num_attention_heads: 2, head_dim: 16 }, 'head_dim'],
    [{ ...GPT2, eos_token_id: 'end' }, 'eosId'],
  ])('a feature that would be computed wrongly: %j', (raw, field) => {
    expect(errorOf(raw)).toMatchObject({ code: 'MODEL_CONFIG_INVALID', why: expect.stringContaining(`${field}: `) });
  });
});

describe('parameters', () => {
  it('counts those of GPT-2 small and Llama 2 7B as published', () => {
    const count = (raw: JsonObject): number =>
      modelParameters(parseModelConfig(raw)).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    expect(count({ model_type: 'gpt2' })).toBe(124_439_808);
    expect(count({ model_type: 'llama' })).toBe(6_738_415_616);
  });

  it.each([
    ['gpt_neox', {}, 20_554_567_680],
    [
      'gpt_neox', // Pythia 70M
      {
        vocab_size: 50_304,
        hidden_size: 512,
        num_hidden_layers: 6,
        num_attention_heads: 8,
        intermediate_size: 2048,
      },
      70_426_624,
    ],
    ['falcon', {}, 6_921_720_704],
    [
      'falcon', // 40B
      {
        hidden_size: 8192,
        num_attention_heads: 128,
        num_kv_heads: 8,
        num_hidden_layers: 60,
        new_decoder_architecture: true,
      },
      41_303_293_952,
    ],
    ['opt', {}, 125_239_296],
    [
      'opt', // 350M
      {
        hidden_size: 1024,
        ffn_dim: 4096,
        num_hidden_layers: 24,
        num_attention_heads: 16,
        do_layer_norm_before: false,
        word_embed_proj_dim: 512,
      },
      331_196_416,
    ],
  ])('counts those of transformers for %s %j', (model_type, fields, expected) => {
    const parameters = modelParameters(parseModelConfig({ model_type, ...fields }));
    expect(parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0)).toBe(expected);
  });

  it('has no output layer where it is tied, and one where it is not', () => {
    const names = (raw: JsonObject) => modelParameters(parseModelConfig(raw)).map(({ name }) => name);
    expect(names(LLAMA)).toContain('lm_head.weight');
    expect(names({ ...LLAMA, tie_word_embeddings: true })).not.toContain('lm_head.weight');
    expect(names(GPT2)).not.toContain('lm_head.weight');
  });

  it('lists the linear layers with their orientation', () => {
    expect(linearModules(parseModelConfig(GPT2))).toEqual([
      { name: 'transformer.h.0.attn.c_attn', in: 32, out: 96, transposed: true },
      { name: 'transformer.h.0.attn.c_proj', in: 32, out: 32, transposed: true },
      { name: 'transformer.h.0.mlp.c_fc', in: 32, out: 128, transposed: true },
      { name: 'transformer.h.0.mlp.c_proj', in: 128, out: 32, transposed: true },
    ]);
    expect(linearModules(parseModelConfig(LLAMA))[1]).toEqual({
      name: 'model.layers.0.self_attn.k_proj',
      in: 32,
      out: 16,
      transposed: false,
    });
  });
});

it('names the source of every family', () => {
  for (const family of Object.values(FAMILIES)) expect(family.source).toMatch(/huggingface\/transformers/u);
});
