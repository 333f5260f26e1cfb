import { LanguageModelError } from '../errors.js';
import type { LinearModule } from '../families/parameters.js';
import type { StoredQuantisation, WeightTensor } from '../safetensors/types.js';
import { dequantiseFourBit, FOUR_BIT_TABLES, type FourBitType } from './four-bit.js';
import { fourBitData } from './four-bit-encoding.js';
import { dequantiseInt8, type Int8Rows } from './int8.js';
import { DYNAMIC_MAP, expandAbsmax, NESTED_BLOCK, type NestedAbsmax } from './nested-absmax.js';
import { elementCount, type FourBitEncoding, flipped } from './weight-encoding.js';

const STATE = /^(.+)\.quant_state\.bitsandbytes__(.+)$/;

type Tensors = ReadonlyMap<string, WeightTensor>;

/**
 * Puts the weights together that bitsandbytes saved in pieces: `X.weight` with `.absmax`, `.quant_map`, `.nested_absmax`,
 * `.nested_quant_map` and `.quant_state.bitsandbytes__nf4` (or `__fp4`), and `X.weight` in 8 bits with `X.SCB`. They have the
 * shape of the whole weight then, read as float32, and keep what is stored in `quantised`. All others pass unchanged.
 * @throws {LanguageModelError} `QUANTISED_WEIGHT_INVALID`
 * @see bitsandbytes `functional.py` QuantState.as_dict; `nn/modules.py` Linear8bitLt
 */
export async function readQuantised(stored: Tensors): Promise<Tensors> {
  const out = new Map(stored);
  for (const [key, state] of stored) {
    const [, name, type] = STATE.exec(key) ?? [];
    if (name !== undefined && type !== undefined) out.set(name, await fourBitWeight(stored, name, type, state));
    else if (key.endsWith('.SCB')) {
      const module = key.slice(0, -'.SCB'.length);
      out.set(`${module}.weight`, int8Weight(stored, module));
      out.delete(`${module}.weight_format`);
    } else continue;
    out.delete(key);
    for (const part of PARTS) if (name !== undefined) out.delete(`${name}.${part}`);
  }
  return out;
}

const PARTS = ['absmax', 'quant_map', 'nested_absmax', 'nested_quant_map'];

interface QuantState {
  readonly blocksize: number;
  readonly shape: readonly number[];
  readonly nested_blocksize?: number;
  readonly nested_offset?: number;
}

async function fourBitWeight(stored: Tensors, name: string, type: string, state: WeightTensor): Promise<WeightTensor> {
  if (!isFourBitType(type))
    throw invalid(name, `It is of the type "${type}"; ${Object.keys(FOUR_BIT_TABLES)} are known.`);
  const { blocksize, shape, nested_blocksize, nested_offset } = parseState(name, await state.bytes());
  const doubleQuant = nested_offset !== undefined;
  if (doubleQuant && nested_blocksize !== NESTED_BLOCK)
    throw invalid(name, `${nested_blocksize} magnitudes share one.`);
  const part = (suffix: string): WeightTensor => {
    const tensor = stored.get(suffix === '' ? name : `${name}.${suffix}`);
    if (tensor === undefined) throw invalid(name, `There is no "${name}.${suffix}".`);
    return tensor;
  };
  const count = elementCount(shape);
  const blocks = Math.ceil(count / blocksize);
  const sized = (tensor: WeightTensor, bytes: number): WeightTensor => {
    if (tensor.byteLength === bytes) return tensor;
    throw invalid(name, `One of its tensors has ${tensor.byteLength} bytes where [${shape}] needs ${bytes}.`);
  };
  const packed = sized(part(''), Math.ceil(count / 2));
  const absmax = sized(part('absmax'), doubleQuant ? blocks : 4 * blocks);
  await checkTable(name, part('quant_map'), Float32Array.from(FOUR_BIT_TABLES[type]));
  if (doubleQuant) await checkTable(name, part('nested_quant_map'), DYNAMIC_MAP);
  const magnitudes = async (): Promise<Float32Array | NestedAbsmax> => {
    if (nested_offset === undefined) return absmax.float32();
    const nested = sized(part('nested_absmax'), 4 * Math.ceil(blocks / NESTED_BLOCK));
    return { codes: await absmax.bytes(), absmax: await nested.float32(), offset: nested_offset };
  };
  const encoding: FourBitEncoding = { kind: type, blockSize: blocksize, doubleQuant };
  return asFloat32(shape, {
    quantised: { encoding, parts: async () => fourBitData(shape, encoding, await packed.bytes(), await magnitudes()) },
    async float32() {
      const scales = await magnitudes();
      const expanded = scales instanceof Float32Array ? scales : expandAbsmax(scales);
      return dequantiseFourBit(
        { codes: await packed.bytes(), absmax: expanded },
        { type, blockSize: blocksize, count },
      );
    },
  });
}

