import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CudaDriver, findDriver } from './cuda-driver.js';
import { CUDA_LIBRARIES, type FoundLibrary, findLibraries } from './cuda-libraries.js';

/** What CUDA needs on this machine, and what of it is there; read without a device. */
export interface CudaExamination {
  readonly driver?: CudaDriver;
  readonly libraries: readonly FoundLibrary[];
  /** Whether ONNX Runtime's own CUDA provider was fetched. */
  readonly provider: { readonly folder: string; readonly fetched: boolean };
  /** What to do, in this order; nothing when all is there. */
  readonly advice: readonly string[];
}

export interface CudaSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the package onnxruntime-node. */
  readonly runtimeFolder: string;
  /** Where the file system starts; `/` unless a test has one of its own. */
  readonly root?: string;
}

/** The oldest driver that runs CUDA 12 on Linux. @see docs.nvidia.com/cuda/cuda-toolkit-release-notes, table 2 */
const LEAST_DRIVER = '525.60.13';

/** Reads driver, CUDA and cuDNN versions, and compares them with what this build of ONNX Runtime needs (Linux x64). */
export async function examineCuda({ env, runtimeFolder, root = '/' }: CudaSurroundings): Promise<CudaExamination> {
  const driver = await findDriver({ env, root });
  const libraries = await findLibraries(CUDA_LIBRARIES, { env, root });
  const provider = await findProvider(runtimeFolder);
  const advice = [
    ...driverAdvice(driver),
    ...libraryAdvice(libraries),
    ...(provider.fetched ? [] : [fetchAdvice(runtimeFolder)]),
  ];
  return { ...(driver === undefined ? {} : { driver }), libraries, provider, advice };
}

async function findProvider(runtimeFolder: string): Promise<CudaExamination['provider']> {
  const bin = join(runtimeFolder, 'bin');
  const [version = 'napi-v6'] = (await readdir(bin).catch((): string[] => [])).filter((name) =>
    name.startsWith('napi-'),
  );
  const folder = join(bin, version, 'linux/x64');
  const files = await readdir(folder).catch((): string[] => []);
  return { folder, fetched: files.includes('libonnxruntime_providers_cuda.so') };
}

function driverAdvice(driver: CudaDriver | undefined): readonly string[] {
  if (driver === undefined) {
    return [
      `There is no NVIDIA driver: install one of version ${LEAST_DRIVER} or newer. In a container it comes from outside: start that with \`--gpus all\`.`,
    ];
  }
  const { version, gpus, problem } = driver;
  if (isOlder(version, LEAST_DRIVER)) {
    return [`The driver ${version} is too old for CUDA 12: install ${LEAST_DRIVER} or newer.`];
  }
  if (gpus.length > 0) return [];
  return [
    `The driver ${version} is loaded, but no GPU is seen (${problem}): in a container start that with \`--gpus all\`, in a job ask for a GPU.`,
  ];
}

function libraryAdvice(libraries: readonly FoundLibrary[]): readonly string[] {
  const missing = libraries.filter(({ path }) => path === undefined);
  const outside = missing.filter(({ name, elsewhere }) => elsewhere.some((path) => path.endsWith(`/${name}`)));
  const folders = new Set(
    outside.map(({ name, elsewhere }) => dirname(elsewhere.find((path) => path.endsWith(`/${name}`))!)),
  );
  const absent = missing.filter((library) => !outside.includes(library));
  const advice: string[] = [];
  if (folders.size > 0) {
    const names = outside.map(({ name }) => name).join(', ');
    advice.push(
      `The loader does not look where ${names} lie: export LD_LIBRARY_PATH=${[...folders].join(':')}:$LD_LIBRARY_PATH`,
    );
  }
  const kinds = [
    ['CUDA 12', absent.filter(({ name }) => !name.startsWith('libcudnn'))],
    ['cuDNN 9 for CUDA 12', absent.filter(({ name }) => name.startsWith('libcudnn'))],
  ] as const;
  for (const [product, lacking] of kinds) {
    if (lacking.length === 0) continue;
    const others = lacking.flatMap(({ elsewhere }) => elsewhere);
    const there = others.length === 0 ? '' : ` (there is ${others.slice(0, 2).join(', ')}, of another version)`;
    advice.push(`Install ${product}: ${lacking.map(({ name }) => name).join(', ')} cannot be found${there}.`);
  }
  return advice;
}

const fetchAdvice = (runtimeFolder: string): string =>
  `Fetch ONNX Runtime's CUDA provider: node ${join(runtimeFolder, 'script/install')} --onnxruntime-node-install=cuda12`;

function isOlder(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) < b[i]!;
  return false;
}
