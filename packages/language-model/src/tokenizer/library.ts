import * as library from '@huggingface/tokenizers';

// The package's declaration files import each other without extensions, which NodeNext resolves to nothing: its types
// are lost. Here is the part we use, as its 0.2.0 source has it.

interface Component {
  readonly config: { readonly type?: string };
}

export interface Normalizer extends Component {
  readonly config: { readonly type?: string; readonly precompiled_charsmap?: string | null };
  normalize(text: string): string;
}

/** A pre-tokenizer's part of tokenizer.json, as far as it is read here. */
export interface PreTokenizerConfig {
  readonly pretokenizers?: readonly PreTokenizerConfig[];
  readonly prepend_scheme?: 'always' | 'first' | 'never';
  readonly split?: boolean;
  readonly behavior?: string;
  readonly individual_digits?: boolean;
}

export interface PreTokenizer {
  readonly config?: PreTokenizerConfig;
  pre_tokenize(text: readonly string[], options: { readonly section_index: number }): string[];
}

interface TokenizerModel {
  readonly config: {
    readonly continuing_subword_prefix?: string;
    readonly type?: string;
    readonly byte_fallback?: boolean;
    readonly fuse_unk?: boolean;
  };
  readonly vocab: readonly (string | undefined)[];
  /** Of Unigram, by id. */
  readonly scores?: readonly number[];
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token?: string | null;
  readonly unk_token_id?: number;
  readonly end_of_word_suffix?: string | null;
  /** `encode` plus the fusing of neighbouring unknown tokens. */
  _call(pieces: readonly string[]): string[];
}

interface PostProcessor {
  post_process(
    tokens: readonly string[],
    pair: null,
    addSpecialTokens: boolean,
  ): { readonly tokens: readonly string[] };
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** Turns tokens into text; those of a sequence are `decoders`. */
export interface Decoder {
  readonly decoders?: readonly Decoder[];
}

interface BertConfig {
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
}

/** A tokenizer of `@huggingface/tokenizers`. */
export interface LibraryTokenizer {
  /** What it was made from. */
  readonly tokenizer: { readonly pre_tokenizer: PreTokenizerConfig | null };
  readonly normalizer: Normalizer | null;
  readonly pre_tokenizer: PreTokenizer | null;
  readonly model: TokenizerModel;
  readonly post_processor: PostProcessor | null;
  readonly decoder: Decoder | null;
  decode(
    ids: readonly number[],
    options: { readonly skip_special_tokens: boolean; readonly clean_up_tokenization_spaces: boolean },
  ): string;
  get_added_tokens_decoder(): ReadonlyMap<number, AddedToken>;
}

type Class<T> = new (...args: never) => T;

const classes = library as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => LibraryTokenizer;
  readonly BertNormalizer: Class<Normalizer & { readonly config: BertConfig }>;
  readonly LowercaseNormalizer: Class<Normalizer & { readonly config: { readonly type?: 'Lowercase' } }>;
  readonly StripAccentsNormalizer: Class<Normalizer & { readonly config: { readonly type?: 'StripAccents' } }>;
  readonly ByteFallbackDecoder: Class<Decoder & { text_decoder: { decode(bytes: Uint8Array): string } }>;
  readonly SequenceNormalizer: Class<Normalizer & { readonly normalizers: readonly (Normalizer | null)[] }>;
  readonly PrependNormalizer: Class<Normalizer & { readonly config: { readonly prepend: string } }>;
  readonly StripNormalizer: Class<Normalizer & { readonly config: { readonly strip_left?: boolean } }>;
  readonly SequencePreTokenizer: Class<PreTokenizer & { readonly tokenizers: readonly (PreTokenizer | null)[] }>;
  readonly ByteLevelPreTokenizer: Class<
    PreTokenizer & { readonly add_prefix_space: boolean; readonly use_regex: boolean }
  >;
  readonly MetaspacePreTokenizer: Class<PreTokenizer & { readonly replacement: string; config?: PreTokenizerConfig }>;
  readonly BertPreTokenizer: Class<PreTokenizer>;
  readonly DigitsPreTokenizer: Class<PreTokenizer>;
  readonly PunctuationPreTokenizer: Class<PreTokenizer>;
  readonly SplitPreTokenizer: Class<
    PreTokenizer & {
      readonly config: { readonly behavior?: string; readonly invert?: boolean };
      readonly pattern: RegExp;
    }
  >;
  readonly WhitespacePreTokenizer: Class<PreTokenizer>;
  readonly WhitespaceSplitPreTokenizer: Class<PreTokenizer>;
};

export const {
  BertNormalizer,
  BertPreTokenizer,
  ByteFallbackDecoder,
  DigitsPreTokenizer,
  LowercaseNormalizer,
  StripAccentsNormalizer,
  Tokenizer: LibraryTokenizerClass,
  SequenceNormalizer,
  PrependNormalizer,
  StripNormalizer,
  SequencePreTokenizer,
  ByteLevelPreTokenizer,
  MetaspacePreTokenizer,
  PunctuationPreTokenizer,
  SplitPreTokenizer,
  WhitespacePreTokenizer,
  WhitespaceSplitPreTokenizer,
} = classes;
