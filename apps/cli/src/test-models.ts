import { initialiseWeights, parseModelConfig, trainBytePairEncoding, writeCheckpoint } from '@flanlab/language-model';

/** Writes a Llama of one small block with a tokenizer of bytes, for the tests. */
export async function writeSmallModel(dir: string): Promise<void> {
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: 8,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 64,
    eos_token_id: 0,
  });
  await writeCheckpoint(dir, {
    config,
    tensors: initialiseWeights(config, 1),
    files: {
      'tokenizer.json': trainBytePairEncoding(['a cup is red'], { vocabularySize: 300, specialTokens: ['</s>'] }),
      'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '</s>' },
    },
  });
}
