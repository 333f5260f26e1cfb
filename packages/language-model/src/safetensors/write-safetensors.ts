import { writeFileAtomic } from '@flanlab/files';
import type { Tensor } from '@flanlab/onnx-session';
import { LanguageModelError } from '../errors.js';
import { MAX_HEADER_BYTES } from './header.js';
import { SAFETENSORS_TYPES, type SafetensorsType, type WeightTensor } from './types.js';

/** What can be written: a tensor in memory, or one still in another checkpoint (copied byte by byte). */
export type WritableTensor = Tensor | WeightTensor;

const TYPE_NAMES: { readonly [type: string]: SafetensorsType } = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  int8: 'I8',
  uint8: 'U8',
  int16: 'I16',
  uint16: 'U16',
  int32: 'I32',
  uint32: 'U32',
  int64: 'I64',
  uint64: 'U64',
  bool: 'BOOL',
};

interface Piece {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  bytes(): Promise<Uint8Array>;
}

/**
 * Writes a safetensors file: atomic, and the same bytes for the same tensors whatever their order. Tensors are laid
 * out by falling element size, then by name, so that each is aligned; the header is padded so that data starts on a
 * multiple of 8. One tensor at a time is in memory.
 * @param metadata added to `{"format": "pt"}`, which `transformers` expects
 * @throws {LanguageModelError} `SAFETENSORS_WRITE_INVALID`
 * @throws {FilesError} where the disk refuses
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, WritableTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const pieces = [...tensors].map(([name, tensor]) => toPiece(path, name, tensor));
  pieces.sort((a, b) => elementBytes(b) - elementBytes(a) || (a.name < b.name ? -1 : 1));
  const header: Record<string, unknown> = { __metadata__: sorted({ format: 'pt', ...metadata }) };
  let position = 0;
  for (const { name, dtype, shape, byteLength } of pieces) {
    if (Object.hasOwn(header, name)) throw invalid(path, name, 'The name is used twice, or is reserved.');
    header[name] = { dtype, shape, data_offsets: [position, position + byteLength] };
    position += byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20, 8);
  padded.set(json, 8);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  if (padded.length - 8 > MAX_HEADER_BYTES) throw invalid(path, 'header', 'There are too many tensors for one file.');
  await writeFileAtomic(path, chunks(path, padded, pieces));
}

async function* chunks(path: string, header: Uint8Array, pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  yield header;
  for (const piece of pieces) {
    const bytes = await piece.bytes();
    if (bytes.byteLength !== piece.byteLength) throw invalid(path, piece.name, 'Its source changed while it was read.');
    yield bytes;
  }
}

function toPiece(path: string, name: string, tensor: WritableTensor): Piece {
  if ('bytes' in tensor) {
    const { dtype, shape, byteLength } = tensor;
    return { name, dtype, shape, byteLength, bytes: () => tensor.bytes() };
  }
  const dtype = TYPE_NAMES[tensor.type];
  const { data, dims } = tensor;
  if (!dtype || !ArrayBuffer.isView(data)) throw invalid(path, name, `The type ${tensor.type} cannot be stored.`);
  const count = dims.reduce((product, dimension) => product * dimension, 1);
  if (count !== data.length) throw invalid(path, name, `Its shape [${dims}] does not fit its ${data.length} elements.`);
  const { buffer, byteOffset, byteLength } = data;
  return { name, dtype, shape: dims, byteLength, bytes: async () => new Uint8Array(buffer, byteOffset, byteLength) };
}

function elementBytes({ dtype }: Piece): number {
  return SAFETENSORS_TYPES[dtype];
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function invalid(path: string, name: string, why: string): LanguageModelError {
  return new LanguageModelError(
    'SAFETENSORS_WRITE_INVALID',
    {
      what: `"${name}" cannot be written to "${path}".`,
      why,
      fix: 'Give each tensor a name of its own, a shape that fits and a storable type.',
    },
    { kind: 'internal' },
  );
}
