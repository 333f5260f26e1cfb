import { availableParallelism } from 'node:os';

/** Where a session computes. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/** Weights that lie outside of the model file: `path` as the model names them, `data` their bytes. */
export interface ExternalData {
  readonly path: string;
  readonly data: Uint8Array;
}

export interface SessionOptions {
  /** `cpu` unless told otherwise. Operators that a provider lacks run on the CPU. */
  readonly provider?: Provider;
  /**
   * Threads inside an operator; all cores when left out. Results have the same bits for the same number on the same
   * kind of processor: fix it where runs are compared.
   */
  readonly threads?: number;
  /** Files the model refers to, when it is given as bytes. A model given as a path finds its own. */
  readonly externalData?: readonly ExternalData[];
  /** Folder in which a model given as bytes finds its external data; saves holding them twice. */
  readonly externalDataFolder?: string;
  /** How far ONNX Runtime rewrites the graph; `all` unless told otherwise. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
  /** ONNX Runtime session configuration: nested or dotted keys, values as text. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Keep freed memory for the next run (faster). `false` gives it back at once. `true` unless told otherwise. */
  readonly memoryArena?: boolean;
  /** Plan memory once per set of input shapes; `false` suits inputs whose shapes always change. */
  readonly memoryPattern?: boolean;
  /** Writes a profile to `<prefix>_<time>.json` when the session closes. */
  readonly profilePrefix?: string;
  /** Gives up loading. */
  readonly signal?: AbortSignal;
}

// ONNX Runtime's threads wait for work by spinning. Where another process wants the core, that costs up to eight times
// the time (measured: decoding on two threads, one core busy); spinning this long at most is as fast on a quiet machine.
const SPIN_MICROSECONDS = '100';

/** The options object that onnxruntime-node reads. */
export function nativeOptions(options: SessionOptions): Record<string, unknown> {
  const { provider = 'cpu', threads = availableParallelism(), optimization = 'all', extra = {} } = options;
  const { externalDataFolder, profilePrefix, memoryArena = true, memoryPattern = true } = options;
  const session = {
    intra_op: { spin_duration_us: SPIN_MICROSECONDS },
    ...(externalDataFolder === undefined ? {} : { model_external_initializers_file_folder_path: externalDataFolder }),
    ...(extra.session as Record<string, unknown> | undefined),
  };
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimization,
    enableCpuMemArena: memoryArena,
    enableMemPattern: memoryPattern,
    logSeverityLevel: 4, // what fails is thrown; libraries do not print
    ...(options.externalData === undefined ? {} : { externalData: [...options.externalData] }),
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: Object.keys(session).length > 0 ? { ...extra, session } : extra,
  };
}
