import { Worker } from 'node:worker_threads';
import { nearest } from '@flanlab/errors';
import { SessionError } from './errors.js';
import type { Finish } from './finish.js';
import { nativeOptions, type SessionOptions } from './options.js';
import {
  CANCELLED,
  COMMITTED,
  type ReplyMessage,
  type Request,
  type RequestMessage,
  type Result,
  type TensorInfo,
  WAITING,
} from './protocol.js';
import { checkTensor, type Tensor, transferableBuffers } from './tensor.js';

export interface RunOptions {
  /** Outputs to bring back; all that are not kept when left out. */
  readonly fetch?: readonly string[];
  /** Output name → input name: the output becomes the resident input of later runs without leaving the worker. */
  readonly keep?: Readonly<Record<string, string>>;
  /**
   * Rejects at once with the signal's reason. Native code cannot be stopped: the run ends in the background, its
   * results are dropped and nothing of it is kept, and the next request waits for it.
   */
  readonly signal?: AbortSignal;
  /** Runs in the worker once the results count, before the next request. */
  readonly finish?: Finish;
  /** Move the buffers of the feeds instead of copying them; the caller's arrays are empty afterwards. */
  readonly transfer?: boolean;
}

export interface PutOptions {
  /** Move the buffer instead of copying it. */
  readonly transfer?: boolean;
  /** The tensor is no input of the model, but state that a `finish` function works on. */
  readonly aside?: boolean;
}

/** A model loaded in a worker thread of its own. Requests are answered in order. */
export interface OnnxSession extends AsyncDisposable {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the model on the feeds and the resident inputs (a feed wins over a resident of the same name).
   * @throws {SessionError} `SESSION_FEED_INVALID`, `SESSION_NAME_UNKNOWN`, `SESSION_RUN_FAILED`, `SESSION_WORKER_FAILED`, `SESSION_CLOSED`
   */
  run(feeds: Readonly<Record<string, Tensor>>, options?: RunOptions): Promise<Record<string, Tensor>>;
  /** Makes a tensor the resident input of every later run. Copies it, unless `transfer` moves its buffer. */
  put(name: string, tensor: Tensor, options?: PutOptions): Promise<void>;
  /** Copies resident tensors out, as the last finished run left them. */
  read(names: readonly string[]): Promise<Record<string, Tensor>>;
  /**
   * Loads another model in the same thread. Both have the same resident tensors, each there once: what one keeps, the other
   * reads. It closes alone, and with the session that it lies beside.
   * @throws {SessionError} what {@link openSession} throws
   */
  openBeside(model: Uint8Array | string, options?: SessionOptions): Promise<OnnxSession>;
  /** Waits for what is in progress, frees the model and ends the worker. May be called twice. */
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

// The same file from src (tests) and from dist: a worker needs JavaScript.
const WORKER = new URL('../dist/worker.js', import.meta.url);

/** The thread and the promises that wait for it. */
class WorkerClient {
  readonly #worker = new Worker(WORKER, { name: 'onnx-session', execArgv: [] });
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #next = 0;
  #failure: SessionError | undefined;

  constructor() {
    this.#worker.on('message', (reply: ReplyMessage) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error.message, error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(`It ended with code ${code}.`);
        resolve();
      });
    });
    this.#worker.unref(); // an idle session does not keep the process alive
  }

  request(request: Request, transfer: ArrayBuffer[] = [], signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      const cancelled = new Int32Array(new SharedArrayBuffer(4));
      const onAbort = (): void => {
        if (Atomics.compareExchange(cancelled, 0, WAITING, CANCELLED) !== COMMITTED) reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        resolve: (result) => {
          done();
          resolve(result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.#worker.ref();
      this.#worker.postMessage({ id, request, cancelled } satisfies RequestMessage, transfer);
    });
  }

  exited(): Promise<void> {
    this.#worker.ref(); // a program whose last act is to wait for this must not end before it
    return this.#exited;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: ReplyMessage): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (reply.ok) pending?.resolve(reply.result);
    else pending?.reject(new Error(reply.message));
  }

  #fail(why: string, cause?: unknown): void {
    this.#failure ??= new SessionError(
      'SESSION_WORKER_FAILED',
      {
        what: 'The thread that held a model ended early.',
        why,
        fix: 'Most often memory ran out: use smaller batches or shorter rows, and open the session again.',
      },
      { kind: 'environment', cause },
    );
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

