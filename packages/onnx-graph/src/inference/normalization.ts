import { numberAttribute } from '../attribute.js';
import { resolveAxis, shapeMismatch, unify } from '../shapes.js';
import { type Inference, oneType, required, requireFloat, requireInteger } from './types.js';

const softmax: Inference = (c) => {
  const x = required(c, 0);
  requireFloat(c, x);
  resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', -1), x.shape.length);
  return [{ type: x.type, shape: x.shape }];
};

const layerNormalization: Inference = (c) => {
  const [x, scale, bias] = [required(c, 0), required(c, 1), c.inputs[2] ?? null];
  requireFloat(c, x);
  const axis = resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', -1), x.shape.length);
  for (const [i, size] of scale.shape.entries()) {
    const other = x.shape[x.shape.length - scale.shape.length + i];
    if (size !== 1 && (other === undefined || unify(size, other) === undefined)) {
      throw shapeMismatch(c.operator, [x.shape, scale.shape], 'The scale has the shape of the normalised axes.');
    }
  }
  const statistics = x.shape.map((size, i) => (i < axis ? size : 1));
  return [
    { type: oneType(c, bias === null ? [x, scale] : [x, scale, bias]), shape: x.shape },
    { type: 'float32', shape: statistics },
    { type: 'float32', shape: statistics },
  ];
};

const rotaryEmbedding: Inference = (c) => {
  const [x, positions, cos, sin] = [required(c, 0), required(c, 1), required(c, 2), required(c, 3)];
  requireInteger(c, positions, ['int64']);
  requireFloat(c, x);
  if (x.shape.length !== 3 && x.shape.length !== 4) {
    throw shapeMismatch(c.operator, [x.shape], 'The input is (B, T, H·D) or (B, H, T, D).');
  }
  if (cos.shape.length !== 2 || sin.shape.length !== 2) {
    throw shapeMismatch(c.operator, [cos.shape, sin.shape], 'Cosines and sines are (positions, R / 2).');
  }
  return [{ type: oneType(c, [x, cos, sin]), shape: x.shape }];
};

export const NORMALIZATION = {
  LayerNormalization: layerNormalization,
  LogSoftmax: softmax,
  RotaryEmbedding: rotaryEmbedding,
  Softmax: softmax,
} as const satisfies Record<string, Inference>;
