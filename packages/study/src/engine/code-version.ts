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
    found[name] = await hashCompiled(dirname(manifestPath));
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

/** Only `.js` counts: declarations and source maps change without changing what is computed. */
async function hashCompiled(folder: string): Promise<string> {
  const names = (await readdir(join(folder, 'dist'), { recursive: true })).filter((name) => /\.(js|json)$/.test(name));
  const hashes: Record<string, string> = {};
  for (const name of names.sort()) hashes[name.replaceAll('\\', '/')] = await hashFile(join(folder, 'dist', name));
  return hashJson(hashes);
}
