import { initialiseWeights, parseModelConfig, trainBytePairEncoding } from '@flanlab/language-model';

const specialTokens = ['<s>', '</s>'];
const tokenizer = trainBytePairEncoding(['a cat and a hat'], { vocabularySize: 262, specialTokens });
const sizes = { vocab_size: 262, hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2 };
const config = parseModelConfig({ model_type: 'llama', architectures: ['LlamaForCausalLM'], ...sizes });
const weights = initialiseWeights(config, 1);
if (weights.get('model.embed_tokens.weight').data.length !== 262 * 8) throw new Error('weights');
if (tokenizer.model.type !== 'BPE') throw new Error('tokenizer');
