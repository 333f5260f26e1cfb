import { numberAttribute, numbersAttribute } from '../attribute.js';
import { GraphError } from '../errors.js';
import { broadcastShapes, isStatic, resolveAxis, shapeMismatch, unify } from '../shapes.js';
import { product, quotient } from '../sizes.js';
import type { Dimension, Shape, TensorType } from '../value.js';
import {
  INDEX_TYPES,
  type Inference,
  type InferenceContext,
  knownNumbers,
  knownSizes,
  lengthOf,
  oneType,
  required,
  requireInteger,
} from './types.js';

// The rank is needed to go on; ONNX would find it at run time only.
function unknownRank(c: InferenceContext): GraphError {
  return new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `${c.operator} got a shape or axes whose number is not known.`,
    why: 'The rank of each value must be known while the graph is built.',
    fix: 'Pass numbers, or a 1-D value of known length.',
  });
}

const reshape: Inference = (c) => {
  const [x, target] = [required(c, 0), required(c, 1)];
  requireInteger(c, target, ['int64']);
  const sizes = knownSizes(target);
  if (sizes === undefined) {
    const rank = lengthOf(target);
    if (rank === undefined) throw unknownRank(c);
    return [{ type: x.type, shape: Array.from({ length: rank }, c.fresh) }];
  }
  const keepsZero = numberAttribute(c.attributes, 'allowzero', 0) === 1;
  const shape = sizes.map((size, axis) => (size === 0 && !keepsZero ? (x.shape[axis] ?? 0) : size));
  const free = shape.indexOf(-1);
  if (shape.filter((size) => size === -1).length > 1)
    throw shapeMismatch(c.operator, [x.shape, shape], 'Only one size may be -1.');
  if (free !== -1) shape[free] = missingSize(c, x.shape, shape);
  if (isStatic(x.shape) && isStatic(shape) && product(x.shape) !== product(shape)) {
    throw shapeMismatch(c.operator, [x.shape, shape], 'The numbers of elements differ.');
  }
  return [{ type: x.type, shape }];
};

/** The size that -1 stands for: the elements there are, shared among the other axes. */
function missingSize(c: InferenceContext, from: Shape, to: readonly Dimension[]): Dimension {
  const others = to.filter((size) => size !== -1);
  const size = quotient(product(from), product(others));
  if (size === undefined && isStatic(from) && isStatic(others)) {
    throw shapeMismatch(
      c.operator,
      [from, to],
      `${product(from)} elements do not fill ${product(others)} places evenly.`,
    );
  }
  return size ?? c.fresh();
}

const flatten: Inference = (c) => {
  const { type, shape } = required(c, 0);
  const given = numberAttribute(c.attributes, 'axis', 1);
  const axis = given === shape.length ? given : resolveAxis(c.operator, given, shape.length);
  return [{ type, shape: [product(shape.slice(0, axis)), product(shape.slice(axis))] }];
};

const transpose: Inference = (c) => {
  const x = required(c, 0);
  const rank = x.shape.length;
  const perm = numbersAttribute(c.attributes, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((axis) => !(axis in x.shape))) {
    throw new GraphError('GRAPH_ARGUMENT_INVALID', {
      what: `Transpose got perm [${perm.join(', ')}].`,
      why: `Its input has ${rank} dimensions, so perm names each of 0 to ${rank - 1} once.`,
      fix: 'Pass one entry for each axis.',
    });
  }
  return [{ type: x.type, shape: perm.map((axis) => x.shape[axis]!) }];
};

const unsqueeze: Inference = (c) => {
  const [x, axesValue] = [required(c, 0), required(c, 1)];
  const axes = knownNumbers(axesValue);
  if (axes === undefined) throw unknownRank(c);
  const rank = x.shape.length + axes.length;
  const added = new Set(axes.map((axis) => resolveAxis(c.operator, axis, rank)));
  const rest = [...x.shape];
  return [{ type: x.type, shape: Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!)) }];
};

const squeeze: Inference = (c) => {
  const x = required(c, 0);
  const given = c.inputs[1] ?? null;
  const axes = given === null ? [...x.shape.keys()].filter((axis) => x.shape[axis] === 1) : knownNumbers(given);
  if (axes === undefined || (given === null && !isStatic(x.shape))) throw unknownRank(c);
  const removed = new Set(axes.map((axis) => resolveAxis(c.operator, axis, x.shape.length)));
  for (const axis of removed) {
    if (unify(x.shape[axis]!, 1) === undefined)
      throw shapeMismatch(c.operator, [x.shape], `Axis ${axis} has size ${x.shape[axis]}, not 1.`);
  }
  return [{ type: x.type, shape: x.shape.filter((_, axis) => !removed.has(axis)) }];
};

const expand: Inference = (c) => {
  const [x, target] = [required(c, 0), required(c, 1)];
  requireInteger(c, target, ['int64']);
  const sizes = knownSizes(target);
  const rank = lengthOf(target);
  if (sizes === undefined && rank === undefined) throw unknownRank(c);
  return [
    {
      type: x.type,
      shape: broadcastShapes(c.operator, [x.shape, sizes ?? Array.from({ length: rank! }, c.fresh)], c.fresh),
    },
  ];
};

const concat: Inference = (c) => {
  const values = c.inputs.map((_, i) => required(c, i));
  const first = required(c, 0);
  const axis = resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', 0), first.shape.length);
  const shapes = values.map((value) => value.shape);
  const shape = first.shape.map((size, i): Dimension => {
    if (i === axis)
      return isStatic(shapes.map((s) => s[axis]!)) ? shapes.reduce((sum, s) => sum + Number(s[axis]), 0) : c.fresh();
    let merged: Dimension | undefined = size;
    for (const s of shapes) {
      merged = merged === undefined || s[i] === undefined ? undefined : unify(merged, s[i]);
      if (s.length !== first.shape.length || merged === undefined) {
        throw shapeMismatch(c.operator, shapes, `All sizes but those of axis ${axis} must be equal.`);
      }
    }
    return merged!;
  });
  return [{ type: oneType(c, values), shape }];
};

