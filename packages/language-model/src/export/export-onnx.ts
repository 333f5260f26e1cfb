import { join } from 'node:path';
import { writeFileAtomic, writeJson } from '@flanlab/files';
import { GraphBuilder, type InitializerSpec, type Value } from '@flanlab/onnx-graph';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { copyTokenizer } from '../checkpoint/write-checkpoint.js';
import { buildInferenceGraph } from './inference-graph.js';

export interface ExportOptions {
  /** Weights beyond this many bytes go to `model.onnx_data` beside the graph: protobuf ends at 2 GiB. 1 GiB when left out. */
  readonly embedUpToBytes?: number;
}

/**
 * Writes `onnx/model.onnx` (float32, only standard operators) into a folder together with config.json and the
 * tokenizer, so that `pipeline('text-generation', dir)` of `@huggingface/transformers` runs it.
 * @throws {FilesError} where the disk refuses
 */
export async function exportOnnx(
  checkpoint: Checkpoint,
  dir: string,
  { embedUpToBytes = 2 ** 30 }: ExportOptions = {},
): Promise<void> {
  const { config, tensors } = checkpoint;
  const parameterBytes = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 4);
  const total = [...tensors.values()].reduce((sum, { shape }) => sum + parameterBytes(shape), 0);
  const isExternal = total > embedUpToBytes;
  const g = new GraphBuilder({ name: config.family, microsoft: false });
  const parameters = new Map<string, Value>();
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const shape = [...tensor.shape];
    const length = parameterBytes(shape);
    const spec: InitializerSpec = isExternal
      ? { type: 'float32', shape, location: 'model.onnx_data', offset, length }
      : { type: 'float32', shape, data: await tensor.float32() };
    parameters.set(name, g.initializer(name, spec));
    offset += length;
  }
  buildInferenceGraph(g, config, (name) => parameters.get(name)!);
  if (isExternal) await writeFileAtomic(join(dir, 'onnx', 'model.onnx_data'), weightBytes(checkpoint));
  await writeFileAtomic(join(dir, 'onnx', 'model.onnx'), g.toBytes());
  const hints = isExternal ? { 'transformers.js_config': { use_external_data_format: { 'model.onnx': 1 } } } : {};
  await writeJson(join(dir, 'config.json'), { ...config.raw, ...hints });
  if (dir !== checkpoint.dir) await copyTokenizer(checkpoint.dir, dir);
}

async function* weightBytes({ tensors }: Checkpoint): AsyncGenerator<Uint8Array> {
  for (const tensor of tensors.values()) {
    const values = await tensor.float32();
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
