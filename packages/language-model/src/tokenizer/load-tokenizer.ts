import { join } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { LanguageModelError } from '../errors.js';
import type { JsonObject } from '../model-config.js';
import { createTokenizer, type SpecialIds, type Tokenizer } from './tokenizer.js';

/**
 * Loads the tokenizer of a model folder: `tokenizer.json`, with the roles of special tokens from
 * `tokenizer_config.json`, `special_tokens_map.json`, `generation_config.json` and `config.json`, the first that says.
 * @throws {LanguageModelError} `TOKENIZER_MISSING`, `TOKENIZER_INVALID`
 * @throws {FilesError} where a file is not JSON
 */
export async function loadTokenizer(dir: string): Promise<Tokenizer> {
  const path = join(dir, 'tokenizer.json');
  if (!(await exists(path))) throw await missing(dir);
  const json = await readObject(path);
  const optional = async (name: string): Promise<JsonObject> =>
    (await exists(join(dir, name))) ? readObject(join(dir, name)) : {};
  const [tokenizerConfig, tokensMap, generation, config] = await Promise.all(
    ['tokenizer_config.json', 'special_tokens_map.json', 'generation_config.json', 'config.json'].map(optional),
  );
  const roles = (idOf: Tokenizer['idOf']) => specialIds(idOf, [tokenizerConfig!, tokensMap!], [generation!, config!]);
  return createTokenizer(json, tokenizerConfig, roles, path);
}

/** What a folder may hold in place of tokenizer.json; transformers makes that file from each of them. */
const OLDER_FILES: Readonly<Record<string, string>> = {
  'tokenizer.model': 'a SentencePiece model',
  'spiece.model': 'a SentencePiece model',
  'vocab.json': 'a vocabulary of byte pairs without its rules of splitting',
  'vocab.txt': 'a vocabulary of word pieces',
};

async function missing(dir: string): Promise<LanguageModelError> {
  const there = await Promise.all(Object.keys(OLDER_FILES).map((name) => exists(join(dir, name))));
  const older = Object.keys(OLDER_FILES).find((_, i) => there[i]);
  return new LanguageModelError('TOKENIZER_MISSING', {
    what: `"${dir}" has no tokenizer that can be read.`,
    why: `There is no tokenizer.json in it${older ? `, only ${older}: ${OLDER_FILES[older]}` : ''}.`,
    fix: older
      ? 'Make the file once in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder) writes it there.'
      : 'Copy it from the base model, or save it there with AutoTokenizer(…).save_pretrained, which writes one.',
  });
}

/** Text wins over ids, for text is what the tokenizer itself was saved with. */
function specialIds(
  idOf: Tokenizer['idOf'],
  named: readonly JsonObject[],
  numbered: readonly JsonObject[],
): SpecialIds {
  const byName = (role: string): number | undefined => {
    for (const file of named) {
      const token = file[role];
      const content = typeof token === 'object' && token !== null ? (token as JsonObject).content : token;
      const id = typeof content === 'string' ? idOf(content) : undefined;
      if (id !== undefined) return id;
    }
    return undefined;
  };
  const byId = (role: string): readonly number[] => {
    for (const file of numbered) {
      const ids = [file[role]].flat().filter((id): id is number => Number.isSafeInteger(id));
      if (ids.length > 0) return ids;
    }
    return [];
  };
  const bosId = byName('bos_token') ?? byId('bos_token_id')[0];
  const eosId = byName('eos_token');
  const padId = byName('pad_token') ?? byId('pad_token_id')[0];
  return {
    ...(bosId === undefined ? {} : { bosId }),
    eosIds: [...new Set([...(eosId === undefined ? [] : [eosId]), ...byId('eos_token_id')])],
    ...(padId === undefined ? {} : { padId }),
  };
}

async function readObject(path: string): Promise<JsonObject> {
  const value = await readJson(path);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new LanguageModelError('TOKENIZER_INVALID', {
    what: `"${path}" cannot be used.`,
    why: 'It must hold a JSON object.',
    fix: 'Download or save the tokenizer again.',
  });
}
