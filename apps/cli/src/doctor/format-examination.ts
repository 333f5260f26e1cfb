import type { ProviderReport } from '@flanlab/onnx-session';
import { formatBytes, formatTable } from '../terminal/format.js';
import type { CudaExamination } from './examine-cuda.js';
import type { Examination } from './examine-machine.js';

const LEAST_FREE_BYTES = 1024 ** 3;

function providerRows({ provider, usable, runMs, reason, fix }: ProviderReport): readonly string[] {
  if (usable) return [`  ${provider}: works${runMs === undefined ? '' : ` (first product in ${runMs.toFixed(1)} ms)`}`];
  return [`  ${provider}: not usable: ${reason ?? 'no answer'}`, ...(fix === undefined ? [] : [`      ${fix}`])];
}

function cudaRows({ driver, libraries, provider, advice }: CudaExamination): readonly string[] {
  const gpus = driver?.gpus.map(({ name, memoryMiB }) => `${name}, ${formatBytes(memoryMiB * 1024 ** 2)}`) ?? [];
  const library = (stem: string): string => {
    const found = libraries.find(({ name }) => name.startsWith(`${stem}.so`));
    return found?.path === undefined ? 'not found' : `${found.version} (${found.path})`;
  };
  return [
    '',
    'CUDA, as the provider cuda needs it (read without a device):',
    ...formatTable([
      ['  Driver', driver === undefined ? 'none' : `${driver.version} (${driver.source})`],
      ['  GPUs', gpus.length === 0 ? 'none' : gpus.join('; ')],
      ['  CUDA 12', library('libcudart')],
      ['  cuDNN 9', library('libcudnn')],
      ['  ONNX Runtime for CUDA', provider.fetched ? provider.folder : 'not fetched'],
    ]).split('\n'),
    ...(advice.length === 0 ? [] : ['  To do:', ...advice.map((line, i) => `    ${i + 1}. ${line}`)]),
  ];
}

/** The findings as a page of text. */
export function formatExamination({
  node,
  platform,
  cpu,
  memory,
  onnxRuntime,
  providers,
  cuda,
  folders,
}: Examination): string {
  return [
    formatTable([
      [
        'Node',
        `${node.version}${node.supported ? '' : ': too old, flanlab needs 20.19 or newer (https://nodejs.org)'}`,
      ],
      ['System', platform],
      ['Processor', `${cpu.model}, ${cpu.cores} cores`],
      ['Memory', `${formatBytes(memory.totalBytes)}, ${formatBytes(memory.freeBytes)} free`],
      ['ONNX Runtime', onnxRuntime.version],
    ]),
    '',
    'Execution providers (each opened a session and multiplied two matrices):',
    ...providers.flatMap(providerRows),
    ...(cuda === undefined ? [] : cudaRows(cuda)),
    '',
    'Folders:',
    ...folders.map(({ path, purpose, exists, writable, freeBytes }) => {
      const notes = [
        ...(exists ? [] : ['made when needed']),
        ...(writable ? [] : ['not writable']),
        ...(freeBytes === undefined
          ? []
          : [`${formatBytes(freeBytes)} free${freeBytes < LEAST_FREE_BYTES ? ': too little' : ''}`]),
      ];
      return `  ${purpose}: ${path} (${notes.join(', ')})`;
    }),
  ].join('\n');
}
