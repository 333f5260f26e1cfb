import { isFlanlabError, type Problem } from '@flanlab/errors';
import type { TaskTemplate } from './catalogue.js';
import { ORIGINAL_KEYS, ORIGINAL_SLOTS } from './data/original-names.js';
import { parseTemplate } from './template.js';

/**
 * Reads template key → list of `[input, target]`; what is wrong goes to `problems`. Groups and fields under the names of
 * FLAN's first table are read under ours.
 */
export function readFlanTemplates(
  value: Readonly<Record<string, unknown>>,
  problems: Problem[],
): Readonly<Record<string, readonly TaskTemplate[]>> {
  const tasks = new Map<string, readonly TaskTemplate[]>();
  for (const [name, list] of Object.entries(value)) {
    const original = ORIGINAL_KEYS[name];
    const key = original === undefined || Object.hasOwn(value, original) ? name : original;
    if (!Array.isArray(list) || list.length === 0) {
      problems.push({ path: name, message: 'must be a non-empty list of [input, target] pairs' });
      continue;
    }
    tasks.set(
      key,
      withOurSlots(
        key,
        list.flatMap((pair: unknown, index) => readPair(key, index, pair, problems)),
      ),
    );
  }
  return Object.fromEntries(tasks);
}

function readPair(key: string, index: number, pair: unknown, problems: Problem[]): TaskTemplate[] {
  const id = `${key}/${index}`;
  if (!isTextPair(pair)) {
    problems.push({ path: id, message: 'must be a pair of texts [input, target]' });
    return [];
  }
  const template = { id, input: pair[0], target: pair[1] };
  for (const part of ['input', 'target'] as const) {
    try {
      parseTemplate(template[part], { id });
    } catch (error) {
      if (!isFlanlabError(error)) throw error;
      problems.push({ path: `${id}/${part}`, message: error.why });
    }
  }
  return [template];
}

/** Only a group that uses none of our names is taken for an original one. */
function withOurSlots(key: string, templates: readonly TaskTemplate[]): readonly TaskTemplate[] {
  const renamed = ORIGINAL_SLOTS[key];
  if (renamed === undefined) return templates;
  const text = templates.map(({ input, target }) => input + target).join('');
  if (Object.values(renamed).some((slot) => text.includes(`{${slot}}`))) return templates;
  const rename = (source: string): string =>
    source.replaceAll(/\{(\w+)\}/g, (slot, name: string) =>
      Object.hasOwn(renamed, name) ? `{${renamed[name]}}` : slot,
    );
  return templates.map(({ id, input, target }) => ({ id, input: rename(input), target: rename(target) }));
}

function isTextPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
