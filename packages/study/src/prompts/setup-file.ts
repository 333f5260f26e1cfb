import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { nearest, type Problem, problemList } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import { TASK_CLUSTERS, type TaskCluster } from '@flanlab/flan-datasets';
import { type SetupSpec, STOPPING_STRATEGIES } from '@flanlab/mixtures';
import { PROMPT_KINDS } from '@flanlab/samplegen';
import { z } from 'zod';
import { parseYaml } from '../config/parse-config.js';
import { StudyError } from '../errors.js';
import type { CreateMixtureOptions } from './create-mixture.js';

const names = z.array(z.string());
const positive = z.number().positive();
const seed = z.int().min(0);

const schema = z.strictObject({
  name: z.string().min(1).optional(),
  description: z.string().default(''),
  dropClusters: z.array(z.enum(TASK_CLUSTERS as unknown as [TaskCluster, ...TaskCluster[]])).optional(),
  dropTasks: names.optional(),
  keepTasks: names.optional(),
  tasks: names.optional(),
  heldOut: names.optional(),
  kind: z.enum(PROMPT_KINDS).optional(),
  seed: seed.optional(),
  splitSeed: seed.optional(),
  testShare: z.number().min(0).lt(1).optional(),
  cap: positive.optional(),
  limit: z.int().min(1).optional(),
  temperature: positive.optional(),
  scale: positive.optional(),
  stoppingStrategy: z.enum(STOPPING_STRATEGIES).optional(),
  onLeak: z.enum(['report', 'remove', 'error']).optional(),
  onNearDuplicate: z.enum(['report', 'remove', 'error']).optional(),
  onSharedTest: z.enum(['report', 'remove']).optional(),
  onMissing: z.enum(['error', 'skip']).optional(),
  compat: z.boolean().optional(),
});

/** A mixture described in a file. */
export interface MixtureSetupFile {
  readonly name: string;
  readonly setup: SetupSpec;
  readonly options: Omit<CreateMixtureOptions, 'setup' | 'prompts' | 'out' | 'guard' | 'name'>;
}

/**
 * Reads a set-up from YAML or JSON: its lists of tasks and clusters, and any of the mixture's settings. Its name is the file's where it
 * gives none.
 * @throws {StudyError} `STUDY_CONFIG_SYNTAX`, `STUDY_SETUP_INVALID` with every problem at once
 */
export async function readSetupFile(path: string): Promise<MixtureSetupFile> {
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const parsed = schema.safeParse(parseYaml(text, path) ?? {});
  if (!parsed.success) throw setupError(path, parsed.error.issues.flatMap(problems));
  const { name, description, dropClusters, dropTasks, keepTasks, tasks, heldOut, ...options } = parsed.data;
  const setup = given({ description, dropClusters, dropTasks, keepTasks, tasks, heldOut });
  return {
    name: name ?? basename(path, extname(path)),
    setup: setup as unknown as SetupSpec,
    options: given(options) as MixtureSetupFile['options'],
  };
}

const given = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function problems(issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys')
    return [{ path, message: issue.message.replace(/^Invalid (input|option): /, '') }];
  const known = Object.keys(schema.shape);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
    return { path: key, message: `unknown setting; ${hint}` };
  });
}

function setupError(path: string, list: readonly Problem[]): StudyError {
  return new StudyError(
    'STUDY_SETUP_INVALID',
    {
      what: `${path} does not describe a mixture.`,
      why: `${list.length === 1 ? 'One setting is' : `${list.length} settings are`} wrong:${problemList(list)}`,
      fix: 'Correct them; configs/mixtures has a file for every published set-up.',
    },
    { kind: 'usage' },
  );
}
