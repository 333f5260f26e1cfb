import { nearest } from '@flanlab/errors';
import { LanguageModelError } from '../errors.js';
import { findDuplicateKey } from './duplicate-keys.js';
import { SAFETENSORS_TYPES, type SafetensorsType } from './types.js';

/** The reference implementation's own limit. @see huggingface/safetensors `tensor.rs` MAX_HEADER_SIZE */
export const MAX_HEADER_BYTES = 100_000_000;

/** Where one tensor lies; `begin` and `end` count from the start of the data section. */
export interface TensorEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the data section. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

const REDOWNLOAD = 'Download or write the file again; compare its size and hash with the source.';

/** Checks the 8-byte length prefix against the file's size before anything of that length is allocated. */
export function checkHeaderLength(path: string, declared: bigint, fileBytes: number): number {
  const room = fileBytes - 8;
  if (declared > BigInt(room)) {
    throw new LanguageModelError('SAFETENSORS_TRUNCATED', {
      what: `"${path}" ends before its header does.`,
      why: `The first 8 bytes promise a header of ${declared} bytes, but only ${room} bytes follow.`,
      fix: `The download or copy was cut short, or this is no safetensors file. ${REDOWNLOAD}`,
    });
  }
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw new LanguageModelError('SAFETENSORS_HEADER_INVALID', {
      what: `The header of "${path}" is too large.`,
      why: `It claims ${declared} bytes; the format allows ${MAX_HEADER_BYTES}.`,
      fix: `This is probably no safetensors file. ${REDOWNLOAD}`,
    });
  }
  return Number(declared);
}

/**
 * Parses and checks a whole header: JSON that starts with `{`, no duplicate keys, known dtypes, sizes that agree with
 * shapes, ranges that tile the data section of `dataBytes` without hole or overlap.
 */
export function parseHeader(path: string, bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const invalid = (why: string, cause?: unknown): LanguageModelError =>
    new LanguageModelError(
      'SAFETENSORS_HEADER_INVALID',
      { what: `The header of "${path}" is not valid.`, why, fix: REDOWNLOAD },
      cause === undefined ? {} : { cause },
    );
  if (bytes[0] !== 0x7b) throw invalid('It must start with "{".');
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid('It is not UTF-8 text.', cause);
  }
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('It is not JSON.', cause);
  }
  if (!isObject(parsed)) throw invalid('It must be a JSON object.');
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) throw invalid(`The key ${JSON.stringify(duplicate)} appears twice.`);
  let metadata: Record<string, string> = {};
  const found: [string, TensorEntry][] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') {
      if (!isObject(value) || Object.values(value).some((text) => typeof text !== 'string')) {
        throw invalid('__metadata__ must map text to text.');
      }
      metadata = { ...(value as Record<string, string>) };
    } else {
      found.push([name, parseEntry(path, name, value)]);
    }
  }
  found.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkTiling(path, found, dataBytes);
  return { metadata, entries: new Map(found) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseEntry(path: string, name: string, value: unknown): TensorEntry {
  const invalid = (why: string, fix: string = REDOWNLOAD): LanguageModelError =>
    new LanguageModelError('SAFETENSORS_TENSOR_INVALID', {
      what: `Tensor ${JSON.stringify(name.slice(0, 200))} of "${path}" is not described validly.`,
      why,
      fix,
    });
  if (!isObject(value)) throw invalid('Its entry is not a JSON object.');
  const keys = Object.keys(value).sort().join(', ');
  if (keys !== 'data_offsets, dtype, shape') {
    throw invalid(`Its entry must have exactly dtype, shape and data_offsets, and has: ${keys.slice(0, 200)}.`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(SAFETENSORS_TYPES, dtype)) {
    const near = typeof dtype === 'string' ? nearest(dtype, Object.keys(SAFETENSORS_TYPES)) : undefined;
    throw invalid(
      `Its dtype is ${JSON.stringify(dtype)?.slice(0, 50)}; known are ${Object.keys(SAFETENSORS_TYPES).join(', ')}.`,
      near ? `Convert the tensor, for instance to ${near} or F32.` : 'Convert the tensor to one of these.',
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw invalid('Its shape is not a list of whole numbers ≥ 0.');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw invalid('Its data_offsets are not two whole numbers ≥ 0.');
  }
  const [begin, end] = offsets as [number, number];
  const size = byteSize(shape as number[], SAFETENSORS_TYPES[dtype as SafetensorsType]);
  if (size === undefined) throw invalid(`Its shape [${shape.slice(0, 20)}] has more elements than can be counted.`);
  if (end - begin !== size) {
    throw invalid(`Shape [${shape}] of ${dtype} takes ${size} bytes, but its offsets span ${end - begin}.`);
  }
  return { dtype: dtype as SafetensorsType, shape: shape as number[], begin, end };
}

/** Bytes of a tensor, or `undefined` where the product leaves the integers that JavaScript can count. */
function byteSize(shape: readonly number[], elementBytes: number): number | undefined {
  if (shape.includes(0)) return 0;
  let size = elementBytes;
  for (const dimension of shape) {
    size *= dimension;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}

function checkTiling(path: string, entries: readonly (readonly [string, TensorEntry])[], dataBytes: number): void {
  let position = 0;
  let previous = 'the start';
  for (const [name, { begin, end }] of entries) {
    if (begin !== position) {
      throw new LanguageModelError('SAFETENSORS_LAYOUT_INVALID', {
        what: `The tensors of "${path}" ${begin < position ? 'overlap' : 'leave a hole'}.`,
        why: `${previous} ends at byte ${position} of the data, ${JSON.stringify(name.slice(0, 200))} begins at ${begin}.`,
        fix: REDOWNLOAD,
      });
    }
    position = end;
    previous = JSON.stringify(name.slice(0, 200));
  }
  if (position === dataBytes) return;
  throw new LanguageModelError(position > dataBytes ? 'SAFETENSORS_TRUNCATED' : 'SAFETENSORS_LAYOUT_INVALID', {
    what: `"${path}" is ${position > dataBytes ? 'shorter' : 'longer'} than its header says.`,
    why: `The tensors take ${position} bytes, the file holds ${dataBytes} after the header.`,
    fix: REDOWNLOAD,
  });
}
