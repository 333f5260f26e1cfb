import { describe, expect, it } from 'vitest';
import { anyParameters } from '../encoder/any-parameters.js';
import type { JsonObject, ModelConfig } from '../model-config.js';
import { parseModelConfig } from './parse-config.js';

/** Fields of a published config.json that decide about the model, its number of parameters, and what else we should read of it. */
interface Published {
  readonly fields: JsonObject;
  /** As the model card or `sum(p.numel())` of transformers says, a tied output layer once. */
  readonly parameters: number;
  readonly expected?: Partial<ModelConfig>;
}

const LLAMA_3 = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  attention_bias: false,
  attention_dropout: 0.0,
  hidden_act: 'silu',
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 14_336,
  max_position_embeddings: 8192,
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 500_000.0,
  tie_word_embeddings: false,
  bos_token_id: 128_000,
  eos_token_id: 128_001,
  vocab_size: 128_256,
};
const LLAMA_3_SCALING = {
  factor: 8.0,
  low_freq_factor: 1.0,
  high_freq_factor: 4.0,
  original_max_position_embeddings: 8192,
  rope_type: 'llama3',
};
const LLAMA_2 = {
  ...LLAMA_3,
  intermediate_size: 11_008,
  max_position_embeddings: 4096,
  num_key_value_heads: 32,
  rope_theta: undefined,
  bos_token_id: 1,
  eos_token_id: 2,
  vocab_size: 32_000,
};
const MISTRAL = {
  architectures: ['MistralForCausalLM'],
  model_type: 'mistral',
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 14_336,
  max_position_embeddings: 32_768,
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000.0,
  sliding_window: 4096,
  tie_word_embeddings: false,
  vocab_size: 32_000,
};
const QWEN2 = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32_768,
  max_window_layers: 24,
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000.0,
  sliding_window: 32_768,
  tie_word_embeddings: true,
  use_mrope: false,
  use_sliding_window: false,
  vocab_size: 151_936,
};
const GPT2 = {
  architectures: ['GPT2LMHeadModel'],
  model_type: 'gpt2',
  activation_function: 'gelu_new',
  attn_pdrop: 0.1,
  embd_pdrop: 0.1,
  resid_pdrop: 0.1,
  layer_norm_epsilon: 1e-5,
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_inner: null,
  n_layer: 12,
  n_positions: 1024,
  summary_type: 'cls_index',
  task_specific_params: { 'text-generation': { do_sample: true, max_length: 50 } },
  bos_token_id: 50_256,
  eos_token_id: 50_256,
  vocab_size: 50_257,
};
const PYTHIA = {
  architectures: ['GPTNeoXForCausalLM'],
  model_type: 'gpt_neox',
  attention_bias: true,
  hidden_act: 'gelu',
  hidden_size: 512,
  intermediate_size: 2048,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 2048,
  num_attention_heads: 8,
  num_hidden_layers: 6,
  rotary_emb_base: 10_000,
  rotary_pct: 0.25,
  tie_word_embeddings: false,
  use_parallel_residual: true,
  vocab_size: 50_304,
};
const FALCON = {
  architectures: ['FalconForCausalLM'],
  model_type: 'falcon',
  alibi: false,
  bias: false,
  hidden_dropout: 0.0,
  hidden_size: 4544,
  layer_norm_epsilon: 1e-5,
  multi_query: true,
  new_decoder_architecture: false,
  num_attention_heads: 71,
  num_hidden_layers: 32,
  parallel_attn: true,
  vocab_size: 65_024,
};
/** As falcon-7b was first published, with code of its own. */
const OLD_FALCON = {
  architectures: ['RWForCausalLM'],
  model_type: 'RefinedWebModel',
  alibi: false,
  bias: false,
  hidden_size: 4544,
  layer_norm_epsilon: 1e-5,
  multi_query: true,
  n_head: 71,
  n_layer: 32,
  parallel_attn: true,
  vocab_size: 65_024,
};
const OPT = {
  architectures: ['OPTForCausalLM'],
  model_type: 'opt',
  _remove_final_layer_norm: false,
  activation_function: 'relu',
  attention_dropout: 0.0,
  do_layer_norm_before: true,
  dropout: 0.1,
  ffn_dim: 3072,
  hidden_size: 768,
  init_std: 0.02,
  layerdrop: 0.0,
  max_position_embeddings: 2048,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  prefix: '</s>',
  bos_token_id: 2,
  eos_token_id: 2,
  pad_token_id: 1,
  vocab_size: 50_272,
  word_embed_proj_dim: 768,
};
const T5 = {
  architectures: ['T5ForConditionalGeneration'],
  model_type: 't5',
  d_ff: 2048,
  d_kv: 64,
  d_model: 512,
  decoder_start_token_id: 0,
  dropout_rate: 0.1,
  eos_token_id: 1,
  initializer_factor: 1.0,
  is_encoder_decoder: true,
  layer_norm_epsilon: 1e-6,
  n_positions: 512,
  num_heads: 8,
  num_layers: 6,
  output_past: true,
  pad_token_id: 0,
  relative_attention_num_buckets: 32,
  task_specific_params: { summarization: { prefix: 'summarize: ' } },
  vocab_size: 32_128,
};
const FLAN_T5 = {
  ...T5,
  feed_forward_proj: 'gated-gelu',
  relative_attention_max_distance: 128,
  tie_word_embeddings: false,
};

