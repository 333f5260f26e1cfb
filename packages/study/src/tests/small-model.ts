import { initialiseWeights, parseModelConfig, trainBytePairEncoding, writeCheckpoint } from '@flanlab/language-model';

/** Writes a Llama of one small block with a tokenizer of bytes, for the tests. */
export async function writeSmallModel(dir: string): Promise<void> {
  const config = parseModelConfig({
    ...{
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: 300,
      hidden_size: 8,
      intermediate_size: 16,
    },
    ...{
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 1024,
      eos_token_id: 0,
      initializer_range: 1,
    },
  });
  const tokenizer = trainBytePairEncoding(['a red cup'], { vocabularySize: 300, specialTokens: ['</s>'] });
  const settings = { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '</s>' };
  const files = { 'tokenizer.json': tokenizer, 'tokenizer_config.json': settings };
  await writeCheckpoint(dir, { config, tensors: initialiseWeights(config, 1), files });
}
