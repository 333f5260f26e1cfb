import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test-folder.js';
import { CUDA_LIBRARIES } from './cuda-libraries.js';
import { examineCuda } from './examine-cuda.js';
import { formatExamination } from './format-examination.js';

const NVRM = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n';
const OPEN_NVRM = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  470.82.01  Release Build  (user@host)\n';

/** A machine in a folder: its files, links by their targets, and what its nvidia-smi prints. */
async function machine(
  root: string,
  files: Readonly<Record<string, string>>,
  { smi, links = {} }: { readonly smi?: string; readonly links?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly root: string; readonly runtimeFolder: string; readonly env: Record<string, string> }> {
  const bin = join(root, 'bin');
  const scripts = smi === undefined ? {} : { 'bin/nvidia-smi': `#!/bin/sh\n${smi}\n` };
  for (const [name, text] of Object.entries({ ...files, ...scripts })) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, name));
  if (smi !== undefined) await chmod(join(bin, 'nvidia-smi'), 0o755);
  return { root, runtimeFolder: join(root, 'runtime'), env: { PATH: bin } };
}

const CUDA = '/usr/local/cuda-12.4/lib64';
const INSTALLED = Object.fromEntries(CUDA_LIBRARIES.map((name) => [`${CUDA.slice(1)}/${name}`, '']));
const PROVIDER = { 'runtime/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so': '' };
const SMI = "echo '550.54.15, 81559, NVIDIA A100-SXM4-80GB'; echo '550.54.15, 81559, NVIDIA A100-SXM4-80GB'";

it('finds nothing to do where driver, CUDA, cuDNN and the provider are there', async () => {
  await using folder = await temporaryFolder();
  const files = {
    ...INSTALLED,
    ...PROVIDER,
    'etc/ld.so.conf': '# comment\ninclude ld.so.conf.d/*.conf\n',
    'etc/ld.so.conf.d/cuda.conf': `${CUDA}\n`,
    'usr/lib64/libcudart.so.12.4.127': '',
    'usr/lib64/libcudnn.so.9.1.0': '',
  };
  const { 'usr/local/cuda-12.4/lib64/libcudnn.so.9': _, ...rest } = files as Record<string, string>;
  const links = { 'usr/lib64/libcudnn.so.9': 'libcudnn.so.9.1.0' };
  const found = await examineCuda(await machine(folder.path, rest, { smi: SMI, links }));
  expect(found.advice).toEqual([]);
  expect(found.driver).toEqual({
    version: '550.54.15',
    source: 'nvidia-smi',
    gpus: [
      { name: 'NVIDIA A100-SXM4-80GB', memoryMiB: 81559 },
      { name: 'NVIDIA A100-SXM4-80GB', memoryMiB: 81559 },
    ],
  });
  expect(found.libraries.at(-1)).toEqual({
    name: 'libcudnn.so.9',
    path: '/usr/lib64/libcudnn.so.9',
    version: '9.1.0',
    elsewhere: [],
  });
});

it('finds libraries in LD_LIBRARY_PATH', async () => {
  await using folder = await temporaryFolder();
  const { env, ...rest } = await machine(folder.path, { ...INSTALLED, ...PROVIDER }, { smi: SMI });
  const { advice } = await examineCuda({ ...rest, env: { ...env, LD_LIBRARY_PATH: `/nowhere:${CUDA}` } });
  expect(advice).toEqual([]);
});

it.each<[string, Readonly<Record<string, string>>, string | undefined, readonly RegExp[]]>([
  [
    'no driver',
    { ...PROVIDER },
    undefined,
    [/no NVIDIA driver.*525\.60\.13.*--gpus all/, /Install CUDA 12: libcudart/, /Install cuDNN 9/],
  ],
  [
    'a driver of the kernel alone, and libraries where the loader does not look',
    { ...PROVIDER, ...INSTALLED, 'proc/driver/nvidia/version': NVRM },
    undefined,
    [
      /550\.54\.15 is loaded, but no GPU is seen \(there is no nvidia-smi\)/,
      /LD_LIBRARY_PATH=\/usr\/local\/cuda-12\.4\/lib64:/,
    ],
  ],
  [
    'an old open driver, whose nvidia-smi fails',
    { ...PROVIDER, 'proc/driver/nvidia/version': OPEN_NVRM },
    "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18",
    [/driver 470\.82\.01 is too old/, /CUDA 12/, /cuDNN 9/],
  ],
  [
    'other versions, and no provider',
    { 'usr/lib64/libcudart.so.11.0': '', 'usr/lib64/libcudnn.so.8': '' },
    SMI,
    [
      /Install CUDA 12: .*there is \/usr\/lib64\/libcudart\.so\.11\.0, of another version/,
      /cuDNN 9.*libcudnn\.so\.8/,
      /install --onnxruntime-node-install=cuda12/,
    ],
  ],
])('says what to do about %s', async (_what, files, smi, patterns) => {
  await using folder = await temporaryFolder();
  const { advice } = await examineCuda(await machine(folder.path, files, smi === undefined ? {} : { smi }));
  expect(advice).toHaveLength(patterns.length);
  for (const [i, pattern] of patterns.entries()) expect(advice[i]).toMatch(pattern);
});

it('keeps what nvidia-smi said when it fails', async () => {
  await using folder = await temporaryFolder();
  const smi = "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18";
  const { driver } = await examineCuda(await machine(folder.path, { 'proc/driver/nvidia/version': NVRM }, { smi }));
  expect(driver).toMatchObject({
    version: '550.54.15',
    source: '/proc/driver/nvidia/version',
    problem: 'Failed to initialize NVML: Driver/library version mismatch',
  });
});

it('prints versions and what to do as a page', async () => {
  await using folder = await temporaryFolder();
  const cuda = await examineCuda(await machine(folder.path, { ...PROVIDER, ...INSTALLED }, { smi: SMI }));
  const page = formatExamination({
    node: { version: '20.19.0', supported: true },
    platform: 'linux x64',
    cpu: { model: 'x', cores: 2 },
    memory: { totalBytes: 0, freeBytes: 0 },
    onnxRuntime: { version: '1.30.0' },
    providers: [],
    cuda,
    folders: [],
  });
  expect(page).toMatch(/Driver +550\.54\.15 \(nvidia-smi\)/);
  expect(page).toMatch(/GPUs +NVIDIA A100-SXM4-80GB, 79\.6 GiB; /);
  expect(page).toMatch(/CUDA 12 +not found/);
  expect(page).toMatch(/1\. The loader does not look where libcudart\.so\.12, /);
});
