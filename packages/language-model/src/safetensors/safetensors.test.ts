import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LanguageModelError } from '../errors.js';
import { findDuplicateKey } from './duplicate-keys.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half-precision.js';
import { readSafetensors } from './read-safetensors.js';
import { writeSafetensors } from './write-safetensors.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function file(header: string | object, data: Uint8Array = new Uint8Array(0), declared?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, declared ?? BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  const path = join(dir, 'hostile.safetensors');
  await writeFile(path, bytes);
  try {
    const { tensors } = await readSafetensors(path);
    for (const tensor of tensors.values()) await tensor.bytes();
    return 'ok';
  } catch (error) {
    if (error instanceof LanguageModelError) return error.code;
    throw error;
  }
}

const f32 = (shape: readonly unknown[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('reading', () => {
  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'SAFETENSORS_TRUNCATED'],
    ['less than a length', new Uint8Array(7), 'SAFETENSORS_TRUNCATED'],
    ['a header longer than the file', file('{}', undefined, 3n), 'SAFETENSORS_TRUNCATED'],
    ['a header of 2^64 - 1 bytes', file('{}', undefined, 2n ** 64n - 1n), 'SAFETENSORS_TRUNCATED'],
    ['a header of zero bytes', file('', new Uint8Array(4)), 'SAFETENSORS_HEADER_INVALID'],
    ['a header that starts with a space', file(' {}'), 'SAFETENSORS_HEADER_INVALID'],
    ['a header with a byte order mark', file('\uFEFF{}'), 'SAFETENSORS_HEADER_INVALID'],
    ['a list as header', file('[]'), 'SAFETENSORS_HEADER_INVALID'],
    ['broken JSON', file('{"a":'), 'SAFETENSORS_HEADER_INVALID'],
    ['very deep JSON', file(`{"a":${'['.repeat(200_000)}`), 'SAFETENSORS_HEADER_INVALID'],
    [
      'bytes that are not UTF-8',
      Uint8Array.from([3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d]),
      'SAFETENSORS_HEADER_INVALID',
    ],
    [
      'the same name twice',
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      'SAFETENSORS_HEADER_INVALID',
    ],
    [
      'the same field twice',
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
      'SAFETENSORS_HEADER_INVALID',
    ],
    ['metadata that is no text', file({ __metadata__: { step: 3 } }), 'SAFETENSORS_HEADER_INVALID'],
    ['an entry that is a number', file({ a: 3 }), 'SAFETENSORS_TENSOR_INVALID'],
    ['an entry without dtype', file({ a: { shape: [0], data_offsets: [0, 0] } }), 'SAFETENSORS_TENSOR_INVALID'],
    ['an unknown dtype', file({ a: { ...f32([0], 0, 0), dtype: 'F33' } }), 'SAFETENSORS_TENSOR_INVALID'],
    ['a dtype from the prototype', file({ a: { ...f32([0], 0, 0), dtype: 'toString' } }), 'SAFETENSORS_TENSOR_INVALID'],
    ['a negative dimension', file({ a: f32([-1], 0, 4) }, new Uint8Array(4)), 'SAFETENSORS_TENSOR_INVALID'],
    ['a fractional dimension', file({ a: f32([0.5], 0, 2) }, new Uint8Array(2)), 'SAFETENSORS_TENSOR_INVALID'],
    ['a product that overflows', file({ a: f32([2 ** 32, 2 ** 32], 0, 0) }), 'SAFETENSORS_TENSOR_INVALID'],
    [
      'a dimension beyond 2^53',
      file('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,9007199254740993]}}'),
      'SAFETENSORS_TENSOR_INVALID',
    ],
    ['a shape larger than its range', file({ a: f32([2], 0, 4) }, new Uint8Array(4)), 'SAFETENSORS_TENSOR_INVALID'],
    [
      'a range that ends before it begins',
      file({ a: f32([1], 4, 0) }, new Uint8Array(4)),
      'SAFETENSORS_TENSOR_INVALID',
    ],
    ['a range beyond the file', file({ a: f32([2], 0, 8) }, new Uint8Array(4)), 'SAFETENSORS_TRUNCATED'],
    [
      'overlapping tensors',
      file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, new Uint8Array(8)),
      'SAFETENSORS_LAYOUT_INVALID',
    ],
    [
      'a hole between tensors',
      file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, new Uint8Array(12)),
      'SAFETENSORS_LAYOUT_INVALID',
    ],
    ['a hole at the start', file({ a: f32([1], 4, 8) }, new Uint8Array(8)), 'SAFETENSORS_LAYOUT_INVALID'],
    ['bytes after the last tensor', file({ a: f32([1], 0, 4) }, new Uint8Array(5)), 'SAFETENSORS_LAYOUT_INVALID'],
    ['a scalar and an empty tensor', file({ a: f32([], 0, 4), b: f32([0, 2 ** 40], 4, 4) }, new Uint8Array(4)), 'ok'],
    ['no tensors', file('{}  '), 'ok'],
  ])('answers %s', async (_title, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code);
  });

  it('gives a typed error for every truncation', async () => {
    const whole = file({ a: f32([2], 0, 8) }, new Uint8Array(8));
    for (let length = 0; length < whole.length; length++) {
      expect(await codeOf(whole.slice(0, length)), `cut to ${length}`).toBe('SAFETENSORS_TRUNCATED');
    }
  });

  it('answers a bit flipped at 200 places with the tensors or a typed error, and never reads beyond', async () => {
    const whole = file(
      { __metadata__: { format: 'pt' }, weight: f32([4, 4], 0, 64), bias: f32([4], 64, 80) },
      new Uint8Array(80),
    );
    let state = 20_250_108;
    const codes = new Set<string>();
    for (let i = 0; i < 200; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const place = state % (whole.length * 8);
      const flipped = whole.slice();
      flipped[place >> 3]! ^= 1 << (place & 7);
      codes.add(await codeOf(flipped));
    }
    expect([...codes]).toEqual(expect.arrayContaining(['ok', 'SAFETENSORS_HEADER_INVALID', 'SAFETENSORS_TRUNCATED']));
  });

  it('says which file is missing', async () => {
    await expect(readSafetensors(join(dir, 'nowhere'))).rejects.toMatchObject({
      code: 'SAFETENSORS_UNREADABLE',
      exitCode: 4,
    });
  });
});