/** What the models of one thread share. */
class SharedThread {
  readonly client = new WorkerClient();
  /** Names of the resident tensors. */
  readonly resident = new Set<string>();
  #models = 0;
  /** Set once the first model, and with it all, is closed. */
  closing: Promise<void> | undefined;

  /** Loads a model and gives its session. */
  async load(model: Uint8Array | string, options: SessionOptions): Promise<OnnxSession> {
    const { signal } = options;
    const number = this.#models++;
    try {
      const open = { model, options: nativeOptions(options) };
      const result = await this.client.request({ kind: 'open', model: number, open }, [], signal);
      const { inputs, outputs } = result as { inputs: TensorInfo[]; outputs: TensorInfo[] };
      return new WorkerSession(this, number, inputs, outputs);
    } catch (error) {
      if (error instanceof SessionError || (signal?.aborted === true && error === signal.reason)) throw error;
      throw creationError(error, model, options);
    }
  }
}

class WorkerSession implements OnnxSession {
  readonly #thread: SharedThread;
  /** 0 for the model that the thread was made for. */
  readonly #number: number;
  readonly #inputs: ReadonlyMap<string, TensorInfo>;
  readonly #outputNames: readonly string[];
  #closing: Promise<void> | undefined;

  constructor(
    thread: SharedThread,
    number: number,
    readonly inputs: readonly TensorInfo[],
    readonly outputs: readonly TensorInfo[],
  ) {
    this.#thread = thread;
    this.#number = number;
    this.#inputs = new Map(inputs.map((info) => [info.name, info]));
    this.#outputNames = outputs.map(({ name }) => name);
  }

