import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exists, hashFile, hashJson, readJson } from '@flanlab/files';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Packages whose version, too, decides what is calculated. */
const ARITHMETIC = new Set(['onnxruntime-node', '@huggingface/tokenizers']);

/**
 * Hash of the compiled code of each named flanlab package and of the flanlab packages it depends on, so that a stage
 * runs again when code that made its result has changed. Keys are package names, in order.
 */
export async function codeVersions(names: readonly string[], from: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (name: string, parent: string): Promise<void> => {
    if (name in found) return;
    const manifestPath = await findManifest(name, parent);
    const manifest = (await readJson(manifestPath)) as Manifest;
    if (ARITHMETIC.has(name)) {
      found[name] = manifest.version;
      return;
    }
    found[name] = ''; // holds the place while its dependencies are visited
    found[name] = await hashCompiled(join(dirname(manifestPath), 'dist'));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      if (dependency.startsWith('@flanlab/') || ARITHMETIC.has(dependency)) await visit(dependency, manifestPath);
    }
  };
  for (const name of names) await visit(name, from.startsWith('file:') ? fileURLToPath(from) : from);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The manifest of an installed package, whatever its `exports` say: `node_modules` upwards from the file that asks. */
async function findManifest(name: string, from: string): Promise<string> {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, 'package.json');
    if (await exists(path)) return realpath(path);
    if (dirname(folder) === folder) throw new Error(`${name} is not installed for ${from}.`);
  }
}

// This package's compiled code, from src (tests) and from dist.
const OWN_CODE = fileURLToPath(new URL('../../dist', import.meta.url));

/** Hash of each folder of this package's own compiled code, by `@flanlab/study/<folder>`. */
export async function ownCodeVersions(folders: readonly string[]): Promise<Record<string, string>> {
  const hashes = folders.map(async (name) => [`@flanlab/study/${name}`, await hashCompiled(join(OWN_CODE, name))]);
  return Object.fromEntries(await Promise.all(hashes));
}

/** Only `.js` counts: declarations and source maps change without changing what is computed. */
async function hashCompiled(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|json)$/.test(name));
  const hashes: Record<string, string> = {};
  for (const name of names.sort()) hashes[name.replaceAll('\\', '/')] = await hashFile(join(folder, name));
  return hashJson(hashes);
}
