import { parseModelConfig } from '@flanlab/language-model';
import { readModel } from '@flanlab/onnx-graph';
import { describe, expect, it } from 'vitest';
import { buildTrainingArtifacts } from './artifacts.js';
import { parseRecipe } from './recipe.js';

const config = parseModelConfig({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 32,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 32,
});

describe('weights that lie encoded in memory', () => {
  const recipe = parseRecipe({
    method: 'qlora',
    lora: { rank: 2, alpha: 2, dropout: 0, targetModules: ['all-linear'] },
  });
  const half = { dtype: 'BF16' } as const;
  const stored = new Map(['model.embed_tokens.weight', 'lm_head.weight'].map((name) => [name, half]));
  const { files } = buildTrainingArtifacts({ config, recipe, stored, optimizer: 'host' });
  const { nodes, initializers, opsets } = readModel(files['training_model.onnx']);
  const readers = (name: string): string[] =>
    nodes.filter(({ inputs }) => inputs.includes(name)).map((node) => node.operator);

  it('are decoded for each product anew, and not before what it multiplies is there', () => {
    // Reshape to a shape that is computed from the other factor. A product, and its gradient:
    expect(readers('model.layers.1.mlp.down_proj.weight')).toEqual(['Reshape', 'Reshape']);
    expect(readers('model.layers.1.self_attn.q_proj.weight.absmax')).toEqual(['Reshape', 'Reshape']);
    // Nothing that learns stands before the first block's first layers.
    expect(readers('model.layers.0.self_attn.k_proj.weight')).toEqual(['Reshape']);
  });

  it('are widened row by row where they are a table', () => {
    expect(readers('model.embed_tokens.weight')).toEqual(['Gather']);
  });

  it('are no initializers, which a runtime would decode once and keep', () => {
    expect(initializers.filter(({ name }) => name.includes('weight'))).toEqual([]);
    expect(opsets['']).toBe(26); // BitCast
  });
});
