import { fork } from 'node:child_process';
import type { Provider } from './options.js';
import type { Multiplication } from './probe-multiply.js';

/** What a provider can do on this machine, tried and not assumed. */
export interface ProviderReport {
  readonly provider: Provider;
  /** True when it multiplied two matrices correctly. */
  readonly usable: boolean;
  /** Loading a model and the first run, in milliseconds; only when it came that far. */
  readonly openMs?: number;
  readonly runMs?: number;
  /** Why it is not usable. */
  readonly reason?: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** In the order in which they are worth trying. */
export const PROVIDERS = {
  cpu: { fix: 'Install onnxruntime-node again: its library does not load on this machine.' },
  cuda: {
    fix: 'Needs an NVIDIA GPU, CUDA 12 and cuDNN 9. Fetch the GPU libraries with `node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12`.',
  },
  webgpu: { fix: 'Needs a GPU with a Vulkan driver (Linux), Metal (macOS) or Direct3D 12 (Windows).' },
} as const satisfies Record<Provider, { readonly fix: string }>;

export interface ProbeOptions {
  readonly providers?: readonly Provider[];
  /** A provider that has not answered by then counts as hung; 20 seconds unless told otherwise. */
  readonly timeoutMs?: number;
}

/**
 * Multiplies two matrices on each provider, each in a process of its own, so that one that crashes or hangs
 * (WebGPU without an adapter does) is a line in the report and nothing worse.
 */
export async function probeProviders(options: ProbeOptions = {}): Promise<ProviderReport[]> {
  const { providers = Object.keys(PROVIDERS) as Provider[], timeoutMs = 20_000 } = options;
  const reports: ProviderReport[] = [];
  // One after the other: their times are shown to the user.
  for (const provider of providers) reports.push(await probe(provider, timeoutMs));
  return reports;
}

const CHILD = new URL('../dist/probe-child.js', import.meta.url);

function probe(provider: Provider, timeoutMs: number): Promise<ProviderReport> {
  return new Promise((resolve) => {
    const child = fork(CHILD, [provider], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-2000);
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle({ error: `It did not answer within ${timeoutMs / 1000} seconds.` });
    }, timeoutMs);
    let settled = false;
    const settle = (answer: Multiplication | { readonly error: string }): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve(report(provider, answer));
    };
    child.on('message', (answer) => settle(answer as Multiplication | { readonly error: string }));
    child.on('error', (error) => settle({ error: error.message }));
    child.on('close', (code, signal) => {
      const last = stderr.trim().split('\n').at(-1) ?? '';
      settle({ error: `Its process ended with ${signal ?? `code ${code}`}. ${last}`.trim() });
    });
  });
}

function report(provider: Provider, answer: Multiplication | { readonly error: string }): ProviderReport {
  const { fix } = PROVIDERS[provider];
  if ('error' in answer) return { provider, usable: false, reason: answer.error, fix };
  const { openMs, runMs, maxError } = answer;
  if (maxError === 0) return { provider, usable: true, openMs, runMs };
  return { provider, usable: false, openMs, runMs, reason: `Its product is off by ${maxError}.`, fix };
}
