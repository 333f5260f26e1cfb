import { describe, expect, it } from 'vitest';
import { decodeLz4Block, decodeLz4Frame } from './lz4.js';

const ascii = (text: string): number[] => [...Buffer.from(text)];

describe('an LZ4 block', () => {
  it('is literals and matches, which may overlap themselves', () => {
    const output = new Uint8Array(20);
    // "ab", then eight bytes from two back, then "end".
    const block = Uint8Array.from([0x24, ...ascii('ab'), 2, 0, 0x30, ...ascii('end')]);
    expect(decodeLz4Block(block, output)).toBe(13);
    expect(Buffer.from(output.subarray(0, 13)).toString()).toBe('abababababend');
  });

  it.each<[string, number[]]>([
    ['refers to what lies before it', [0x14, ...ascii('a'), 2, 0]],
    ['refers to itself', [0x14, ...ascii('a'), 0, 0]],
    ['ends inside its literals', [0x50, ...ascii('ab')]],
    ['ends inside a length', [0xf0, 255]],
    ['is longer than its output', [0x1f, ...ascii('a'), 1, 0, 200, 0]],
  ])('that %s is an error', (_what, bytes) => {
    expect(() => decodeLz4Block(Uint8Array.from(bytes), new Uint8Array(20))).toThrow(RangeError);
  });
});

describe('an LZ4 frame', () => {
  const frame = (size: number, block: number[]): Uint8Array =>
    Uint8Array.from([
      4,
      34,
      77,
      24,
      0x60,
      0x40,
      0x82,
      size & 255,
      size >> 8,
      0,
      size < 0 ? 128 : 0,
      ...block,
      0,
      0,
      0,
      0,
    ]);

  it('must have the length it announces', () => {
    const bytes = frame(4, [0x30, ...ascii('end')]);
    expect(Buffer.from(decodeLz4Frame(bytes, 3)).toString()).toBe('end');
    expect(() => decodeLz4Frame(bytes, 4)).toThrow(RangeError);
    expect(() => decodeLz4Frame(bytes, 2)).toThrow(RangeError);
  });

  it('cannot announce more than its bytes can hold', () => {
    expect(() => decodeLz4Frame(frame(4, [0x30, ...ascii('end')]), 2 ** 28)).toThrow(RangeError);
  });
});
