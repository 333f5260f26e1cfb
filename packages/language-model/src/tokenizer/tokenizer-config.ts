import type { JsonObject } from '../model-config.js';

/**
 * The content of tokenizer.json with what transformers changes in it by tokenizer_config.json: how texts of BERT are
 * lowered, the space before the first word of byte-level tokenizers, and added tokens that only the config has.
 * @see huggingface/transformers `models/bert/tokenization_bert.py`, `models/gpt2/tokenization_gpt2.py`,
 * `tokenization_utils_tokenizers.py`
 */
export function withTokenizerConfig(tokenizerJson: JsonObject, config: JsonObject): JsonObject {
  const changes = [...normalizerChanges(tokenizerJson, config), ...prefixChanges(tokenizerJson, config)];
  const added = missingTokens(tokenizerJson, config);
  const tokens = added.length === 0 ? {} : { added_tokens: [...addedTokens(tokenizerJson), ...added] };
  return { ...tokenizerJson, ...Object.fromEntries(changes), ...tokens };
}

type Change = readonly [string, JsonObject];

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOfClass = ({ tokenizer_class: name }: JsonObject, classes: RegExp): boolean =>
  typeof name === 'string' && classes.test(name);

function normalizerChanges({ normalizer }: JsonObject, config: JsonObject): readonly Change[] {
  const names = {
    do_lower_case: 'lowercase',
    strip_accents: 'strip_accents',
    tokenize_chinese_chars: 'handle_chinese_chars',
  };
  if (!isObject(normalizer) || normalizer.type !== 'BertNormalizer') return [];
  if (!isOfClass(config, /^(?:Distil)?BertTokenizer(?:Fast)?$/u)) return [];
  const told = Object.entries(names).filter(([key]) => typeof config[key] === 'boolean');
  return [['normalizer', { ...normalizer, ...Object.fromEntries(told.map(([key, name]) => [name, config[key]])) }]];
}

function prefixChanges({ pre_tokenizer: step }: JsonObject, config: JsonObject): readonly Change[] {
  const { add_prefix_space: told } = config;
  if (!isObject(step) || step.type !== 'ByteLevel' || typeof told !== 'boolean') return [];
  if (!isOfClass(config, /^(?:GPT2|Roberta)Tokenizer(?:Fast)?$/u)) return [];
  return [['pre_tokenizer', { ...step, add_prefix_space: told }]];
}

const addedTokens = ({ added_tokens: tokens }: JsonObject): readonly JsonObject[] =>
  Array.isArray(tokens) ? tokens.filter(isObject) : [];

/** Tokens of `added_tokens_decoder` that the file does not know, in the order of their ids, at the next free ids. */
function missingTokens(
  tokenizerJson: JsonObject,
  { added_tokens_decoder: decoder }: JsonObject,
): readonly JsonObject[] {
  const { model } = tokenizerJson;
  if (!isObject(decoder) || !isObject(model)) return [];
  const vocab: unknown = model.vocab;
  const contents = Array.isArray(vocab) ? vocab.map((entry) => String([entry].flat()[0])) : Object.keys(vocab ?? {});
  const known = new Set([...contents, ...addedTokens(tokenizerJson).map(({ content }) => String(content))]);
  const ids = addedTokens(tokenizerJson).map(({ id }) => Number(id));
  let next = ids.reduce((most, id) => Math.max(most, id + 1), contents.length);
  return Object.entries(decoder)
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([, token]) =>
      isObject(token) && typeof token.content === 'string' && !known.has(token.content)
        ? [{ ...token, id: next++ }]
        : [],
    );
}
