import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../graph/test-models.js';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../safetensors/half-precision.js';
import { readSafetensors, type SafetensorsFile } from '../safetensors/read-safetensors.js';
import { dequantiseFourBit, FOUR_BIT_TABLES, type FourBitType, quantiseFourBit } from './four-bit.js';
import { dequantiseInt8, quantiseInt8 } from './int8.js';
import { DYNAMIC_MAP, expandAbsmax, nestAbsmax } from './nested-absmax.js';
import { type QuantisedCase, testWeight } from './test-weights.js';

let cases: readonly QuantisedCase[];
let file: SafetensorsFile;
beforeAll(async () => {
  cases = JSON.parse(await readFile(fixture('quantisation', 'cases.json'), 'utf8')) as readonly QuantisedCase[];
  file = await readSafetensors(fixture('quantisation', 'bitsandbytes.safetensors'));
});

const bytes = (name: string): Promise<Uint8Array> => file.tensors.get(name)!.bytes();
const floats = (name: string): Promise<Float32Array> => file.tensors.get(name)!.float32();
const sha256 = (values: Float32Array): string => createHash('sha256').update(values).digest('hex');
const rounded = (values: Float32Array, dtype: string): Float32Array => {
  if (dtype === 'bfloat16') return bfloat16ToFloat32(float32ToBfloat16(values));
  return dtype === 'float16' ? float16ToFloat32(float32ToFloat16(values)) : values;
};

it('has the tables of bitsandbytes', async () => {
  expect(Float32Array.from(FOUR_BIT_TABLES.nf4)).toEqual(await floats('case.0.weight.quant_map'));
  expect(Float32Array.from(FOUR_BIT_TABLES.fp4)).toEqual(await floats('case.5.weight.quant_map'));
  expect(DYNAMIC_MAP).toEqual(await floats('case.1.weight.nested_quant_map'));
});

describe.each([0, 1, 2, 3, 4, 5, 6])('4-bit case %i', (place) => {
  it('has the codes, magnitudes and values of bitsandbytes', async () => {
    const { name, shape, seed, dtype, blockSize, doubleQuant, sha256: expected, largestError, ...rest } = cases[place]!;
    const type = rest.type as FourBitType;
    const weight = rounded(testWeight(shape, seed), dtype);
    const blocks = quantiseFourBit(weight, type, blockSize!);
    expect(blocks.codes).toEqual(await bytes(name));
    let absmax = blocks.absmax;
    if (doubleQuant === true) {
      const nested = nestAbsmax(blocks.absmax);
      const state = JSON.parse(new TextDecoder().decode(await bytes(`${name}.quant_state.bitsandbytes__${type}`))) as {
        readonly nested_offset: number;
      };
      expect(Math.abs(nested.offset / state.nested_offset - 1)).toBeLessThan(2 ** -22); // summed in another order
      expect(nested.codes).toEqual(await bytes(`${name}.absmax`));
      const nestedAbsmax = await floats(`${name}.nested_absmax`);
      for (const [i, value] of nested.absmax.entries()) expect(value / nestedAbsmax[i]! - 1).toBeCloseTo(0, 6);
      absmax = expandAbsmax({ ...nested, absmax: nestedAbsmax, offset: state.nested_offset });
    } else {
      expect(absmax).toEqual(await floats(`${name}.absmax`));
    }
    const back = dequantiseFourBit(
      { codes: blocks.codes, absmax },
      { type, blockSize: blockSize!, count: weight.length },
    );
    expect(sha256(back)).toBe(expected);
    const errors = back.map((value, i) => Math.abs(value - weight[i]!));
    expect(Math.max(...errors)).toBeCloseTo(largestError, 6);
  });
});

it('has the int8 codes, magnitudes and values of bitsandbytes', async () => {
  const { shape, seed, sha256: expected } = cases.find(({ type }) => type === 'int8')!;
  const rows = quantiseInt8(testWeight(shape, seed), shape[1]!);
  expect(new Uint8Array(rows.codes.buffer)).toEqual(await bytes('int8.weight'));
  expect(rows.absmax).toEqual(await floats('int8.SCB'));
  expect(sha256(dequantiseInt8(rows))).toBe(expected);
});

it('rounds halves to even in 8 bits, and leaves a row of zeros alone', () => {
  expect([...quantiseInt8(Float32Array.of(127, 0.5, 1.5, -0.5, -2.5, 0, 0, 0, 0, 0), 5).codes]).toEqual([
    127, 0, 2, 0, -2, 0, 0, 0, 0, 0,
  ]);
});

it('divides a short last block of magnitudes, as bitsandbytes does: times the reciprocal, the second would be 181', () => {
  expect([...nestAbsmax(Float32Array.of(29.140625, 16.296875, 0.21875)).codes]).toEqual([249, 180, 0]);
});

it('nests magnitudes that are all alike, and those of nothing but zeros, without a division by zero', () => {
  for (const value of [0, 3]) {
    const nested = nestAbsmax(new Float32Array(300).fill(value));
    expect(expandAbsmax(nested)).toEqual(new Float32Array(300).fill(value));
  }
});
