import { readFile } from 'node:fs/promises';
import { GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../graph/test-models.js';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../safetensors/half-precision.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import type { WeightTensor } from '../safetensors/types.js';
import {
  decodeRows,
  decodeWeight,
  encodedBytes,
  encodeWeight,
  encodingOpset,
  WEIGHT_ENCODINGS,
  weightParts,
} from './encodings.js';
import { dequantiseFourBit, quantiseFourBit } from './four-bit.js';
import { dequantiseInt8, quantiseInt8 } from './int8.js';
import { expandAbsmax, nestAbsmax } from './nested-absmax.js';
import { readQuantised } from './read-quantised.js';
import { type QuantisedCase, testWeight } from './test-weights.js';
import type { EncodedWeight, WeightEncoding } from './weight-encoding.js';

const source = (values: Float32Array, shape: readonly number[]): WeightTensor => ({
  dtype: 'F32',
  shape,
  byteLength: values.byteLength,
  bytes: async () => new Uint8Array(values.slice().buffer),
  float32: async () => values.slice(),
});

/** Runs a graph on the parts of a weight. */
async function compute(
  weight: EncodedWeight,
  tensor: WeightTensor,
  build: (g: GraphBuilder, parts: readonly Value[]) => Value,
): Promise<Float32Array> {
  const opset = encodingOpset([weight]);
  const g = new GraphBuilder(opset === undefined ? {} : { opset });
  const parts = weightParts(weight).map(({ name, type, shape }) => g.input(name, type, shape));
  g.output('y', build(g, parts));
  await using session = await openSession(g.toBytes(), { threads: 1 });
  const { y } = await session.run(Object.fromEntries(await encodeWeight(weight, tensor)));
  return y!.data as Float32Array;
}

const fourBit = (kind: 'nf4' | 'fp4', doubleQuant: boolean): WeightEncoding => ({ kind, blockSize: 64, doubleQuant });
const roundTrip =
  (kind: 'nf4' | 'fp4', doubleQuant: boolean) =>
  (values: Float32Array): Float32Array => {
    const { codes, absmax } = quantiseFourBit(values, kind, 64);
    const scales = doubleQuant ? expandAbsmax(nestAbsmax(absmax)) : absmax;
    return dequantiseFourBit({ codes, absmax: scales }, { type: kind, blockSize: 64, count: values.length });
  };
/** What each encoding makes of a (520, 40) matrix, 325 blocks, and bytes of it. */
const CASES: readonly (readonly [WeightEncoding, (values: Float32Array) => Float32Array, number])[] = [
  [{ kind: 'float32' }, (values) => values, 83_200],
  [{ kind: 'float16' }, (values) => float16ToFloat32(float32ToFloat16(values)), 41_600],
  [{ kind: 'bfloat16' }, (values) => bfloat16ToFloat32(float32ToBfloat16(values)), 41_600],
  [{ kind: 'int8' }, (values) => dequantiseInt8(quantiseInt8(values, 40)), 20_800 + 4 * 520],
  [fourBit('nf4', false), roundTrip('nf4', false), 10_400 + 4 * 325],
  [fourBit('nf4', true), roundTrip('nf4', true), 10_400 + 512 + 4 * 3],
  [fourBit('fp4', true), roundTrip('fp4', true), 10_400 + 512 + 4 * 3],
];

it('has a case for every encoding', () => {
  expect(new Set(CASES.map(([{ kind }]) => kind))).toEqual(new Set(Object.keys(WEIGHT_ENCODINGS)));
});

describe.each(CASES)('%j', (encoding, expected, bytes) => {
  const shape = [520, 40];
  const values = testWeight(shape, 4);
  const weight: EncodedWeight = { name: 'w', shape, encoding };

  it('is decoded in the graph to the bits of its definition, and counts its bytes', async () => {
    const back = await compute(weight, source(values, shape), (g, parts) => decodeWeight(g, weight, parts));
    expect(back).toEqual(expected(values));
    expect(encodedBytes(weight)).toBe(bytes);
    const tensors = await encodeWeight(weight, source(values, shape));
    expect(tensors.reduce((sum, [, { data }]) => sum + (data as Uint8Array).byteLength, 0)).toBe(bytes);
  });

  it('is decoded again after a value, in nodes of its own', async () => {
    const twice = await compute(weight, source(values, shape), (g, parts) => {
      const x = g.op.identity(g.op.shape(parts[0]!));
      return g.op.add(decodeWeight(g, weight, parts), decodeWeight(g, weight, parts, x));
    });
    expect(twice).toEqual(expected(values).map((value) => 2 * value));
    const g = new GraphBuilder();
    const parts = weightParts(weight).map((part) => g.input(part.name, part.type, part.shape));
    const x = g.input('x', 'float32', ['N']);
    expect(decodeWeight(g, weight, parts, x) === decodeWeight(g, weight, parts)).toBe(encoding.kind === 'float32');
  });

  it('gives the rows that are asked for', async () => {
    const rows = await compute(weight, source(values, shape), (g, parts) =>
      decodeRows(g, weight, parts, g.constant('int64', [7, 0, 519])),
    );
    const all = expected(values);
    expect([...rows]).toEqual([7, 0, 519].flatMap((row) => [...all.subarray(row * 40, (row + 1) * 40)]));
  });

  it('runs over the transpose of a layer that is stored (in, out)', async () => {
    const flipped = Float32Array.from(values, (_, i) => values[(i % 520) * 40 + Math.floor(i / 520)]!);
    const stored: EncodedWeight = { name: 'w', shape: [40, 520], encoding, transposed: true };
    const back = await compute(stored, source(flipped, [40, 520]), (g, parts) => decodeWeight(g, stored, parts));
    const all = expected(values);
    expect(back).toEqual(Float32Array.from(back, (_, i) => all[(i % 520) * 40 + Math.floor(i / 520)]!));
  });
});

describe('weights that bitsandbytes saved', () => {
  let cases: readonly QuantisedCase[];
  let tensors: ReadonlyMap<string, WeightTensor>;
  beforeAll(async () => {
    cases = JSON.parse(await readFile(fixture('quantisation', 'cases.json'), 'utf8')) as readonly QuantisedCase[];
    tensors = (await readSafetensors(fixture('quantisation', 'bitsandbytes.safetensors'))).tensors;
  });

  it('are whole weights that keep their codes, and read as bitsandbytes reads them', async () => {
    const { createHash } = await import('node:crypto');
    const weights = await readQuantised(tensors);
    expect([...weights.keys()].sort()).toEqual(cases.map(({ name }) => name).sort());
    for (const { name, shape, sha256 } of cases) {
      const tensor = weights.get(name)!;
      expect(tensor.shape).toEqual(shape);
      expect(
        createHash('sha256')
          .update(await tensor.float32())
          .digest('hex'),
      ).toBe(sha256);
      expect((await tensor.bytes()).byteLength).toBe(tensor.byteLength);
      const weight: EncodedWeight = { name, shape, encoding: tensor.quantised!.encoding };
      const decoded = await compute(weight, tensor, (g, parts) => decodeWeight(g, weight, parts));
      expect(createHash('sha256').update(decoded).digest('hex')).toBe(sha256);
    }
  });

  const damage = (changes: Readonly<Record<string, WeightTensor | undefined>>): ReadonlyMap<string, WeightTensor> =>
    new Map(
      [...tensors, ...Object.entries(changes)].filter(
        (entry): entry is [string, WeightTensor] => entry[1] !== undefined,
      ),
    );

  it.each([
    ['case.0.weight.absmax', 'There is no "case.0.weight.absmax"'],
    ['case.1.weight.nested_quant_map', 'There is no "case.1.weight.nested_quant_map"'],
    ['int8.weight', 'no rows of 8-bit codes'],
  ])('are refused without %s', async (name, why) => {
    const without = new Map([...tensors].filter(([key]) => key !== name));
    await expect(readQuantised(without)).rejects.toMatchObject({
      code: 'QUANTISED_WEIGHT_INVALID',
      why: expect.stringContaining(why),
    });
  });

  it.each([
    ['codes of another size', 'case.0.weight', () => tensors.get('case.2.weight')!, 'has 116 bytes'],
    ['other tables', 'case.0.weight.quant_map', () => tensors.get('case.5.weight.quant_map')!, 'other values'],
    [
      'a state that is none',
      'case.0.weight.quant_state.bitsandbytes__nf4',
      () => tensors.get('case.0.weight')!,
      'no JSON',
    ],
    ['an unknown type', 'case.0.weight.quant_state.bitsandbytes__af4', () => tensors.get('case.0.weight')!, '"af4"'],
  ])('are refused with %s', async (_title, name, tensor, why) => {
    await expect(readQuantised(damage({ [name]: tensor() }))).rejects.toMatchObject({
      code: 'QUANTISED_WEIGHT_INVALID',
      why: expect.stringContaining(why),
    });
  });
});
