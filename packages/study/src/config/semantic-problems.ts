import { isFlanlabError, nearest, type Problem } from '@flanlab/errors';
import { TASK_NAMES } from '@flanlab/flan-datasets';
import { parseRecipe } from '@flanlab/trainer';
import { FOLDER_NAME, FOLDER_NAME_RULE } from './schema.js';

type Settings = Readonly<Record<string, unknown>>;

const settingsOf = (value: unknown): Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : {};

/** Names that neither the table nor the file of own tasks has, with the nearest known one. */
function taskProblems(path: string, value: unknown, ownTasks: readonly string[]): readonly Problem[] {
  if (!Array.isArray(value)) return [];
  const known = [...ownTasks, ...TASK_NAMES];
  return value.flatMap((name: unknown, i) => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    const near = nearest(name, known);
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

/** Own tasks have no embedded rows. */
function taskRowsProblems(settings: Settings, ownTasks: readonly string[]): readonly Problem[] {
  const { source = 'embedded', taskFile, taskRows } = settingsOf(settings.data);
  if (taskRows !== undefined && taskFile === undefined)
    return [{ path: 'data.taskRows', message: 'is for the tasks of data.taskFile, and that is not set' }];
  if (taskRows !== undefined || source !== 'embedded') return [];
  const used = Object.values(settingsOf(settings.tasks)).flat();
  const own = ownTasks.filter((name) => used.includes(name));
  if (own.length === 0) return [];
  return [
    {
      path: 'data.taskRows',
      message: `is needed: ${own.join(', ')} ${own.length === 1 ? 'has' : 'have'} no embedded rows`,
    },
  ];
}

/** The file of own tasks that settings of any shape name. */
export function taskFileIn(value: unknown): string | undefined {
  const { taskFile } = settingsOf(settingsOf(value).data);
  return typeof taskFile === 'string' ? taskFile : undefined;
}

/** What a schema cannot know: names of tasks and fields of recipes. Tolerates settings of any shape. */
export function semanticProblems(value: unknown, ownTasks: readonly string[]): readonly Problem[] {
  const settings = settingsOf(value);
  const tasks = settingsOf(settings.tasks);
  return [
    ...taskProblems('tasks.train', tasks.train, ownTasks),
    ...taskProblems('tasks.test', tasks.test, ownTasks),
    ...taskRowsProblems(settings, ownTasks),
    ...recipeAt('base.recipe', settingsOf(settings.base).recipe),
    ...recipeAt('encoder.recipe', settingsOf(settings.encoder).recipe),
    ...Object.entries(settingsOf(settings.models)).flatMap(([name, model]) => [
      ...(FOLDER_NAME.test(name) ? [] : [{ path: `models.${name}`, message: FOLDER_NAME_RULE }]),
      ...recipeAt(`models.${name}.recipe`, settingsOf(model).recipe),
    ]),
  ];
}
