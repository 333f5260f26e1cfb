import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, readJson, withFileErrors } from '@flanlab/files';
import { PromptError } from '../errors.js';
import { type ChatTemplate, createChatTemplate } from './chat-template.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Loads the chat template of a model folder: `chat_template.jinja`, else `chat_template.json`, else `chat_template` in
 * `tokenizer_config.json` (the one called `default` of several), with the special tokens of the tokenizer's files.
 *
 * @throws {PromptError} `PROMPT_CHAT_TEMPLATE_MISSING`, `PROMPT_CHAT_TEMPLATE_INVALID`; `FilesError`
 */
export async function loadChatTemplate(folder: string): Promise<ChatTemplate> {
  const [config, tokens, json] = await Promise.all(
    ['tokenizer_config.json', 'special_tokens_map.json', 'chat_template.json'].map((name) => optional(folder, name)),
  );
  const jinja = join(folder, 'chat_template.jinja');
  const template = (await exists(jinja))
    ? await withFileErrors('read', jinja, () => readFile(jinja, 'utf8'))
    : (templateOf(json!) ?? templateOf(config!));
  if (template === undefined) {
    throw new PromptError('PROMPT_CHAT_TEMPLATE_MISSING', {
      what: `${folder} has no chat template.`,
      why: 'There is no chat_template.jinja, and no chat_template in tokenizer_config.json.',
      fix: 'Use a model that was tuned for chats, put a template there, or make prompts without one.',
    });
  }
  return createChatTemplate({
    template,
    specialTokens: specialTokens(tokens!, config!),
    from: `The chat template of ${folder}`,
  });
}

async function optional(folder: string, name: string): Promise<JsonObject> {
  const path = join(folder, name);
  const value = (await exists(path)) ? await readJson(path) : {};
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

function templateOf({ chat_template: value }: JsonObject): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.find((entry: unknown) => (entry as { name?: unknown } | null)?.name === 'default');
  const template = (named as { template?: unknown } | undefined)?.template;
  return typeof template === 'string' ? template : undefined;
}

const ROLES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

function specialTokens(...files: readonly JsonObject[]): Readonly<Record<string, string>> {
  const found = ROLES.flatMap((role) => {
    for (const file of files) {
      const value = file[role];
      const text = typeof value === 'object' && value !== null ? (value as JsonObject).content : value;
      if (typeof text === 'string') return [[role, text] as const];
    }
    return [];
  });
  return Object.fromEntries(found);
}