describe('writing', () => {
  it('reads back what it wrote, in the same bytes whatever the order', async () => {
    const a = { type: 'float32', dims: [2, 2], data: Float32Array.of(1, -2, 3.5, Number.POSITIVE_INFINITY) } as const;
    const b = { type: 'uint8', dims: [3], data: Uint8Array.of(1, 2, 3) } as const;
    const c = { type: 'int64', dims: [1], data: BigInt64Array.of(-5n) } as const;
    const one = join(dir, 'one.safetensors');
    const two = join(dir, 'two.safetensors');
    await writeSafetensors(one, Object.entries({ a, b, c }), { note: 'x' });
    await writeSafetensors(two, Object.entries({ c, b, a }), { note: 'x' });
    const bytes = await readFile(one);
    expect(await readFile(two)).toEqual(bytes);
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
    const { tensors, metadata } = await readSafetensors(one);
    expect(metadata).toEqual({ format: 'pt', note: 'x' });
    expect([...tensors.keys()]).toEqual(['c', 'a', 'b']);
    expect(await tensors.get('a')?.float32()).toEqual(a.data);
    expect(tensors.get('b')).toMatchObject({ dtype: 'U8', shape: [3], byteLength: 3 });
    await expect(tensors.get('b')?.float32()).rejects.toMatchObject({ code: 'SAFETENSORS_TENSOR_INVALID' });
  });

  it('copies tensors of another file byte by byte', async () => {
    const { tensors } = await readSafetensors(join(dir, 'one.safetensors'));
    await writeSafetensors(join(dir, 'three.safetensors'), tensors, { note: 'x' });
    expect(await readFile(join(dir, 'three.safetensors'))).toEqual(await readFile(join(dir, 'one.safetensors')));
  });

  it('refuses a shape that does not fit, and leaves no file', async () => {
    const tensor = { type: 'float32', dims: [3], data: new Float32Array(2) } as const;
    await expect(writeSafetensors(join(dir, 'bad'), [['a', tensor]])).rejects.toMatchObject({
      code: 'SAFETENSORS_WRITE_INVALID',
    });
    await expect(readFile(join(dir, 'bad'))).rejects.toThrow('ENOENT');
  });
});

describe('half precision', () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x03ff, 1023 * 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0x3555, 0.333251953125],
  ])('float16 %i is %f, both ways', (bits, value) => {
    expect(float16ToFloat32(Uint16Array.of(bits))[0]).toBe(value);
    expect(float32ToFloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  it.each([
    [0x3f80, 1],
    [0xc040, -3],
    [0x0001, 2 ** -133],
    [0x7f80, Number.POSITIVE_INFINITY],
  ])('bfloat16 %i is %f, both ways', (bits, value) => {
    expect(bfloat16ToFloat32(Uint16Array.of(bits))[0]).toBe(value);
    expect(float32ToBfloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  it('returns every float16 to its own bits', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((bits) => (bits & 0x7fff) <= 0x7c00);
    // As buffers: comparing 63,000 elements one by one takes a second.
    expect(Buffer.from(float32ToFloat16(float16ToFloat32(all)).buffer).equals(Buffer.from(all.buffer))).toBe(true);
  });

  it('rounds half to even', () => {
    expect([
      ...float32ToFloat16(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_520, 2 ** -25, 3 * 2 ** -25)),
    ]).toEqual([0x3c00, 0x3c02, 0x7c00, 0, 2]);
    expect([...float32ToBfloat16(Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, Number.NaN))]).toEqual([
      0x3f80, 0x3f82, 0x7fc0,
    ]);
  });
});

it.each([
  ['{"a":{"b":1},"b":{"b":2}}', undefined],
  ['{"a":"a:","c":["a","a"],"b":1}', undefined],
  ['{"a" : 1,\n"a" :2}', 'a'],
  ['{"x":[{"k":1,"k":2}]}', 'k'],
  ['{"q\\"":1,"q\\u0022":2}', 'q"'],
])('finds the duplicate key of %s', (json, key) => {
  expect(findDuplicateKey(json)).toBe(key);
});
