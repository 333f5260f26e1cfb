import { GraphBuilder } from '@flanlab/onnx-graph';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../families/parse-config.js';
import { causalAttention } from './causal-attention.js';

it('has the width of the values, which is less than that of queries where these carry a bias (alibi)', () => {
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 8,
    hidden_size: 12,
    intermediate_size: 12,
    num_hidden_layers: 1,
    num_attention_heads: 3,
  });
  const g = new GraphBuilder({ name: 'attention' });
  const input = (name: string, width: number) => g.input(name, 'float32', ['B', 3, 'T', width]);
  const attend = causalAttention(g, config, g.input('mask', 'float32', ['T', 'T']));
  const context = attend(g, { layer: 0, query: input('query', 5), key: input('key', 5), value: input('value', 4) });
  expect(context.shape).toEqual(['B', 3, 'T', 4]);
});
