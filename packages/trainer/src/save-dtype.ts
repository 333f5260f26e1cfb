import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  type SafetensorsType,
  type WeightTensor,
} from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import { TrainerError } from './errors.js';
import type { TrainEvent } from './events.js';

/** Types that full training can save its weights in. */
export const SAVE_DTYPES = ['float32', 'float16', 'bfloat16', 'checkpoint'] as const;

export type SaveDtype = (typeof SAVE_DTYPES)[number];

type HalfType = 'float16' | 'bfloat16';

const HALVES = {
  float16: { dtype: 'F16', round: float32ToFloat16, widen: float16ToFloat32 },
  bfloat16: { dtype: 'BF16', round: float32ToBfloat16, widen: bfloat16ToFloat32 },
} as const satisfies Record<HalfType, unknown>;

/** What saving in 16 bits took from the weights, which are trained in float32. */
export interface RoundingLoss {
  /** Name of the tensor with the largest one. */
  readonly name: string;
  /** Largest |saved - trained|. */
  readonly largest: number;
}

/** Says what was lost. */
export function weightsRounded({ name, largest }: RoundingLoss): Extract<TrainEvent, { type: 'warning' }> {
  const what = `Weights are trained in float32 and saved in 16 bits: the largest change is ${largest.toExponential(1)}, in ${name}`;
  return { type: 'warning', code: 'weights-rounded', message: what };
}

/** `checkpoint` becomes the type most of the model's weights have. */
export function saveDtypeOf(wanted: SaveDtype, stored: ReadonlyMap<string, Pick<WeightTensor, 'dtype' | 'shape'>>) {
  if (wanted !== 'checkpoint') return wanted;
  const sizes = { float32: 0, float16: 0, bfloat16: 0 };
  const names: Partial<Record<SafetensorsType, HalfType>> = { F16: 'float16', BF16: 'bfloat16' };
  for (const { dtype, shape } of stored.values()) {
    sizes[names[dtype] ?? 'float32'] += shape.reduce((product, size) => product * size, 1);
  }
  const most = Math.max(...Object.values(sizes));
  return (['float32', 'bfloat16', 'float16'] as const).find((name) => sizes[name] === most)!;
}

/**
 * Trained float32 tensors, rounded to the nearest values of a 16-bit type.
 * @throws {TrainerError} `TRAINER_NON_FINITE` for a weight beyond its largest
 */
export function roundTensors(
  tensors: ReadonlyMap<string, Tensor>,
  type: HalfType,
): { readonly tensors: ReadonlyMap<string, WeightTensor>; readonly loss: RoundingLoss } {
  const { dtype, round, widen } = HALVES[type];
  let loss: RoundingLoss = { name: '', largest: 0 };
  const rounded = [...tensors].map(([name, { dims, data }]): readonly [string, WeightTensor] => {
    const values = data as Float32Array;
    const bits = round(values);
    const back = widen(bits);
    for (let i = 0; i < back.length; i++) {
      const change = Math.abs(back[i]! - values[i]!);
      if (change === Number.POSITIVE_INFINITY) throw beyond(name, type);
      if (change > loss.largest) loss = { name, largest: change };
    }
    const bytes = async (): Promise<Uint8Array> => new Uint8Array(bits.buffer.slice(0));
    const float32 = async (): Promise<Float32Array> => widen(bits);
    return [name, { dtype, shape: dims, byteLength: bits.byteLength, bytes, float32 }];
  });
  return { tensors: new Map(rounded), loss };
}

function beyond(name: string, type: HalfType): TrainerError {
  return new TrainerError(
    'TRAINER_NON_FINITE',
    {
      what: `The trained weights cannot be saved in ${type}.`,
      why: `${name} holds a value beyond the largest ${type}: it would become infinite.`,
      fix: `Run again with saveDtype: float32${type === 'float16' ? ' or bfloat16' : ''}: training goes on from the last checkpoint.`,
    },
    { kind: 'numeric' },
  );
}
