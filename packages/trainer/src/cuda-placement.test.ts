import { FAMILIES, parseModelConfig, SEQ2SEQ_FAMILIES } from '@flanlab/language-model';
import { nodesWithoutCudaKernel, readModel } from '@flanlab/onnx-graph';
import { describe, expect, it } from 'vitest';
import { buildTrainingArtifacts, type OptimizerPlace } from './artifacts.js';
import { heldTypes, type StoredWeight } from './quantization.js';
import { parseRecipe, type Recipe } from './recipe.js';

const size = {
  vocab_size: 32,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 64,
};
const grouped = { ...size, num_key_value_heads: 2 };

/** By the model type in config.json; several where a family has several shapes of graphs. */
const MODELS: readonly (readonly [type: string, title: string, raw: object])[] = [
  ['llama', 'grouped queries', grouped],
  ['mistral', 'a window', { ...grouped, sliding_window: 8 }],
  ['qwen2', 'biases', grouped],
  ['gpt2', 'learned positions', { vocab_size: 32, n_embd: 16, n_layer: 2, n_head: 4, n_positions: 64 }],
  ['gpt_neox', 'partly rotated', { ...size, rotary_pct: 0.5 }],
  ['falcon', '7B: one key', { ...size, multi_query: true }],
  ['falcon', '40B: groups', { ...size, new_decoder_architecture: true, num_kv_heads: 2 }],
  ['falcon', 'RW: ALiBi', { ...size, multi_query: false, parallel_attn: false, alibi: true, bias: true }],
  ['opt', 'ReLU', { ...size, ffn_dim: 32, word_embed_proj_dim: 16 }],
  [
    't5',
    'v1.1',
    {
      vocab_size: 32,
      d_model: 16,
      d_kv: 4,
      d_ff: 32,
      num_layers: 2,
      num_heads: 4,
      feed_forward_proj: 'gated-gelu',
      tie_word_embeddings: false,
      decoder_start_token_id: 0,
      pad_token_id: 0,
      eos_token_id: 1,
    },
  ],
];

const lora = { method: 'lora', lora: { rank: 2, alpha: 2, dropout: 0.1, targetModules: 'all-linear' } } as const;
const RECIPES: readonly (readonly [string, Record<string, unknown>])[] = [
  ['full', { weightDecay: 0.1 }],
  ['accumulated', { gradientAccumulation: 2 }],
  ['LoRA', lora],
  ['QLoRA in nf4', { ...lora, method: 'qlora' }],
  ['QLoRA in fp4', { ...lora, method: 'qlora', quantization: { type: 'fp4', doubleQuant: false } }],
  ['QLoRA in int8', { ...lora, method: 'qlora', quantization: 'int8' }],
  ['packed', { packing: true }],
  ['checkpointed', { gradientCheckpointing: true }],
];

interface Setting {
  readonly type?: string;
  readonly raw?: object;
  readonly recipe?: Recipe;
  readonly optimizer?: OptimizerPlace;
  readonly stored?: ReadonlyMap<string, StoredWeight>;
  readonly longestRow?: number;
}

/** Operators of both graphs of a run that the processor would have to run. */
function left({ type = 'llama', raw = grouped, recipe = parseRecipe(lora), ...others }: Setting): readonly string[] {
  const config = parseModelConfig({ model_type: type, ...raw });
  const { files } = buildTrainingArtifacts({ config, recipe, ...others });
  return Object.values(files).flatMap((bytes) => nodesWithoutCudaKernel(readModel(bytes)).map((node) => node.operator));
}

// No exceptions: not one node, heavy or not, lacks a kernel.
describe('every node of a training run has a CUDA kernel', () => {
  it('is asked of every family', () => {
    const families = [...Object.values(FAMILIES), ...Object.values(SEQ2SEQ_FAMILIES)];
    expect([...new Set(MODELS.map(([type]) => type))].sort()).toEqual(
      families.map((family) => family.modelType).sort(),
    );
  });

  it.each(MODELS)('%s (%s)', (type, _title, raw) => {
    expect(left({ type, raw, longestRow: 64, recipe: parseRecipe({}) })).toEqual([]);
    const long = parseRecipe({ ...lora, gradientCheckpointing: type !== 't5' });
    expect(left({ type, raw, longestRow: 4096, recipe: long })).toEqual([]);
  });

  it.each(RECIPES)('%s, the optimizer in the graph or on the host', (_title, recipe) => {
    for (const optimizer of ['graph', 'host'] as const) {
      expect(left({ recipe: parseRecipe(recipe), optimizer })).toEqual([]);
    }
  });

  it.each(['F16', 'BF16'] as const)('frozen weights that are stored as %s', (dtype) => {
    const names = ['model.embed_tokens.weight', 'lm_head.weight', 'model.layers.0.mlp.up_proj.weight'];
    const stored = new Map(names.map((name) => [name, { dtype }]));
    expect(left({ stored: heldTypes(stored, 'cuda') })).toEqual([]);
    // As the processor holds them bfloat16 weights would be sent to and fro; this is what the above prevents.
    const asOnCpu = left({ stored: heldTypes(stored, 'cpu') });
    expect([...new Set(asOnCpu)]).toEqual(dtype === 'BF16' ? ['BitCast'] : []);
  });
});
