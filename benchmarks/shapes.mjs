// Llama shapes of the benchmarks, in the keys of config.json.
const llama = (config) => ({ max_position_embeddings: 1024, rms_norm_eps: 1e-6, tie_word_embeddings: true, ...config });

/** About the quickstart's base model, somewhat wider. */
export const SMALL = llama({
  vocab_size: 1024,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 4,
});

/** 30 M parameters. */
export const LLAMA_30M = llama({
  vocab_size: 16_384,
  hidden_size: 512,
  intermediate_size: 1376,
  num_hidden_layers: 7,
  num_attention_heads: 8,
  num_key_value_heads: 8,
});

/** SmolLM2-135M, whose weights are published. */
export const SMOLLM2_135M = llama({
  vocab_size: 49_152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  rms_norm_eps: 1e-5,
  rope_theta: 100_000,
});
