import type { ElementType, Tensor } from './tensor.js';

/** Name, type and shape of a model input or output; a text in `dims` is a symbolic dimension. */
export interface TensorInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** What the worker needs to load a model: plain data only. */
export interface OpenRequest {
  readonly model: Uint8Array | string;
  /** Passed to onnxruntime-node as it is. */
  readonly options: Record<string, unknown>;
}

export interface FinishRequest {
  /** URL of the module. */
  readonly module: string;
  readonly outputs: readonly string[];
  readonly argument: unknown;
}

export type Request =
  | { readonly kind: 'open'; readonly model: number; readonly open: OpenRequest }
  | {
      readonly kind: 'run';
      readonly model: number;
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly fetch: readonly string[];
      readonly keep: Readonly<Record<string, string>>;
      readonly finish: FinishRequest | undefined;
    }
  | { readonly kind: 'put'; readonly name: string; readonly tensor: Tensor }
  | { readonly kind: 'read'; readonly names: readonly string[] }
  /** Of the model alone, where others stay in the thread. */
  | { readonly kind: 'release'; readonly model: number }
  | { readonly kind: 'close' };

export interface RequestMessage {
  readonly id: number;
  readonly request: Request;
  /** Shared flag of one element: whoever first replaces `WAITING` decides whether the request counts. */
  readonly cancelled: Int32Array;
}

export type Result =
  | { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] }
  | Readonly<Record<string, Tensor>>
  | undefined;

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly result: Result }
  | { readonly id: number; readonly ok: false; readonly message: string };

export const WAITING = 0;
/** Set by the caller who gives up: a queued run is skipped, the result of a running one dropped. */
export const CANCELLED = 1;
/** Set by the worker when a run has succeeded. */
export const COMMITTED = 2;
