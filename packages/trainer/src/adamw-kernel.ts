/** Numbers of a step that all elements share, in the order of the kernel's parameters; float32. */
export interface AdamwFactors {
  /** What is left of the parameter. */
  readonly decay: number;
  readonly stepSize: number;
  readonly epsilon: number;
  /** Factors of the gradient and of its square: clipping and 1 - β. */
  readonly gain1: number;
  readonly gain2: number;
  readonly beta1: number;
  readonly beta2: number;
}

/** Arrays of equal length; all but the gradient are changed in place. */
export interface AdamwArrays {
  readonly parameter: Float32Array;
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
  readonly gradient: Float32Array;
}

/** Elements that are in the kernel's memory at a time: four arrays of 16 KiB stay in a core's second cache. */
const BLOCK = 4096;
const BLOCK_BYTES = BLOCK * 4;
const LANES = 4;

// The few opcodes the kernel needs. @see https://webassembly.github.io/spec/core/binary/instructions.html
const [I32, F32, V128, FUNCTION, EMPTY] = [0x7f, 0x7d, 0x7b, 0x60, 0x40];
const [LOOP, BR_IF, END, I32_CONST, I32_SUB] = [0x03, 0x0d, 0x0b, 0x41, 0x6b];
const simd = (opcode: number): readonly number[] => [0xfd, ...leb(opcode)];
const [SPLAT, SQRT, ADD, SUB, MUL, DIV] = [0x13, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7].map(simd) as [
  readonly number[],
  readonly number[],
  readonly number[],
  readonly number[],
  readonly number[],
  readonly number[],
];
const get = (local: number): readonly number[] => [0x20, local];
const set = (local: number): readonly number[] => [0x21, local];
const tee = (local: number): readonly number[] => [0x22, local];

/** Unsigned LEB128. */
function leb(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

const vector = (entries: readonly (readonly number[])[]): readonly number[] => [
  ...leb(entries.length),
  ...entries.flat(),
];
const sized = (bytes: readonly number[]): readonly number[] => [...leb(bytes.length), ...bytes];
const text = (name: string): readonly number[] => sized([...name].map((letter) => letter.charCodeAt(0)));

/**
 * One pass of AdamW over a block, four elements at a time, from its end to its start. Parameter 0 is where the block ends,
 * in bytes; 1 to 7 are the {@link AdamwFactors}. Each operation rounds to float32 as the operator of the same name in
 * `adamwUpdate` does, so that both give the same bits.
 */
function kernelModule(): Uint8Array {
  const [END_OF_BLOCK, FACTORS] = [0, 7];
  const [decay, stepSize, epsilon, gain1, gain2, beta1, beta2] = [8, 9, 10, 11, 12, 13, 14] as const;
  const [gradient, moment1, moment2] = [15, 16, 17];
  const ALIGNMENT = 4; // 2⁴ bytes
  const place = (array: number): readonly number[] => [ALIGNMENT, ...leb(array * BLOCK_BYTES)];
  const load = (array: number): readonly number[] => [...get(END_OF_BLOCK), ...simd(0x00), ...place(array)];
  const store = (array: number, value: readonly number[]): readonly number[] => [
    ...get(END_OF_BLOCK),
    ...value,
    ...simd(0x0b),
    ...place(array),
  ];
  const product = (a: readonly number[], b: readonly number[]): readonly number[] => [...a, ...b, ...MUL];
  const nextMoment1 = [...product(load(1), get(beta1)), ...product(get(gradient), get(gain1)), ...ADD];
  const square = product(get(gradient), get(gradient));
  const nextMoment2 = [...product(load(2), get(beta2)), ...product(square, get(gain2)), ...ADD];
  const direction = [...get(moment1), ...get(moment2), ...SQRT, ...get(epsilon), ...ADD, ...DIV];
  const nextParameter = [...product(load(0), get(decay)), ...product(direction, get(stepSize)), ...SUB];
  const code = [
    ...vector([[10, V128]]),
    ...Array.from({ length: FACTORS }, (_, i) => [...get(i + 1), ...SPLAT, ...set(i + 8)]).flat(),
    LOOP,
    EMPTY,
    ...[...get(END_OF_BLOCK), I32_CONST, LANES * 4, I32_SUB, ...set(END_OF_BLOCK)],
    ...[...load(3), ...set(gradient)],
    ...store(1, [...nextMoment1, ...tee(moment1)]),
    ...store(2, [...nextMoment2, ...tee(moment2)]),
    ...store(0, nextParameter),
    ...[...get(END_OF_BLOCK), BR_IF, 0, END],
    END,
  ];
  const section = (id: number, bytes: readonly number[]): readonly number[] => [id, ...sized(bytes)];
  const parameters = vector([[I32], ...Array.from({ length: FACTORS }, () => [F32])]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[FUNCTION, ...parameters, ...vector([])]])),
    ...section(3, vector([[0]])), // one function, of type 0
    ...section(5, vector([[0, 1]])), // one page of memory: four blocks
    ...section(
      7,
      vector([
        [...text('memory'), 2, 0],
        [...text('step'), 0, 0],
      ]),
    ),
    ...section(10, vector([sized(code)])),
  ]);
}

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly step: (end: number, ...factors: number[]) => void;
}

/** What is used of it: TypeScript has its types only together with those of browsers. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const { memory, step } = new Instance(new Module(kernelModule())).exports as Kernel;
const block = Array.from({ length: 4 }, (_, i) => new Float32Array(memory.buffer, i * BLOCK_BYTES, BLOCK));

/**
 * AdamW in place, in one pass instead of a dozen, and without other memory than a few blocks. Gives the bits of
 * `adamwUpdate`. @see Loshchilov and Hutter, arXiv:1711.05101
 */
export function adamwInPlace(arrays: AdamwArrays, factors: AdamwFactors): void {
  const { decay, stepSize, epsilon, gain1, gain2, beta1, beta2 } = factors;
  const written = [arrays.parameter, arrays.moment1, arrays.moment2];
  const read = [...written, arrays.gradient];
  const { length } = arrays.parameter;
  for (let start = 0; start < length; start += BLOCK) {
    const count = Math.min(BLOCK, length - start);
    for (const [i, array] of read.entries()) block[i]!.set(array.subarray(start, start + count));
    // The lanes past the end hold what was there before; nothing reads their results.
    step(Math.ceil(count / LANES) * LANES * 4, decay, stepSize, epsilon, gain1, gain2, beta1, beta2);
    for (const [i, array] of written.entries()) array.set(block[i]!.subarray(0, count), start);
  }
}
