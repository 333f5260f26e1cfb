import type { Tensor } from './tensor.js';

/**
 * Work on what a run computed, done in the worker thread next to the tensors, so that nothing big is copied: the module
 * exports `finish`, a {@link FinishFunction}.
 */
export interface Finish {
  readonly module: URL;
  /** Outputs of the run that the function gets; they are dropped afterwards unless also fetched or kept. */
  readonly outputs: readonly string[];
  /** Whatever else it needs; copied to the worker. */
  readonly argument?: unknown;
}

export interface FinishContext {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** A resident tensor by name. Its data may be changed in place: later runs and reads see that. */
  readonly resident: (name: string) => Tensor;
  readonly argument: unknown;
}

export type FinishFunction = (context: FinishContext) => void;
