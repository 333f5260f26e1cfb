import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, homedir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { type ProviderReport, probeProviders } from '@flanlab/onnx-session';
import { type CudaExamination, examineCuda } from './examine-cuda.js';

interface Folder {
  readonly path: string;
  readonly purpose: string;
  readonly exists: boolean;
  readonly writable: boolean;
  readonly freeBytes?: number;
}

/** What `flanlab doctor` found. */
export interface Examination {
  readonly node: { readonly version: string; readonly supported: boolean };
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly cores: number };
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly onnxRuntime: { readonly version: string };
  readonly providers: readonly ProviderReport[];
  /** Only where onnxruntime-node has CUDA: Linux x64. */
  readonly cuda?: CudaExamination;
  readonly folders: readonly Folder[];
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly probe?: () => Promise<readonly ProviderReport[]>;
  /** Where the file system starts, to look for drivers and libraries. */
  readonly root?: string;
}

/** Where downloaded files lie: `FLANLAB_CACHE`, or the user's cache folder. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env.FLANLAB_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flanlab');
}

/** Tries out what this machine has, rather than assuming it from names. */
export async function examineMachine({
  env,
  cwd,
  probe = probeProviders,
  root = '/',
}: Surroundings): Promise<Examination> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const runtime = onnxRuntime();
  const hasCuda = process.platform === 'linux' && process.arch === 'x64';
  const huggingFace = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  return {
    node: { version: process.versions.node, supported: major > 20 || (major === 20 && minor >= 19) },
    platform: `${process.platform} ${process.arch}`,
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() },
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    onnxRuntime: { version: runtime.version },
    providers: await probe(),
    ...(hasCuda ? { cuda: await examineCuda({ env, root, runtimeFolder: runtime.folder }) } : {}),
    folders: [
      await examineFolder(cwd, 'this folder'),
      await examineFolder(cacheFolder(env), 'downloads (FLANLAB_CACHE)'),
      await examineFolder(huggingFace, 'Hugging Face (HF_HOME)'),
    ],
  };
}

function onnxRuntime(): { readonly version: string; readonly folder: string } {
  // onnxruntime-node belongs to the session package: look from there.
  const require = createRequire(createRequire(import.meta.url).resolve('@flanlab/onnx-session/package.json'));
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  return { version, folder: dirname(require.resolve('onnxruntime-node/package.json')) };
}

async function examineFolder(path: string, purpose: string): Promise<Folder> {
  const can = (mode: number, at: string) =>
    access(at, mode).then(
      () => true,
      () => false,
    );
  const exists = await can(constants.F_OK, path);
  // A cache folder that is not there yet is made in the nearest parent that is.
  let parent = path;
  while (!(await can(constants.F_OK, parent)) && dirname(parent) !== parent) parent = dirname(parent);
  const space = await statfs(parent).catch(() => undefined);
  return {
    path,
    purpose,
    exists,
    writable: await can(constants.W_OK, parent),
    ...(space === undefined ? {} : { freeBytes: space.bavail * space.bsize }),
  };
}
