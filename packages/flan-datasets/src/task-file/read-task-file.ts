import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearest, type Problem, problemList } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { TASKS } from '../data/tasks.js';
import { DatasetError } from '../errors.js';
import { findTaskAmong } from '../find-task.js';
import type { TaskSpec } from '../task-spec.js';
import { buildTask } from './build-task.js';
import { columnProblems } from './column-problems.js';
import { taskFileSchema, taskSchema } from './schema.js';

const MODULES = ['.js', '.mjs', '.ts', '.mts'];

/**
 * Reads tasks of the user's own: a YAML or JSON file with one task or with a list `tasks`, or a module that exports a list
 * `tasks` of {@link TaskSpec}s (TypeScript where this Node runs it). {@link loadTask} takes them in place of a name.
 *
 * @throws {DatasetError} `DATASET_TASK_INVALID` with every problem at once
 * @throws {FilesError} when the file cannot be read
 */
export async function readTaskFile(path: string): Promise<readonly TaskSpec[]> {
  if (MODULES.includes(extname(path))) return importTasks(path);
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const json = parsed(text, path);
  const isList = typeof json === 'object' && json !== null && 'tasks' in json;
  const result = taskFileSchema.safeParse(isList ? json : { tasks: [json] });
  if (!result.success)
    throw invalid(
      path,
      result.error.issues.flatMap((issue) => describe(issue, isList)),
    );
  const problems = result.data.tasks.flatMap((task, index) => {
    const at = isList ? `tasks.${index}.` : '';
    const names = result.data.tasks.slice(0, index).map((other) => other.name);
    return [...nameProblems(task.name, names), ...columnProblems(task)].map((problem) => ({
      ...problem,
      path: `${at}${problem.path}`,
    }));
  });
  if (problems.length > 0) throw invalid(path, problems);
  return result.data.tasks.map(buildTask);
}

/**
 * The task of a name, from a task file where one is given, or from the table.
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, `DATASET_TASK_INVALID`
 */
export async function findTaskIn(name: string, taskFile: string | undefined): Promise<TaskSpec> {
  return findTaskAmong(name, taskFile === undefined ? [] : await readTaskFile(taskFile));
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
    throw invalid(path, [{ path: '', message: `cannot be imported: ${cause.message}` }], cause);
  });
  const { tasks } = module;
  const isTask = (task: unknown): boolean =>
    ['name', 'splits', 'columns', 'normalise', 'prompt', 'source'].every((key) => key in ((task ?? {}) as object));
  if (Array.isArray(tasks) && tasks.length > 0 && tasks.every(isTask)) return tasks as readonly TaskSpec[];
  throw invalid(path, [{ path: 'tasks', message: 'must be an exported list of TaskSpec objects' }]);
}

function nameProblems(name: string, before: readonly string[]): readonly Problem[] {
  if (Object.hasOwn(TASKS, name))
    return [{ path: 'name', message: `"${name}" is a task of the table; choose another name` }];
  return before.includes(name) ? [{ path: 'name', message: `"${name}" is there twice` }] : [];
}

function describe(issue: z.core.$ZodIssue, isList: boolean): readonly Problem[] {
  const path = (isList ? issue.path : issue.path.slice(2)).map(String).join('.');
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
