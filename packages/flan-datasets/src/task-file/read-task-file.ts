import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearest, type Problem, problemList } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { TASKS } from '../data/tasks.js';
import { DatasetError } from '../errors.js';
import type { TaskSpec } from '../task-spec.js';
import { buildTask } from './build-task.js';
import { columnProblems } from './column-problems.js';
import { type TaskEntryInFile, taskFileSchema, taskSchema } from './schema.js';

const MODULES = ['.js', '.mjs', '.ts', '.mts'];

/** `readTaskFile` of own-tasks.ts, which loads this module when it is needed. */
export async function readTaskFile(path: string): Promise<readonly TaskSpec[]> {
  if (MODULES.includes(extname(path))) return importTasks(path);
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const json = parsed(text, path);
  const isList = typeof json === 'object' && json !== null && 'tasks' in json;
  const given = isList ? json : { tasks: [json] };
  const result = taskFileSchema.safeParse(given, { reportInput: true });
  const issues = result.error?.issues ?? [];
  const tasks = result.data?.tasks ?? withoutWrongSettings(given, issues);
  const problems = issues.flatMap((issue) => describe(issue, isList));
  for (const [index, task] of tasks.entries()) {
    if (task === undefined) continue;
    const names = tasks.slice(0, index).map((other) => other?.name);
    for (const problem of [...nameProblems(task.name, names), ...columnProblems(task)])
      problems.push({ ...problem, path: `${isList ? `tasks.${index}.` : ''}${problem.path}` });
  }
  if (!result.success || problems.length > 0) throw invalid(path, problems);
  return result.data.tasks.map(buildTask);
}

function parsed(text: string, path: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false }); // JSON is YAML
  const problems = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: `line ${line}, column ${col}`, message: error.message };
  });
  if (problems.length > 0) throw invalid(path, problems);
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

async function importTasks(path: string): Promise<readonly TaskSpec[]> {
  await withFileErrors('read', path, () => readFile(path));
  const module: { readonly tasks?: unknown } = await import(pathToFileURL(resolve(path)).href).catch((cause: Error) => {
    throw invalid(path, [{ path: '', message: importProblem(cause) }], cause);
  });
  const { tasks } = module;
  const isTask = (task: unknown): boolean =>
    ['name', 'splits', 'columns', 'normalise', 'prompt', 'source'].every((key) => key in ((task ?? {}) as object));
  if (!Array.isArray(tasks) || tasks.length === 0 || !tasks.every(isTask))
    throw invalid(path, [{ path: 'tasks', message: 'must be an exported list of TaskSpec objects' }]);
  const specs = tasks as readonly TaskSpec[];
  const names = specs.map(({ name }) => name);
  const problems = names.flatMap((name, index) =>
    nameProblems(name, names.slice(0, index)).map((problem) => ({ ...problem, path: `tasks.${index}.name` })),
  );
  if (problems.length > 0) throw invalid(path, problems);
  return specs;
}

/** Why a module cannot be imported, with what helps where that is known. */
function importProblem({ message, code }: NodeJS.ErrnoException): string {
  const what = `cannot be imported: ${message}`;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `${what}; Node ${process.versions.node} runs no TypeScript (22.18 does): write it as .mjs`;
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'@flanlab/"))
    return `${what}; install it in the folder of the module: npm install @flanlab/flan-datasets`;
  return what;
}

/** Settings that say nothing about columns: without those that are wrong, the columns of an entry can still be checked. */
const APART = new Set(['cluster', 'category', 'source', 'provenance', 'splits', 'templateKey', 'templates', 'metric']);

/** The entries that are right but for settings apart from columns; undefined for the others. */
function withoutWrongSettings(
  given: unknown,
  issues: readonly z.core.$ZodIssue[],
): readonly (TaskEntryInFile | undefined)[] {
  const entries = (given as { readonly tasks: unknown }).tasks;
  if (!Array.isArray(entries)) return [];
  return entries.map((entry: unknown, index) => {
    const wrong = issues.flatMap(({ path: [, at, setting], ...issue }) => {
      if (at !== index) return [];
      return setting === undefined && issue.code === 'unrecognized_keys' ? issue.keys : [String(setting)];
    });
    const left = Object.entries(entry ?? {}).filter(
      ([setting]) => !wrong.includes(setting) || (!APART.has(setting) && setting in taskSchema.shape),
    );
    return taskSchema.safeParse(Object.fromEntries(left)).data;
  });
}

function nameProblems(name: string, before: readonly (string | undefined)[]): readonly Problem[] {
  if (Object.hasOwn(TASKS, name))
    return [{ path: 'name', message: `"${name}" is a task of the table; choose another name` }];
  return before.includes(name) ? [{ path: 'name', message: `"${name}" is there twice` }] : [];
}

function describe(issue: z.core.$ZodIssue, isList: boolean): readonly Problem[] {
  const path = (isList ? issue.path : issue.path.slice(2)).map(String).join('.');
  if (issue.code === 'invalid_value') {
    const near = nearest(String(issue.input), issue.values.map(String));
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return [{ path, message: `${JSON.stringify(issue.input)} is none of ${issue.values.join(', ')}${hint}` }];
  }
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message.replace(/^Invalid input: /, '') }];
  return issue.keys.map((key) => {
    const near = nearest(key, Object.keys(taskSchema.shape));
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return { path: path === '' ? key : `${path}.${key}`, message: `unknown setting${hint}` };
  });
}

function invalid(path: string, problems: readonly Problem[], cause?: unknown): DatasetError {
  return new DatasetError(
    'DATASET_TASK_INVALID',
    {
      what: `${path} describes no usable task.`,
      why: `${problems.length === 1 ? 'One thing is' : `${problems.length} things are`} wrong:${problemList(problems)}`,
      fix: 'Correct them; docs/own-tasks.md shows a task file.',
    },
    { kind: 'usage', cause },
  );
}