function int8Weight(stored: Tensors, module: string): WeightTensor {
  const codes = stored.get(`${module}.weight`);
  const absmax = stored.get(`${module}.SCB`);
  const rows = codes?.shape[0];
  if (codes?.dtype !== 'I8' || absmax?.dtype !== 'F32' || absmax.byteLength !== 4 * (rows ?? 0)) {
    throw invalid(`${module}.weight`, 'It has a magnitude for each row (SCB), but no rows of 8-bit codes that fit.');
  }
  const read = async (): Promise<Int8Rows> => ({
    codes: new Int8Array((await codes.bytes()).buffer),
    absmax: await absmax.float32(),
  });
  return asFloat32(codes.shape, {
    float32: async () => dequantiseInt8(await read()),
    quantised: {
      encoding: { kind: 'int8' },
      parts: async () => {
        const { codes: values, absmax: scales } = await read();
        return [values, scales];
      },
    },
  });
}

/**
 * Gives quantised weights of layers that a model stores as (in, out), such as Conv1D of GPT-2, that shape: bitsandbytes holds
 * them as (out, in) like any other. What is stored in `quantised` stays as it is.
 */
export function turnQuantised(tensors: Map<string, WeightTensor>, modules: readonly LinearModule[]): void {
  for (const { name, transposed } of modules) {
    const weight = tensors.get(`${name}.weight`);
    if (!transposed || weight?.quantised === undefined) continue;
    const { shape, quantised, float32 } = weight;
    const [out, columns] = [shape[0]!, shape[1]!];
    tensors.set(
      `${name}.weight`,
      asFloat32([columns, out], { quantised, float32: async () => flipped(await float32(), [out, columns]) }),
    );
  }
}

function asFloat32(
  shape: readonly number[],
  read: { readonly float32: () => Promise<Float32Array>; readonly quantised: StoredQuantisation },
): WeightTensor {
  const bytes = async (): Promise<Uint8Array> => new Uint8Array((await read.float32()).buffer);
  return { dtype: 'F32', shape, byteLength: 4 * elementCount(shape), bytes, ...read };
}

const isFourBitType = (type: string): type is FourBitType => Object.hasOwn(FOUR_BIT_TABLES, type);

function parseState(name: string, bytes: Uint8Array): QuantState {
  let state: Partial<QuantState> | null;
  try {
    state = JSON.parse(new TextDecoder().decode(bytes)) as Partial<QuantState> | null;
  } catch (cause) {
    throw invalid(name, 'Its quant_state is no JSON.', cause);
  }
  const { blocksize = 0, shape, nested_offset } = state ?? {};
  const isShape =
    Array.isArray(shape) && shape.length > 0 && shape.every((size) => Number.isSafeInteger(size) && size > 0);
  const isBlock = Number.isSafeInteger(blocksize) && blocksize > 0 && blocksize % 2 === 0;
  if (!isShape || !isBlock || (nested_offset !== undefined && typeof nested_offset !== 'number')) {
    throw invalid(name, 'Its quant_state lacks a shape, a blocksize or an offset that could be one.');
  }
  return state as QuantState;
}

async function checkTable(name: string, stored: WeightTensor, expected: Float32Array): Promise<void> {
  const values = await stored.float32();
  if (values.length === expected.length && values.every((value, i) => value === expected[i])) return;
  throw invalid(name, 'Its codes stand for other values than those of bitsandbytes.');
}

function invalid(name: string, why: string, cause?: unknown): LanguageModelError {
  return new LanguageModelError(
    'QUANTISED_WEIGHT_INVALID',
    {
      what: `The quantised weight "${name}" cannot be read.`,
      why,
      fix: 'Save the model with bitsandbytes again, or take the unquantised weights.',
    },
    cause === undefined ? {} : { cause },
  );
}
