import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, hashFile, hashJson, readJson, withFileErrors } from '@flanlab/files';

/** Name of the manifest that a finished stage leaves in its folder. */
export const DONE_FILE = 'done.json';
/** Names the inputs of unfinished work, so that the next run knows whether it may go on with it. */
export const BEGUN_FILE = 'begun.json';

export interface OutputFile {
  readonly sha256: string;
  readonly bytes: number;
  /** Modification time in milliseconds: while it and the size stay, the file is not read again. */
  readonly modified: number;
}

/** Everything that a stage's result depends on. */
export interface StageInputs {
  readonly config: unknown;
  readonly code: Readonly<Record<string, string>>;
  /** Hash of the lasting outputs of each needed stage. */
  readonly stages: Readonly<Record<string, string>>;
  /** Hash of each file or folder outside the run folder. */
  readonly files: Readonly<Record<string, string>>;
}

/** `done.json`: what a finished stage was made from and what it made. */
export interface Manifest {
  readonly stage: string;
  /** SHA-256 over `inputs`: the stage is up to date while this stays the same and its outputs are there. */
  readonly key: string;
  readonly inputs: StageInputs;
  readonly outputs: Readonly<Record<string, OutputFile>>;
  /** SHA-256 over the names and hashes of the outputs that do not hold times; what later stages depend on. */
  readonly outputsHash: string;
  readonly finished: string;
  readonly seconds: number;
}

/** Every output below a stage's folder, hidden and bookkeeping files left out, in name order. */
export async function listOutputs(
  folder: string,
  known: Readonly<Record<string, OutputFile>> = {},
): Promise<Record<string, OutputFile>> {
  const entries = await withFileErrors('read', folder, () => readdir(folder, { recursive: true, withFileTypes: true }));
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter(
      (name) => name !== DONE_FILE && name !== BEGUN_FILE && !name.split('/').some((part) => part.startsWith('.')),
    );
  const outputs: Record<string, OutputFile> = {};
  for (const name of names.sort()) {
    const path = join(folder, name);
    const { size, mtimeMs } = await withFileErrors('read', path, () => stat(path));
    const before = known[name];
    const unchanged = before !== undefined && before.bytes === size && before.modified === mtimeMs;
    outputs[name] = { sha256: unchanged ? before.sha256 : await hashFile(path), bytes: size, modified: mtimeMs };
  }
  return outputs;
}

const matches = (name: string, pattern: string) =>
  pattern.endsWith('/') ? name.startsWith(pattern) : name === pattern;

/** Hash over the outputs that are the same in every run. */
export function outputsHash(outputs: Readonly<Record<string, OutputFile>>, volatile: readonly string[]): string {
  const lasting = Object.entries(outputs).filter(([name]) => !volatile.some((pattern) => matches(name, pattern)));
  return hashJson(Object.fromEntries(lasting.map(([name, { sha256 }]) => [name, sha256])));
}

/** A stage's manifest, or `undefined` when it never finished or the file is unreadable. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, DONE_FILE);
  if (!(await exists(path))) return undefined;
  const value = await readJson(path).catch(() => undefined);
  return typeof value === 'object' && value !== null && 'outputsHash' in value ? (value as Manifest) : undefined;
}

/** The first difference between recorded and present outputs, in words, or `undefined` when all are intact. */
export async function outputDamage(folder: string, { outputs }: Manifest): Promise<string | undefined> {
  const present = await listOutputs(folder, outputs);
  for (const [name, { sha256 }] of Object.entries(outputs)) {
    if (present[name] === undefined) return `its output ${name} is missing`;
    if (present[name].sha256 !== sha256) return `its output ${name} was changed`;
  }
  return undefined;
}

/** Names one changed input in words, for the log line that says why a stage runs. */
export function changedInput(before: StageInputs, now: StageInputs): string {
  for (const part of ['code', 'stages', 'files'] as const) {
    for (const name of new Set([...Object.keys(before[part]), ...Object.keys(now[part])])) {
      if (before[part][name] === now[part][name]) continue;
      return { code: `the code of ${name} changed`, stages: `the result of ${name} changed`, files: `${name} changed` }[
        part
      ];
    }
  }
  return `its settings changed (${changedPath(before.config, now.config)})`;
}

function changedPath(before: unknown, now: unknown, path = ''): string {
  if (typeof before !== 'object' || typeof now !== 'object' || before === null || now === null) return path;
  const a = before as Record<string, unknown>;
  const b = now as Record<string, unknown>;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (hashJson([a[name] ?? null]) !== hashJson([b[name] ?? null])) {
      return changedPath(a[name], b[name], path === '' ? name : `${path}.${name}`);
    }
  }
  return path;
}
