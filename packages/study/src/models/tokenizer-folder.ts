import { join } from 'node:path';
import { writeJson } from '@flanlab/files';
import { trainBytePairEncoding } from '@flanlab/language-model';

/** Ids 0 to 4, as RoBERTa has them; the decoder uses the same, so that one list of ids serves both. */
export const SPECIAL_TOKENS = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] as const;
export const BOS_ID = 0;
export const PAD_ID = 1;
export const EOS_ID = 2;

export interface TokenizerFolderOptions {
  readonly texts: readonly string[];
  readonly vocabularySize: number;
  readonly maxPositions: number;
  /** `decoder` puts `<s>` before each text; `encoder` puts it before, and `</s>` after. */
  readonly use: 'decoder' | 'encoder';
}

/** Trains a tokenizer and writes what Hugging Face's loaders look for into the folder. */
export async function writeTokenizer(folder: string, options: TokenizerFolderOptions): Promise<void> {
  const { texts, vocabularySize, maxPositions, use } = options;
  const json = trainBytePairEncoding(texts, {
    vocabularySize,
    specialTokens: SPECIAL_TOKENS,
    before: ['<s>'],
    ...(use === 'encoder' ? { after: ['</s>'] } : {}),
  });
  const named = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>', mask_token: '<mask>' };
  await writeJson(join(folder, 'tokenizer.json'), json);
  await writeJson(join(folder, 'special_tokens_map.json'), named);
  await writeJson(join(folder, 'tokenizer_config.json'), {
    ...named,
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: maxPositions,
    clean_up_tokenization_spaces: false,
  });
}