  async run(feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    this.#checkOpen();
    const { keep = {}, finish, signal, transfer = false } = options;
    for (const [name, tensor] of Object.entries(feeds)) this.#checkInput(name, tensor);
    for (const input of Object.values(keep)) checkKnown('input', input, this.#inputs.keys());
    const missing = this.inputs.filter(({ name }) => feeds[name] === undefined && !this.#thread.resident.has(name));
    if (missing.length > 0) {
      throw new SessionError('SESSION_FEED_INVALID', {
        what: 'A run lacks inputs.',
        why: `Neither fed nor resident: ${missing.map(({ name }) => name).join(', ')}.`,
        fix: 'Feed them, or put them into the session first.',
      });
    }
    const used = new Set([...Object.keys(keep), ...(finish?.outputs ?? [])]);
    const fetch = options.fetch ?? this.#outputNames.filter((name) => !used.has(name));
    for (const name of [...fetch, ...used]) checkKnown('output', name, this.#outputNames);
    // Only after the checks: a refused run must leave the caller's arrays intact.
    const moved = transfer ? transferableBuffers(Object.values(feeds)) : [];
    const request = {
      kind: 'run',
      model: this.#number,
      feeds,
      fetch,
      keep,
      finish: finish && { module: finish.module.href, outputs: finish.outputs, argument: finish.argument },
    } as const;
    const result = await this.#ask(request, 'A run failed.', moved, signal);
    for (const input of Object.values(keep)) this.#thread.resident.add(input);
    return result as Record<string, Tensor>;
  }

  async put(name: string, tensor: Tensor, { transfer = false, aside = false }: PutOptions = {}): Promise<void> {
    this.#checkOpen();
    if (aside) checkTensor(name, tensor);
    else this.#checkInput(name, tensor);
    await this.#ask(
      { kind: 'put', name, tensor },
      'A tensor was not taken.',
      transfer ? transferableBuffers([tensor]) : [],
    );
    this.#thread.resident.add(name);
  }

  async read(names: readonly string[]): Promise<Record<string, Tensor>> {
    this.#checkOpen();
    for (const name of names) checkKnown('resident tensor', name, this.#thread.resident);
    return (await this.#ask({ kind: 'read', names }, 'Tensors could not be read.')) as Record<string, Tensor>;
  }

  async openBeside(model: Uint8Array | string, options: SessionOptions = {}): Promise<OnnxSession> {
    this.#checkOpen();
    options.signal?.throwIfAborted();
    return this.#thread.load(model, options);
  }

  close(): Promise<void> {
    const { client } = this.#thread;
    // When it has failed already, whoever waited for it was told.
    if (this.#number === 0) {
      this.#thread.closing ??= client.request({ kind: 'close' }).then(
        () => client.exited(),
        () => client.terminate(),
      );
      return this.#thread.closing;
    }
    this.#closing ??=
      this.#thread.closing ??
      client.request({ kind: 'release', model: this.#number }).then(
        () => undefined,
        () => undefined,
      );
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask(request: Request, what: string, moved: ArrayBuffer[] = [], signal?: AbortSignal): Promise<Result> {
    try {
      return await this.#thread.client.request(request, moved, signal);
    } catch (error) {
      if (error instanceof SessionError || (signal?.aborted === true && error === signal.reason)) throw error;
      throw new SessionError(
        'SESSION_RUN_FAILED',
        {
          what,
          why: error instanceof Error ? error.message : String(error),
          fix: 'Compare the shapes that were fed with those the model declares (`session.inputs`).',
        },
        { kind: 'internal', cause: error },
      );
    }
  }

  #checkOpen(): void {
    if (this.#closing === undefined && this.#thread.closing === undefined) return;
    throw new SessionError(
      'SESSION_CLOSED',
      { what: 'A closed session was used.', why: 'close() was called before.', fix: 'Open the model again.' },
      { kind: 'internal' },
    );
  }

  #checkInput(name: string, tensor: Tensor): void {
    checkKnown('input', name, this.#inputs.keys());
    checkTensor(name, tensor);
    const { type } = this.#inputs.get(name)!;
    if (type === tensor.type) return;
    throw new SessionError('SESSION_FEED_INVALID', {
      what: `The tensor "${name}" cannot be fed.`,
      why: `It is ${tensor.type}, the model wants ${type}.`,
      fix: `Convert it to ${type}.`,
    });
  }
}

function checkKnown(role: string, name: string, known: Iterable<string>): void {
  const names = [...known];
  if (names.includes(name)) return;
  const near = nearest(name, names);
  throw new SessionError('SESSION_NAME_UNKNOWN', {
    what: `There is no ${role} "${name}".`,
    why:
      names.length === 0
        ? 'There are none at all.'
        : `Known are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}.`,
    fix: near === undefined ? 'Use one of those names.' : `Did you mean ${near}?`,
  });
}

/**
 * Loads a model (its bytes, or the path of its file) in a worker thread, so that nothing here ever waits for
 * arithmetic. Close it, or hold it with `await using`: its memory comes back with the thread.
 * @throws {SessionError} `SESSION_MODEL_MISSING`, `SESSION_MODEL_INVALID`, `SESSION_PROVIDER_UNAVAILABLE`, `SESSION_WORKER_FAILED`
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions = {}): Promise<OnnxSession> {
  options.signal?.throwIfAborted();
  const thread = new SharedThread();
  try {
    return await thread.load(model, options);
  } catch (error) {
    void thread.client.terminate();
    throw error;
  }
}

function creationError(cause: unknown, model: Uint8Array | string, { provider = 'cpu' }: SessionOptions): SessionError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const which = typeof model === 'string' ? `The model ${model}` : 'The model';
  if (/doesn't exist|NO_SUCHFILE|no such file/i.test(why)) {
    const fix = 'Check the path, and that the external data lie beside the model.';
    return new SessionError('SESSION_MODEL_MISSING', { what: `${which} was not found.`, why, fix }, { cause });
  }
  if (provider !== 'cpu' && /provider|backend|cuda|cudnn|webgpu|adapter|vulkan|\.so|\.dll/i.test(why)) {
    const fix = 'Run `flanlab doctor`: it tries each provider and says what to install. Or use the provider cpu.';
    const what = `${which} cannot run on ${provider}.`;
    return new SessionError('SESSION_PROVIDER_UNAVAILABLE', { what, why, fix }, { kind: 'environment', cause });
  }
  const fix = 'The file may be cut short, or use operators or types this ONNX Runtime lacks: write it again.';
  return new SessionError('SESSION_MODEL_INVALID', { what: `${which} was refused.`, why, fix }, { cause });
}
