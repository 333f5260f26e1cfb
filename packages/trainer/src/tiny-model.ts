import { initialiseWeights, parseModelConfig, trainBytePairEncoding, writeCheckpoint } from '@flanlab/language-model';
import type { TrainingRow } from './tokenise.js';

/** Rows of the tests: questions with short answers. */
export const TINY_ROWS: readonly TrainingRow[] = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'].map(
  (word, i) => {
    const prompt = `Count ${'so '.repeat(i)}to ${word}: `;
    return { text: prompt + word.repeat(2), labelStart: prompt.length, labelEnd: prompt.length + word.length * 2 };
  },
);

/** Writes a two-layer Llama with its tokenizer, for the tests. */
export async function writeTinyModel(dir: string): Promise<void> {
  const tokenizer = trainBytePairEncoding(
    TINY_ROWS.map(({ text }) => text),
    { vocabularySize: 300, specialTokens: ['<pad>', '<s>', '</s>'], before: ['<s>'] },
  );
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    initializer_range: 0.05,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
  });
  await writeCheckpoint(dir, {
    config,
    tensors: initialiseWeights(config, 1),
    files: {
      'tokenizer.json': tokenizer,
      'tokenizer_config.json': { bos_token: '<s>', eos_token: '</s>', pad_token: '<pad>' },
    },
  });
}