const split: Inference = (c) => {
  const x = required(c, 0);
  const axis = resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', 0), x.shape.length);
  const total = x.shape[axis]!;
  const sizes = knownSizes(c.inputs[1]) ?? evenParts(total, numberAttribute(c.attributes, 'num_outputs', 0), c);
  if (isStatic(sizes) && typeof total === 'number' && sizes.reduce((a, b) => a + b, 0) !== total) {
    throw shapeMismatch(c.operator, [x.shape, sizes], `The parts do not add up to the ${total} of axis ${axis}.`);
  }
  return sizes.map(
    (size): TensorType => ({ type: x.type, shape: x.shape.map((other, i) => (i === axis ? size : other)) }),
  );
};

function evenParts(total: Dimension, count: number, c: InferenceContext): Shape {
  if (count < 1) throw unknownRank(c);
  if (typeof total === 'string') return Array.from({ length: count }, c.fresh);
  const part = Math.ceil(total / count);
  return Array.from({ length: count }, (_, i) => Math.min(part, total - i * part));
}

const slice: Inference = (c) => {
  const x = required(c, 0);
  for (const i of [1, 2]) requireInteger(c, required(c, i), INDEX_TYPES);
  const starts = knownSizes(c.inputs[1]);
  const ends = knownSizes(c.inputs[2]);
  const count = lengthOf(required(c, 1));
  const axes =
    (c.inputs[3] ?? null) === null
      ? Array.from({ length: count ?? x.shape.length }, (_, i) => i)
      : knownNumbers(c.inputs[3]);
  const steps = (c.inputs[4] ?? null) === null ? axes?.map(() => 1) : knownNumbers(c.inputs[4]);
  if (axes === undefined) return [{ type: x.type, shape: x.shape.map(c.fresh) }];
  const shape = [...x.shape];
  for (const [i, given] of axes.entries()) {
    const axis = resolveAxis(c.operator, given, x.shape.length);
    shape[axis] = sliceSize(x.shape[axis]!, starts?.[i], ends?.[i], steps?.[i]) ?? c.fresh();
  }
  return [{ type: x.type, shape }];
};

/** How many elements a slice takes, if that can be told. */
function sliceSize(size: Dimension, start?: Dimension, end?: Dimension, step?: number): Dimension | undefined {
  if (start === undefined || step === undefined) return undefined;
  // x[0:n:1] of a named size: whole when n is that size or "to the end", n when the size is known to be no smaller.
  if (start === 0 && step === 1 && (end === size || (typeof end === 'number' && end >= 2 ** 31 - 1))) return size;
  if (typeof size !== 'number' || typeof start !== 'number' || typeof end !== 'number') return undefined;
  const clamp = (index: number, low: number, high: number) =>
    Math.min(Math.max(index < 0 ? index + size : index, low), high);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  return Math.max(0, Math.ceil((clamp(end, low, high) - clamp(start, step > 0 ? 0 : 0, high)) / step));
}

const shapeOf: Inference = (c) => {
  const { shape } = required(c, 0);
  const rank = shape.length;
  const start = Math.max(
    0,
    numberAttribute(c.attributes, 'start', 0) + (numberAttribute(c.attributes, 'start', 0) < 0 ? rank : 0),
  );
  const end = numberAttribute(c.attributes, 'end', rank);
  return [{ type: 'int64', shape: [Math.max(0, Math.min(rank, end < 0 ? end + rank : end) - start)] }];
};

const size: Inference = () => [{ type: 'int64', shape: [] }];

const tile: Inference = (c) => {
  const [x, repeatsValue] = [required(c, 0), required(c, 1)];
  requireInteger(c, repeatsValue, ['int64']);
  const repeats = knownSizes(repeatsValue);
  const shape = x.shape.map((n, axis) => product([n, repeats?.[axis] ?? c.fresh()]));
  if (repeats !== undefined && repeats.length !== shape.length)
    throw shapeMismatch(c.operator, [x.shape, repeats], 'One repeat for each axis is needed.');
  return [{ type: x.type, shape }];
};

const pad: Inference = (c) => {
  const [x, padsValue] = [required(c, 0), required(c, 1)];
  requireInteger(c, padsValue, ['int64']);
  const pads = knownNumbers(padsValue);
  const axes = (c.inputs[3] ?? null) === null ? [...x.shape.keys()] : knownNumbers(c.inputs[3]);
  if (pads === undefined || axes === undefined) return [{ type: x.type, shape: x.shape.map(c.fresh) }];
  if (pads.length !== 2 * axes.length)
    throw shapeMismatch(c.operator, [x.shape, pads], 'Two pads for each axis are needed.');
  const shape = [...x.shape];
  for (const [i, given] of axes.entries()) {
    const axis = resolveAxis(c.operator, given, x.shape.length);
    const added = pads[i]! + pads[i + axes.length]!;
    const before = shape[axis]!;
    shape[axis] = typeof before === 'number' ? before + added : added === 0 ? before : c.fresh();
  }
  return [{ type: x.type, shape }];
};

/** Operators that move elements without computing with them, and those that work on shapes. */
export const LAYOUT = {
  Concat: concat,
  Expand: expand,
  Flatten: flatten,
  Pad: pad,
  Reshape: reshape,
  Shape: shapeOf,
  Size: size,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
} as const satisfies Record<string, Inference>;
