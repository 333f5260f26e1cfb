import { type FileHandle, open } from 'node:fs/promises';
import { LanguageModelError } from '../errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.js';
import { checkHeaderLength, parseHeader, type TensorEntry } from './header.js';
import type { WeightTensor } from './types.js';

export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the data section. Nothing but the header has been read. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

/**
 * Opens a safetensors file that may be damaged or hostile: the header is checked completely, against the file's real
 * size, before any tensor is handed out; tensors are read when asked, by position, and no file stays open.
 * @throws {LanguageModelError} `SAFETENSORS_UNREADABLE`, `SAFETENSORS_TRUNCATED`, `SAFETENSORS_HEADER_INVALID`,
 *   `SAFETENSORS_TENSOR_INVALID`, `SAFETENSORS_LAYOUT_INVALID`
 * @see https://github.com/huggingface/safetensors README, section "Format"
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    if (size < 8) {
      throw new LanguageModelError('SAFETENSORS_TRUNCATED', {
        what: `"${path}" is no safetensors file.`,
        why: `It holds ${size} bytes; the length prefix alone takes 8.`,
        fix: 'Download or write the file again.',
      });
    }
    const prefix = await readExactly(path, file, 0, 8);
    const declared = new DataView(prefix.buffer).getBigUint64(0, true);
    const headerBytes = checkHeaderLength(path, declared, size);
    const dataStart = 8 + headerBytes;
    const header = await readExactly(path, file, 8, headerBytes);
    const { metadata, entries } = parseHeader(path, header, size - dataStart);
    const tensors = new Map<string, WeightTensor>();
    for (const [name, entry] of entries) tensors.set(name, weightTensor(path, name, entry, dataStart));
    return { path, metadata, tensors };
  });
}

function weightTensor(path: string, name: string, entry: TensorEntry, dataStart: number): WeightTensor {
  const { dtype, shape, begin, end } = entry;
  const bytes = (): Promise<Uint8Array> =>
    withFile(path, (file) => readExactly(path, file, dataStart + begin, end - begin));
  return {
    dtype,
    shape,
    byteLength: end - begin,
    file: { path, offset: dataStart + begin },
    bytes,
    async float32() {
      const convert = TO_FLOAT32[dtype];
      if (!convert) {
        throw new LanguageModelError('SAFETENSORS_TENSOR_INVALID', {
          what: `Tensor "${name}" of "${path}" cannot be read as numbers.`,
          why: `Its dtype is ${dtype}; ${Object.keys(TO_FLOAT32).join(', ')} can.`,
          fix: 'Use a checkpoint whose weights are stored in one of these.',
        });
      }
      return convert(await bytes());
    },
  };
}

// `bytes` always starts a buffer of its own, so every view is aligned.
const TO_FLOAT32: { readonly [dtype: string]: (bytes: Uint8Array) => Float32Array } = {
  F32: (bytes) => new Float32Array(bytes.buffer, 0, bytes.byteLength / 4),
  F16: (bytes) => float16ToFloat32(new Uint16Array(bytes.buffer, 0, bytes.byteLength / 2)),
  BF16: (bytes) => bfloat16ToFloat32(new Uint16Array(bytes.buffer, 0, bytes.byteLength / 2)),
  F64: (bytes) => Float32Array.from(new Float64Array(bytes.buffer, 0, bytes.byteLength / 8)),
};

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    return await use(file);
  } catch (cause) {
    if (cause instanceof LanguageModelError) throw cause;
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, cause: unknown): LanguageModelError {
  return new LanguageModelError(
    'SAFETENSORS_UNREADABLE',
    {
      what: `"${path}" could not be read.`,
      why: cause instanceof Error ? `${cause.message}.` : String(cause),
      fix: 'Check the path, its permissions and the free memory.',
    },
    { cause, kind: 'environment' },
  );
}

// One read call fills at most 2 GiB.
const CHUNK_BYTES = 1 << 30;

async function readExactly(path: string, file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const want = Math.min(length - done, CHUNK_BYTES);
    const { bytesRead } = await file.read(out, done, want, position + done);
    if (bytesRead === 0) {
      throw new LanguageModelError('SAFETENSORS_TRUNCATED', {
        what: `"${path}" ended while it was read.`,
        why: `Bytes ${position} to ${position + length} were asked for, ${done} of them were there.`,
        fix: 'Something else changed the file meanwhile. Stop it and try again.',
      });
    }
    done += bytesRead;
  }
  return out;
}
