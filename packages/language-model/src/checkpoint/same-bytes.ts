import type { WeightTensor } from '../safetensors/types.js';

/** Whether two tensors hold the same values, in the same type. */
export async function haveSameBytes(a: WeightTensor, b: WeightTensor): Promise<boolean> {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.byteLength !== b.byteLength) return false;
  const [one, other] = await Promise.all([a.bytes(), b.bytes()]);
  return Buffer.compare(one, other) === 0;
}
