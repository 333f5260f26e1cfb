import { parentPort } from 'node:worker_threads';
import ort from 'onnxruntime-node';
import type { FinishFunction } from './finish.js';
import {
  CANCELLED,
  COMMITTED,
  type FinishRequest,
  type ReplyMessage,
  type Request,
  type RequestMessage,
  type Result,
  type TensorInfo,
  WAITING,
} from './protocol.js';
import { type ElementType, type Tensor, transferableBuffers } from './tensor.js';

// One model lives here, or several that share their resident tensors. onnxruntime-node computes on the thread that calls it,
// hence this thread.
const port = parentPort!;
const resident = new Map<string, ort.Tensor>();
const sessions = new Map<number, ort.InferenceSession>();

const toNative = ({ type, dims, data }: Tensor): ort.Tensor =>
  new ort.Tensor(type as 'float32', data as Float32Array, dims);

function fromNative({ type, dims, data }: ort.Tensor): Tensor {
  const plain =
    ArrayBuffer.isView(data) && type === 'float16'
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : data;
  return { type: type as ElementType, dims, data: plain as Tensor['data'] };
}

const describe = (metadata: readonly ort.InferenceSession.ValueMetadata[]): TensorInfo[] =>
  metadata.map((value) => ({
    name: value.name,
    type: (value.isTensor ? value.type : 'float32') as ElementType,
    dims: value.isTensor ? [...value.shape] : [],
  }));

async function handle(request: Request, cancelled: Int32Array): Promise<Result> {
  switch (request.kind) {
    case 'open': {
      ort.env.logLevel = 'error';
      const { model, options } = request.open;
      const session =
        typeof model === 'string'
          ? await ort.InferenceSession.create(model, options)
          : await ort.InferenceSession.create(model, options);
      sessions.set(request.model, session);
      return { inputs: describe(session.inputMetadata), outputs: describe(session.outputMetadata) };
    }
    case 'put':
      resident.set(request.name, toNative(request.tensor));
      return undefined;
    case 'read':
      // Cloned by the message, so that the resident tensor stays intact.
      return Object.fromEntries(request.names.map((name) => [name, fromNative(resident.get(name)!)]));
    case 'run': {
      const session = sessions.get(request.model)!;
      const feeds: Record<string, ort.Tensor> = {};
      for (const { name } of session.inputMetadata) {
        const fed = request.feeds[name];
        const value = fed === undefined ? resident.get(name) : toNative(fed);
        if (value !== undefined) feeds[name] = value;
      }
      const wanted = new Set([...request.fetch, ...Object.keys(request.keep), ...(request.finish?.outputs ?? [])]);
      const outputs = await session.run(feeds, [...wanted]);
      // Either the caller gave up first, and nothing is kept, or these results count and it can no longer give up.
      if (Atomics.compareExchange(cancelled, 0, WAITING, COMMITTED) !== WAITING) return undefined;
      for (const [output, input] of Object.entries(request.keep)) resident.set(input, outputs[output]!);
      if (request.finish !== undefined) await finish(request.finish, outputs);
      return Object.fromEntries(request.fetch.map((name) => [name, fromNative(outputs[name]!)]));
    }
    case 'release':
      await sessions.get(request.model)?.release();
      sessions.delete(request.model);
      return undefined;
    case 'close':
      resident.clear();
      for (const session of sessions.values()) await session.release();
      sessions.clear();
      return undefined;
  }
}

async function finish(request: FinishRequest, outputs: Readonly<Record<string, ort.Tensor>>): Promise<void> {
  const module = (await import(request.module)) as { readonly finish: FinishFunction };
  module.finish({
    outputs: Object.fromEntries(request.outputs.map((name) => [name, fromNative(outputs[name]!)])),
    resident(name) {
      const tensor = resident.get(name);
      if (tensor === undefined) throw new Error(`There is no resident tensor "${name}".`);
      return fromNative(tensor);
    },
    argument: request.argument,
  });
}

async function answer({ id, request, cancelled }: RequestMessage): Promise<void> {
  let reply: ReplyMessage;
  let moved: ArrayBuffer[] = [];
  try {
    const result = Atomics.load(cancelled, 0) === CANCELLED ? undefined : await handle(request, cancelled);
    if (request.kind === 'run' && result !== undefined) {
      // What is kept here as well is copied by the message instead of moved.
      const fetched = Object.entries(result).filter(([name]) => request.keep[name] === undefined);
      moved = transferableBuffers(fetched.map(([, tensor]) => tensor as Tensor));
    }
    reply = { id, ok: true, result };
  } catch (error) {
    reply = { id, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply, moved);
  if (request.kind === 'close') port.close();
}

// A queue: requests arrive while a run is in progress, and must see what it kept.
let queue: Promise<void> = Promise.resolve();
port.on('message', (message: RequestMessage) => {
  queue = queue.then(() => answer(message));
});
