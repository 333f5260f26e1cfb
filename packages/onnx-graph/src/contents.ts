import { type Attributes, numberAttribute } from './attribute.js';
import { knownNumbers, knownSizes } from './inference/types.js';
import { product, quotient } from './sizes.js';
import type { Dimension, Shape, Value } from './value.js';

type Propagation = (
  inputs: readonly (Value | null)[],
  attributes: Attributes,
  fresh: () => string,
) => Shape | undefined;

const same: Propagation = ([x]) => knownSizes(x);

const arithmetic =
  (
    compute: (a: number, b: number) => number,
    symbolic?: (a: Dimension, b: Dimension) => Dimension | undefined,
  ): Propagation =>
  ([x, y], _, fresh) => {
    const [a, b] = [knownSizes(x), knownSizes(y)];
    if (a === undefined || b === undefined || (x?.type !== 'int64' && x?.type !== 'int32')) return undefined;
    if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_unused, i): Dimension => {
      const [p, q] = [a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!];
      if (typeof p === 'number' && typeof q === 'number') return compute(p, q);
      return symbolic?.(p, q) ?? fresh();
    });
  };

/** How known elements of small integer tensors pass through the operators that shape arithmetic is made of. */
const PROPAGATION: Readonly<Record<string, Propagation>> = {
  Add: arithmetic((a, b) => a + b),
  Cast: same,
  Concat: (inputs) => {
    const parts = inputs.map(knownSizes);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  },
  Div: arithmetic((a, b) => Math.trunc(a / b), quotient),
  Gather: ([x, indices]) => {
    const [data, at] = [knownSizes(x), knownNumbers(indices)];
    return data === undefined || at === undefined ? undefined : at.map((i) => data.at(i)!);
  },
  Identity: same,
  Mul: arithmetic(
    (a, b) => a * b,
    (a, b) => product([a, b]),
  ),
  Reshape: same,
  Shape: ([x], attributes) => {
    const shape = x?.shape ?? [];
    return shape.slice(numberAttribute(attributes, 'start', 0), numberAttribute(attributes, 'end', shape.length));
  },
  Slice: ([x, starts, ends, , steps]) => {
    const [data, from, to] = [knownSizes(x), knownNumbers(starts), knownNumbers(ends)];
    const step = (steps ?? null) === null ? 1 : knownNumbers(steps)?.[0];
    if (data === undefined || from === undefined || to === undefined || step !== 1) return undefined;
    return data.slice(from[0], to[0]);
  },
  Size: ([x]) => [product(x?.shape ?? [])],
  Squeeze: same,
  Sub: arithmetic((a, b) => a - b),
  Unsqueeze: same,
};

/** The elements of a node's integer output as far as they follow from its inputs now. */
export function propagateContents(
  operator: string,
  inputs: readonly (Value | null)[],
  attributes: Attributes,
  fresh: () => string,
): Shape | undefined {
  if (operator === 'Cast' && ![6, 7].includes(numberAttribute(attributes, 'to', 0))) return undefined;
  return PROPAGATION[operator]?.(inputs, attributes, fresh);
}
