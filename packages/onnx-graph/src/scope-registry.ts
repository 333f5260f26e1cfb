import { GraphError } from './errors.js';
import { type TensorSpec, tensorBytes } from './tensor-data.js';
import type { Value } from './value.js';

// Longer constants are rarely equal, and comparing their text would cost more than storing them twice.
const LARGEST_SHARED_BYTES = 4096;

/** What all graphs of one model share: its names, its counters and its constants. */
export class ScopeRegistry {
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, Value>();
  readonly #suffixes = new Map<string, number>();
  #nodes = 0;
  #dimensions = 0;

  /** @throws {GraphError} `GRAPH_NAME_TAKEN` */
  claim(name: string): void {
    if (name === '' || this.#names.has(name)) {
      throw new GraphError('GRAPH_NAME_TAKEN', {
        what: name === '' ? 'A value got the empty name.' : `The name "${name}" is given twice.`,
        why: 'Names are not empty, and unique in the whole model, nested graphs included.',
        fix: 'Choose another name.',
      });
    }
    this.#names.add(name);
  }

  /** A name that is free; it is taken once it is claimed. */
  freshName(prefix: string): string {
    let name: string;
    do {
      const next = (this.#suffixes.get(prefix) ?? 0) + 1;
      this.#suffixes.set(prefix, next);
      name = `${prefix}_${next}`;
    } while (this.#names.has(name));
    return name;
  }

  freshDimension(): string {
    return `unknown_${++this.#dimensions}`;
  }

  nextIndex(): number {
    return this.#nodes++;
  }

  constant(spec: TensorSpec, make: (name: string) => Value): Value {
    const key = constantKey(spec);
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const value = make(this.freshName('constant'));
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }
}

function constantKey(spec: TensorSpec): string | undefined {
  const head = `${spec.type}(${spec.shape.join()})`;
  if (spec.type === 'string') return `${head}${JSON.stringify(spec.data)}`;
  const bytes = tensorBytes(spec);
  return bytes.length > LARGEST_SHARED_BYTES ? undefined : `${head}${String.fromCharCode(...bytes)}`;
}
