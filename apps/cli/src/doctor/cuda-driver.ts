import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The NVIDIA driver of this machine. */
export interface CudaDriver {
  readonly version: string;
  /** Who said so. */
  readonly source: 'nvidia-smi' | '/proc/driver/nvidia/version';
  /** The GPUs that nvidia-smi sees. */
  readonly gpus: readonly { readonly name: string; readonly memoryMiB: number }[];
  /** What nvidia-smi said instead of naming GPUs. */
  readonly problem?: string;
}

interface Where {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly root: string;
  readonly timeoutMs?: number;
}

const QUERY = ['--query-gpu=driver_version,memory.total,name', '--format=csv,noheader,nounits'];

/** Asks nvidia-smi, else the kernel; nothing where there is no driver. */
export async function findDriver({ env, root, timeoutMs = 10_000 }: Where): Promise<CudaDriver | undefined> {
  const asked = await promisify(execFile)('nvidia-smi', QUERY, { env: { ...env }, timeout: timeoutMs }).then(
    ({ stdout }) => ({ stdout }),
    (error: NodeJS.ErrnoException & { stdout?: string; stderr?: string; killed?: boolean }) => ({ error }),
  );
  if ('stdout' in asked) {
    const rows = asked.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(',').map((cell) => cell.trim()));
    const gpus = rows.flatMap(([, memory, ...name]) =>
      name.length === 0 ? [] : [{ name: name.join(', '), memoryMiB: Number(memory) }],
    );
    const version = rows[0]?.[0] ?? '';
    if (gpus.length > 0 && /^\d+\./u.test(version)) return { version, source: 'nvidia-smi', gpus };
  }
  const text = await readFile(join(root, 'proc/driver/nvidia/version'), 'utf8').catch(() => '');
  const version = /Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s/u.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { version, source: '/proc/driver/nvidia/version', gpus: [], problem: reason(asked) };
}

function reason(
  asked: { stdout: string } | { error: NodeJS.ErrnoException & { stdout?: string; killed?: boolean } },
): string {
  if ('stdout' in asked) return asked.stdout.trim().split('\n')[0] || 'nvidia-smi names no GPU';
  const { code, killed, stdout, message } = asked.error;
  if (code === 'ENOENT') return 'there is no nvidia-smi';
  if (killed) return 'nvidia-smi did not answer';
  return (stdout ?? '').trim().split('\n')[0] || message.split('\n')[0]!;
}
