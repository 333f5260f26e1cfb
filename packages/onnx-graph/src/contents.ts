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
      if (typeof p === 'number' && typeof q === 'number') {
        const result = compute(p, q);
        // Sizes stay far below 2³¹; what does not is no size, and might wrap around.
        return Math.abs(result) < 2 ** 31 ? result : fresh();
      }
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
  ConstantOfShape: ([shape], { value }) => {
    const [count] = knownNumbers(shape) ?? [];
    if (value?.kind !== 'tensor' || value.value.type !== 'int64' || count === undefined || count > 64) return undefined;
    return new Array<number>(count).fill(Number(value.value.data[0]));
  },
  Div: arithmetic((a, b) => Math.trunc(a / b), quotient),
  Equal: ([x, y]) => {
    const [a, b] = [knownSizes(x), knownSizes(y)];
    if (a === undefined || b === undefined || (a.length !== b.length && b.length !== 1)) return undefined;
    const results = a.map((p, i) => sameSize(p, b[b.length === 1 ? 0 : i]!));
    return results.every((result) => result !== undefined) ? results.map(Number) : undefined;
  },
  Gather: ([x, indices]) => {
    const [data, at] = [knownSizes(x), knownNumbers(indices)];
    return data === undefined || at === undefined ? undefined : at.map((i) => data.at(i)!);
  },
  Identity: same,
  Mod: arithmetic((a, b) => ((a % b) + b) % b),
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
  Where: ([condition, x, y]) => {
    const [chosen, a, b] = [knownNumbers(condition), knownSizes(x), knownSizes(y)];
    if (chosen === undefined || a === undefined || b === undefined) return undefined;
    const at = (values: Shape, i: number) => values[values.length === 1 ? 0 : i];
    const results = chosen.map((isFirst, i) => at(isFirst ? a : b, i));
    return results.every((result) => result !== undefined) ? results : undefined;
  },
};

/** Whether two sizes are equal, if that is known: a named size is never negative. */
function sameSize(p: Dimension, q: Dimension): boolean | undefined {
  if (p === q) return true;
  if (typeof p === 'number' && typeof q === 'number') return false;
  return Number(p) < 0 || Number(q) < 0 ? false : undefined;
}

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
