import { isFlanlabError, type Problem } from '@flanlab/errors';
import type { TaskTemplate } from './catalogue.js';
import { parseTemplate } from './template.js';

/** Reads template key → list of `[input, target]`; what is wrong goes to `problems`. */
export function readFlanTemplates(
  value: Readonly<Record<string, unknown>>,
  problems: Problem[],
): Readonly<Record<string, readonly TaskTemplate[]>> {
  const tasks: Record<string, readonly TaskTemplate[]> = {};
  for (const [key, list] of Object.entries(value)) {
    if (!Array.isArray(list) || list.length === 0) {
      problems.push({ path: key, message: 'must be a non-empty list of [input, target] pairs' });
      continue;
    }
    tasks[key] = list.flatMap((pair: unknown, index) => readPair(key, index, pair, problems));
  }
  return tasks;
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

function isTextPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
