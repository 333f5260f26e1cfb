import { isFlanlabError, nearest, type Problem } from '@flanlab/errors';
import { TASKS } from '@flanlab/flan-datasets';
import { parseRecipe } from '@flanlab/trainer';
import { FOLDER_NAME, FOLDER_NAME_RULE } from './schema.js';

type Settings = Readonly<Record<string, unknown>>;

const settingsOf = (value: unknown): Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : {};

/** Names that no table has: unknown tasks, with the nearest known one. */
function taskProblems(path: string, value: unknown): readonly Problem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((name: unknown, i) => {
    if (typeof name !== 'string' || name in TASKS) return [];
    const near = nearest(name, Object.keys(TASKS));
    const hint = near === undefined ? 'flanlab tasks list shows all' : `did you mean ${near}?`;
    return [{ path: `${path}.${i}`, message: `unknown task "${name}"; ${hint}` }];
  });
}

/** The trainer's own findings. It lists them one a line, as `problemList` writes them. */
function recipeAt(path: string, value: unknown): readonly Problem[] {
  if (value === undefined) return [];
  try {
    parseRecipe(value);
    return [];
  } catch (error) {
    if (!isFlanlabError(error)) throw error;
    return error.why
      .split(/\n\s+/)
      .filter(Boolean)
      .map((line) => {
        const [, at = '', message = line] = /^(\([^)]*\)|[\w.-]+): ([\s\S]*)$/.exec(line) ?? [];
        return { path: at === '' || at.startsWith('(') ? path : `${path}.${at}`, message };
      });
  }
}

/** What a schema cannot know: names of tasks and fields of recipes. Tolerates settings of any shape. */
export function semanticProblems(value: unknown): readonly Problem[] {
  const settings = settingsOf(value);
  const tasks = settingsOf(settings.tasks);
  return [
    ...taskProblems('tasks.train', tasks.train),
    ...taskProblems('tasks.test', tasks.test),
    ...recipeAt('base.recipe', settingsOf(settings.base).recipe),
    ...recipeAt('encoder.recipe', settingsOf(settings.encoder).recipe),
    ...Object.entries(settingsOf(settings.models)).flatMap(([name, model]) => [
      ...(FOLDER_NAME.test(name) ? [] : [{ path: `models.${name}`, message: FOLDER_NAME_RULE }]),
      ...recipeAt(`models.${name}.recipe`, settingsOf(model).recipe),
    ]),
  ];
}
