import { initialiseWeights, parseEncoderConfig, parseModelConfig, writeCheckpoint } from '@flanlab/language-model';
import type { StudyConfig } from '../config/schema.js';
import { BOS_ID, EOS_ID, PAD_ID } from './tokenizer-folder.js';

export interface FreshModelOptions {
  /** Folder of the tokenizer, copied into the model's. */
  readonly tokenizer: string;
  readonly vocabularySize: number;
  readonly seed: number;
}

type Architecture<Part extends 'base' | 'encoder'> = NonNullable<StudyConfig[Part]['architecture']>;

const TOKEN_IDS = { bos_token_id: BOS_ID, eos_token_id: EOS_ID, pad_token_id: PAD_ID };

/** Writes a Llama with random weights, as `transformers` would initialise it. */
export async function writeFreshDecoder(
  folder: string,
  architecture: Architecture<'base'>,
  options: FreshModelOptions,
): Promise<void> {
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: options.vocabularySize,
    hidden_size: architecture.hiddenSize,
    intermediate_size: architecture.intermediateSize,
    num_hidden_layers: architecture.layers,
    num_attention_heads: architecture.heads,
    num_key_value_heads: architecture.keyValueHeads,
    max_position_embeddings: architecture.maxPositions,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    attention_bias: false,
    mlp_bias: false,
    ...TOKEN_IDS,
  });
  await writeCheckpoint(folder, {
    config,
    tensors: initialiseWeights(config, options.seed),
    tokenizerFrom: options.tokenizer,
  });
}

/** Writes a RoBERTa with random weights and its head for masked tokens. */
export async function writeFreshEncoder(
  folder: string,
  architecture: Architecture<'encoder'>,
  options: FreshModelOptions,
): Promise<void> {
  const raw = {
    architectures: ['RobertaForMaskedLM'],
    model_type: 'roberta',
    vocab_size: options.vocabularySize,
    hidden_size: architecture.hiddenSize,
    intermediate_size: architecture.intermediateSize,
    num_hidden_layers: architecture.layers,
    num_attention_heads: architecture.heads,
    // RoBERTa counts positions from after the padding id.
    max_position_embeddings: architecture.maxPositions + PAD_ID + 1,
    type_vocab_size: 1,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    layer_norm_eps: 1e-5,
    initializer_range: 0.02,
    position_embedding_type: 'absolute',
    tie_word_embeddings: true,
    torch_dtype: 'float32',
    ...TOKEN_IDS,
  };
  const config = parseEncoderConfig(raw);
  await writeCheckpoint(folder, {
    config,
    tensors: initialiseWeights(config, options.seed),
    tokenizerFrom: options.tokenizer,
  });
}
