import { numberAttribute } from '../attribute.js';
import { resolveAxis, shapeMismatch } from '../shapes.js';
import type { Dimension, TensorType } from '../value.js';
import {
  INDEX_TYPES,
  type Inference,
  knownNumbers,
  knownSizes,
  lengthOf,
  oneType,
  required,
  requireInteger,
} from './types.js';

const gather: Inference = (c) => {
  const [x, indices] = [required(c, 0), required(c, 1)];
  requireInteger(c, indices, INDEX_TYPES);
  const axis = resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', 0), x.shape.length);
  return [{ type: x.type, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
};

const gatherElements: Inference = (c) => {
  const [x, indices] = [required(c, 0), required(c, 1)];
  requireInteger(c, indices, INDEX_TYPES);
  if (x.shape.length !== indices.shape.length)
    throw shapeMismatch(c.operator, [x.shape, indices.shape], 'The ranks differ.');
  resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', 0), x.shape.length);
  return [{ type: x.type, shape: indices.shape }];
};

const gatherND: Inference = (c) => {
  const [x, indices] = [required(c, 0), required(c, 1)];
  requireInteger(c, indices, ['int64']);
  const depth = indices.shape.at(-1);
  const batch = numberAttribute(c.attributes, 'batch_dims', 0);
  if (typeof depth !== 'number' || batch + depth > x.shape.length) {
    throw shapeMismatch(
      c.operator,
      [x.shape, indices.shape],
      'The last size of the indices is a number of axes of the data.',
    );
  }
  return [{ type: x.type, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] }];
};

const scatter: Inference = (c) => {
  const [x, indices, updates] = [required(c, 0), required(c, 1), required(c, 2)];
  requireInteger(c, indices, c.operator === 'ScatterND' ? ['int64'] : INDEX_TYPES);
  return [{ type: oneType(c, [x, updates]), shape: x.shape }];
};

const oneHot: Inference = (c) => {
  const [indices, depth, values] = [required(c, 0), required(c, 1), required(c, 2)];
  const axis = resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', -1), indices.shape.length + 1);
  const size = knownSizes(depth)?.[0] ?? c.fresh();
  return [{ type: values.type, shape: [...indices.shape.slice(0, axis), size, ...indices.shape.slice(axis)] }];
};

const range: Inference = (c) => {
  const values = [required(c, 0), required(c, 1), required(c, 2)];
  const [start, limit, delta] = values.map((value) => knownNumbers(value)?.[0]);
  const count: Dimension =
    start === undefined || limit === undefined || delta === undefined
      ? (fullRange(values.map((value) => knownSizes(value)?.[0])) ?? c.fresh())
      : Math.max(0, Math.ceil((limit - start) / delta));
  return [{ type: oneType(c, values), shape: [count] }];
};

// range(0, T, 1) has T elements, whatever T will be.
function fullRange([start, limit, delta]: readonly (Dimension | undefined)[]): Dimension | undefined {
  return start === 0 && delta === 1 ? limit : undefined;
}

const constantOfShape: Inference = (c) => {
  const target = required(c, 0);
  requireInteger(c, target, ['int64']);
  const value = c.attributes.value;
  const type: TensorType['type'] = value?.kind === 'tensor' ? value.value.type : 'float32';
  const rank = lengthOf(target);
  const shape = knownSizes(target) ?? (rank === undefined ? undefined : Array.from({ length: rank }, c.fresh));
  if (shape === undefined) throw shapeMismatch(c.operator, [target.shape], 'The rank of the result is not known.');
  return [{ type, shape }];
};

const sameAsFirst: Inference = (c) => {
  const { type, shape } = required(c, 0);
  return [{ type, shape }];
};

export const INDEXING = {
  ConstantOfShape: constantOfShape,
  CumSum: sameAsFirst,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  OneHot: oneHot,
  Range: range,
  ScatterElements: scatter,
  ScatterND: scatter,
  Trilu: sameAsFirst,
} as const satisfies Record<string, Inference>;
