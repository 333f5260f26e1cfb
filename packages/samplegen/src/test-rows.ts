import { readFileSync } from 'node:fs';
import { findTask, normaliseRow, type Row, type TaskSpec } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';

const raw: Readonly<Record<string, readonly Row[]>> = JSON.parse(
  readFileSync(new URL('../fixtures/rows.json', import.meta.url), 'utf8'),
);

/** Names of all tasks with synthetic rows. */
export const TEST_TASKS = Object.keys(raw);

/** Every kind of prompt in every use that it has. */
export const PROMPT_KINDS = [
  { kind: 'regular', use: 'train' },
  { kind: 'regular', use: 'test' },
  { kind: 'samplegen', use: 'train' },
  { kind: 'samplegen', use: 'test' },
  { kind: 'gold-pipeline', use: 'test' },
] as const;

/** Three synthetic rows of a task, normalised. */
export function testRows(name: string, compat = false): { readonly task: TaskSpec; readonly rows: readonly Row[] } {
  const task = findTask(name);
  const mode = { compat, random: new PythonRandom(1) };
  return { task, rows: raw[name]!.map((row) => normaliseRow(task, row, mode)).filter((row) => row !== undefined) };
}

/** Always the first template and the first samples; shuffles nothing. */
export function firstChoice(): PythonRandom {
  return choosing(0);
}

/** Always template `index` and the first samples; shuffles nothing. */
export function choosing(index: number): PythonRandom {
  return Object.assign(new PythonRandom(0), {
    sample: (population: number | readonly unknown[], k: number) => {
      if (typeof population === 'number') return Array.from({ length: k }, (_, drawn) => drawn);
      return k === 1 ? [population[index % population.length]] : population.slice(0, k);
    },
    randbelow: (n: number) => index % n,
    shuffle: () => undefined,
  });
}
