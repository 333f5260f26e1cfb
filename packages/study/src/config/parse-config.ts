import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { nearest, type Problem, problemList } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import { readTaskFile, type TaskSpec } from '@flanlab/flan-datasets';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { StudyError } from '../errors.js';
import { applyOverrides, type Override } from './overrides.js';
import { keysAt, type StudyConfig, studySchema } from './schema.js';
import { semanticProblems, taskFileIn } from './semantic-problems.js';

/**
 * Parses YAML and names every syntax error with line and column.
 * @throws {StudyError} `STUDY_CONFIG_SYNTAX`
 */
export function parseYaml(text: string, name: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = lineCounter.linePos(error.pos[0]);
      return { path: `line ${line}, column ${col}`, message: error.message };
    });
    const what = `${name} is not valid YAML.`;
    const why = `It has ${problems.length === 1 ? 'this error' : 'these errors'}:${problemList(problems)}`;
    const fix = 'Correct them; indentation is by spaces, and text with ": " or " #" in it needs quotes.';
    throw new StudyError('STUDY_CONFIG_SYNTAX', { what, why, fix }, { kind: 'usage' });
  }
  return document.toJS() as unknown;
}

function describe(issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = keysAt(issue.path);
      const near = nearest(key, known);
      return {
        path: path === '' ? key : `${path}.${key}`,
        message:
          near === undefined
            ? `unknown setting; known are ${known.join(', ')}`
            : `unknown setting; did you mean ${near}?`,
      };
    });
  }
  return [{ path, message: issue.message.replace(/^Invalid input: /, '') }];
}

export interface CheckConfigOptions {
  /** What errors call the settings. */
  readonly name: string;
  /** Relative paths are taken from here. */
  readonly folder: string;
  /** What the file `data.taskFile` holds; a study may name these tasks too. */
  readonly ownTasks?: readonly TaskSpec[];
}

/**
 * Checks settings against the schema and against what the tables know (tasks, recipes), and fills in defaults.
 * @throws {StudyError} `STUDY_CONFIG_INVALID` listing every problem with its path
 */
export function checkConfig(settings: unknown, { name, folder, ownTasks = [] }: CheckConfigOptions): StudyConfig {
  const parsed = studySchema.safeParse(settings);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(describe)),
    ...semanticProblems(
      settings,
      ownTasks.map((task) => task.name),
    ),
  ];
  if (!parsed.success || problems.length > 0) {
    const what = `The study ${name} cannot be run as it is.`;
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
    const fix = 'Correct them; configs/quickstart.yaml explains every setting.';
    const why = `${count} wrong:${problemList(problems)}`;
    throw new StudyError('STUDY_CONFIG_INVALID', { what, why, fix }, { kind: 'usage' });
  }
  return resolvePaths(parsed.data, folder);
}

/** Makes the paths in the settings absolute. */
function resolvePaths(config: StudyConfig, folder: string): StudyConfig {
  const at = (path: string) => resolve(folder, path);
  const withPath = <T extends { path?: string | undefined }>(part: T): T =>
    part.path === undefined ? part : { ...part, path: at(part.path) };
  const { source, manual, taskFile, taskRows, templates, text, encoderText } = config.data;
  const unlessEmbedded = (path: string) => (path === 'embedded' ? path : at(path));
  return {
    ...config,
    data: {
      source: source === 'hub' ? source : unlessEmbedded(source),
      manual: at(manual),
      ...(taskFile === undefined ? {} : { taskFile: at(taskFile) }),
      ...(taskRows === undefined ? {} : { taskRows: at(taskRows) }),
      templates: templates === 'builtin' ? templates : at(templates),
      text: unlessEmbedded(text),
      encoderText: unlessEmbedded(encoderText),
    },
    ...(config.tokenizer === undefined ? {} : { tokenizer: withPath(config.tokenizer) }),
    base: withPath(config.base),
    encoder: withPath(config.encoder),
  };
}

/**
 * Reads a study's YAML file; overrides win over what it says.
 * @throws {StudyError} `STUDY_CONFIG_SYNTAX`, `STUDY_CONFIG_INVALID`
 * @throws {DatasetError} `DATASET_TASK_INVALID` when the file of own tasks is wrong
 * @throws {FilesError} when a file cannot be read
 */
export async function readConfig(path: string, overrides: readonly Override[] = []): Promise<StudyConfig> {
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const settings = applyOverrides(parseYaml(text, path) ?? {}, overrides);
  const folder = dirname(resolve(path));
  const taskFile = taskFileIn(settings);
  const ownTasks = taskFile === undefined ? [] : await readTaskFile(resolve(folder, taskFile));
  return checkConfig(settings, { name: path, folder, ownTasks });
}