const PUBLISHED = {
  'Llama 2 7B': { fields: LLAMA_2, parameters: 6_738_415_616, expected: { rotary: { theta: 10_000, fraction: 1 } } },
  'Llama 2 70B': {
    fields: {
      ...LLAMA_2,
      hidden_size: 8192,
      intermediate_size: 28_672,
      num_attention_heads: 64,
      num_hidden_layers: 80,
      num_key_value_heads: 8,
    },
    parameters: 68_976_648_192,
    expected: { headWidth: 128, keyValueHeads: 8 },
  },
  'Llama 3 8B': { fields: LLAMA_3, parameters: 8_030_261_248, expected: { eosIds: [128_001] } },
  'Llama 3.1 8B Instruct': {
    fields: {
      ...LLAMA_3,
      max_position_embeddings: 131_072,
      mlp_bias: false,
      rope_scaling: LLAMA_3_SCALING,
      eos_token_id: [128_001, 128_008, 128_009],
    },
    parameters: 8_030_261_248,
    expected: {
      eosIds: [128_001, 128_008, 128_009],
      rotary: {
        theta: 500_000,
        fraction: 1,
        scaling: {
          kind: 'llama3',
          values: { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
        },
      },
    },
  },
  'Llama 3.2 1B': {
    fields: {
      ...LLAMA_3,
      head_dim: 64,
      hidden_size: 2048,
      intermediate_size: 8192,
      max_position_embeddings: 131_072,
      num_hidden_layers: 16,
      rope_scaling: { ...LLAMA_3_SCALING, factor: 32.0 },
      tie_word_embeddings: true,
    },
    parameters: 1_235_814_400,
    expected: { headWidth: 64, tiedHead: true },
  },
  'Mistral 7B 0.1': {
    fields: MISTRAL,
    parameters: 7_241_732_096,
    expected: { windows: new Array<number>(32).fill(4096) },
  },
  'Mistral 7B 0.3': {
    fields: { ...MISTRAL, rope_theta: 1_000_000.0, sliding_window: null, vocab_size: 32_768 },
    parameters: 7_248_023_552,
  },
  'Mistral Nemo': {
    fields: {
      ...MISTRAL,
      head_dim: 128,
      hidden_size: 5120,
      max_position_embeddings: 131_072,
      num_hidden_layers: 40,
      rope_theta: 1_000_000.0,
      sliding_window: null,
      vocab_size: 131_072,
    },
    parameters: 12_247_782_400,
    expected: { headWidth: 128, width: 5120 },
  },
  'Qwen 2 and 2.5 0.5B': {
    fields: QWEN2,
    parameters: 494_032_768,
    expected: { attentionBias: true, attentionOutputBias: false, tiedHead: true },
  },
  'Qwen 2.5 7B': {
    fields: {
      ...QWEN2,
      hidden_size: 3584,
      intermediate_size: 18_944,
      max_position_embeddings: 131_072,
      max_window_layers: 28,
      num_attention_heads: 28,
      num_hidden_layers: 28,
      num_key_value_heads: 4,
      sliding_window: 131_072,
      tie_word_embeddings: false,
      vocab_size: 152_064,
    },
    parameters: 7_615_616_512,
    expected: { headWidth: 128 },
  },
  'SmolLM2 135M': {
    fields: {
      ...LLAMA_3,
      hidden_size: 576,
      intermediate_size: 1536,
      is_llama_config: true,
      num_attention_heads: 9,
      num_hidden_layers: 30,
      num_key_value_heads: 3,
      rope_interleaved: false,
      rope_theta: 100_000,
      tie_word_embeddings: true,
      bos_token_id: 0,
      eos_token_id: 0,
      vocab_size: 49_152,
    },
    parameters: 134_515_008,
  },
  'GPT-2': { fields: GPT2, parameters: 124_439_808, expected: { innerWidth: 3072, activation: 'geluTanh' } },
  'GPT-2 XL': {
    fields: { ...GPT2, n_embd: 1600, n_head: 25, n_layer: 48, output_past: true },
    parameters: 1_557_611_200,
  },
  'Pythia 70M': {
    fields: PYTHIA,
    parameters: 70_426_624,
    expected: { arrangement: 'parallel', rotary: { theta: 10_000, fraction: 0.25 } },
  },
  'Pythia 1B': {
    fields: { ...PYTHIA, hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16 },
    parameters: 1_011_781_632,
  },
  'GPT-NeoX 20B': {
    fields: {
      ...PYTHIA,
      attention_probs_dropout_prob: 0,
      hidden_act: 'gelu_fast',
      hidden_size: 6144,
      intermediate_size: 24_576,
      num_attention_heads: 64,
      num_hidden_layers: 44,
      vocab_size: 50_432,
    },
    parameters: 20_554_567_680,
    expected: { activation: 'geluTanh' },
  },
  'RedPajama INCITE 3B, with its branches in sequence': {
    fields: {
      ...PYTHIA,
      hidden_size: 2560,
      intermediate_size: 10_240,
      num_attention_heads: 32,
      num_hidden_layers: 32,
      rotary_pct: 1.0,
      use_parallel_residual: false,
      vocab_size: 50_432,
    },
    parameters: 2_775_864_320,
    expected: { arrangement: 'pre-norm', rotary: { theta: 10_000, fraction: 1 } },
  },
  'Falcon 7B': {
    fields: FALCON,
    parameters: 6_921_720_704,
    expected: { keyValueHeads: 1, headWidth: 64, branchNorms: 1, arrangement: 'parallel' },
  },
  'Falcon 7B under its first names': {
    fields: OLD_FALCON,
    parameters: 6_921_720_704,
    expected: { keyValueHeads: 1, heads: 71, layers: 32, architecture: 'FalconForCausalLM' },
  },
  'Falcon 40B under its first names': {
    fields: { ...OLD_FALCON, model_type: 'RefinedWeb', hidden_size: 8192, n_head: 128, n_head_kv: 8, n_layer: 60 },
    parameters: 41_303_293_952,
    expected: { keyValueHeads: 8, branchNorms: 2, headWidth: 64 },
  },
  'Falcon RW 1B': {
    fields: {
      ...FALCON,
      alibi: true,
      bias: true,
      hidden_size: 2048,
      multi_query: false,
      num_attention_heads: 32,
      num_hidden_layers: 24,
      parallel_attn: false,
      vocab_size: 50_304,
    },
    parameters: 1_311_625_216,
    expected: { positions: 'alibi', keyValueHeads: 32, arrangement: 'pre-norm' },
  },
  'OPT 125M': { fields: OPT, parameters: 125_239_296, expected: { padId: 1, arrangement: 'pre-norm' } },
  'OPT 350M': {
    fields: {
      ...OPT,
      do_layer_norm_before: false,
      ffn_dim: 4096,
      hidden_size: 1024,
      num_attention_heads: 16,
      num_hidden_layers: 24,
      word_embed_proj_dim: 512,
    },
    parameters: 331_196_416,
    expected: { embeddingWidth: 512, arrangement: 'post-norm', finalNorm: false },
  },
  'T5 small': { fields: T5, parameters: 60_506_624, expected: { tiedHead: true, gated: false, activation: 'relu' } },
  'T5 3B': {
    fields: { ...T5, d_ff: 16_384, d_kv: 128, d_model: 1024, num_heads: 32, num_layers: 24 },
    parameters: 2_851_598_336,
    expected: { headWidth: 128, heads: 32 },
  },
  'FLAN-T5 small': {
    fields: { ...FLAN_T5, d_ff: 1024, num_decoder_layers: 8, num_heads: 6, num_layers: 8 },
    parameters: 76_961_152,
    expected: { tiedHead: false, gated: true, activation: 'geluTanh' },
  },
  'FLAN-T5 base': {
    fields: { ...FLAN_T5, d_model: 768, num_decoder_layers: 12, num_heads: 12, num_layers: 12 },
    parameters: 247_577_856,
  },
} as const satisfies Readonly<Record<string, Published>>;

const parametersOf = (config: ModelConfig): number =>
  anyParameters(config).reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

describe.each(Object.entries<Published>(PUBLISHED))('%s', (_name, { fields, parameters, expected = {} }) => {
  it('has the parameters that it was published with', () => {
    // As a file holds it: without what is undefined.
    const config = parseModelConfig(JSON.parse(JSON.stringify(fields)));
    expect(config).toMatchObject(expected);
    expect(parametersOf(config)).toBe(parameters);
  });
});

it.each([
  ['Phi-2', { architectures: ['PhiForCausalLM'], model_type: 'phi' }],
  ['Gemma', { architectures: ['GemmaForCausalLM'], model_type: 'gemma' }],
  ['Mixtral', { architectures: ['MixtralForCausalLM'], model_type: 'mixtral' }],
  ['mT5', { architectures: ['MT5ForConditionalGeneration'], model_type: 'mt5' }],
  ['BART', { architectures: ['BartForConditionalGeneration'], model_type: 'bart' }],
  ['BLOOM without architectures', { model_type: 'bloom' }],
])('%s is refused with the list of what is supported', (_name, fields) => {
  const names = 'architectures' in fields ? /LlamaForCausalLM.*T5ForConditionalGeneration/su : /llama.*t5/su;
  expect(() => parseModelConfig(fields)).toThrow(
    expect.objectContaining({
      code: 'MODEL_ARCHITECTURE_UNKNOWN',
      why: expect.stringMatching(names) as string,
      fix: expect.stringMatching(/use a checkpoint of one of these/iu) as string,
    }),
  );
});

it('writes an old Falcon under the names of today', () => {
  const { raw } = parseModelConfig({ ...OLD_FALCON, n_layer: 2 });
  expect(raw).toMatchObject({ architectures: ['FalconForCausalLM'], num_hidden_layers: 2, num_attention_heads: 71 });
  expect(raw).not.toHaveProperty('n_layer');
});
