import { join } from 'node:path';
import { writeFileAtomic, writeJson } from '@flanlab/files';
import { GraphBuilder, type Value } from '@flanlab/onnx-graph';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { copyTokenizer } from '../checkpoint/write-checkpoint.js';
import type { Parameters } from '../graph/parts.js';
import type { EncoderDecoderSpec, JsonObject, ModelConfig } from '../model-config.js';
import { isSeq2Seq } from '../seq2seq/seq2seq-families.js';
import { buildInferenceGraph } from './inference-graph.js';
import { buildExportedDecoder, buildExportedEncoder } from './seq2seq-export.js';

export interface ExportOptions {
  /** Weights beyond this many bytes go to files `….onnx_data` beside the graphs: protobuf ends at 2 GiB. 1 GiB when left out. */
  readonly embedUpToBytes?: number;
}

type Build = (g: GraphBuilder, config: ModelConfig, parameters: Parameters) => void;

/** The files that `@huggingface/transformers` loads, by kind of model. */
const DECODER_FILES: Readonly<Record<string, Build>> = { model: buildInferenceGraph };
const SEQ2SEQ_FILES: Readonly<Record<string, Build>> = {
  encoder_model: buildExportedEncoder,
  decoder_model_merged: buildExportedDecoder,
};

/**
 * Writes `onnx/model.onnx`, or `onnx/encoder_model.onnx` and `onnx/decoder_model_merged.onnx` (float32, only standard
 * operators), into a folder together with config.json and the tokenizer, so that `pipeline('text-generation', dir)` of
 * `@huggingface/transformers` runs it; of an encoder-decoder, `pipeline('text2text-generation', dir)`.
 * @throws {LanguageModelError} `MODEL_KIND_MISMATCH` for positions that the library has no names for
 * @throws {FilesError} where the disk refuses
 */
export async function exportOnnx(
  checkpoint: Checkpoint,
  dir: string,
  { embedUpToBytes = 2 ** 30 }: ExportOptions = {},
): Promise<void> {
  const { config, tensors } = checkpoint;
  const total = [...tensors.values()].reduce((sum, { shape }) => sum + float32Bytes(shape), 0);
  const isExternal = total > embedUpToBytes;
  const files = isSeq2Seq(config) ? SEQ2SEQ_FILES : DECODER_FILES;
  for (const [name, build] of Object.entries(files)) await writeModel(checkpoint, dir, { name, build, isExternal });
  const external = Object.fromEntries(Object.keys(files).map((name) => [`${name}.onnx`, 1]));
  await writeJson(join(dir, 'config.json'), {
    ...config.raw,
    ...(config.encoderDecoder ? stackFields(config, config.encoderDecoder) : {}),
    ...(isExternal ? { 'transformers.js_config': { use_external_data_format: external } } : {}),
  });
  if (dir !== checkpoint.dir) await copyTokenizer(checkpoint.dir, dir);
}

/** What the library does not guess where a config.json leaves it out. */
function stackFields({ layers }: ModelConfig, { decoderLayers, startId }: EncoderDecoderSpec): JsonObject {
  return {
    is_encoder_decoder: true,
    num_layers: layers,
    num_decoder_layers: decoderLayers,
    decoder_start_token_id: startId,
  };
}

const float32Bytes = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 4);

/** One graph with the weights that it reads. */
async function writeModel(
  { config, tensors }: Checkpoint,
  dir: string,
  { name, build, isExternal }: { readonly name: string; readonly build: Build; readonly isExternal: boolean },
): Promise<void> {
  const g = new GraphBuilder({ name: config.family, microsoft: false });
  const location = `${name}.onnx_data`;
  const data = new Map<string, Float32Array>();
  if (!isExternal) for (const [key, tensor] of tensors) data.set(key, await tensor.float32());
  const used = new Map<string, Value>();
  let offset = 0;
  const parameter = (key: string): Value => {
    const before = used.get(key);
    if (before !== undefined) return before;
    const shape = [...tensors.get(key)!.shape];
    const length = float32Bytes(shape);
    const place = isExternal ? { location, offset, length } : { data: data.get(key)! };
    const value = g.initializer(key, { type: 'float32', shape, ...place });
    offset += length;
    used.set(key, value);
    return value;
  };
  build(g, config, parameter);
  if (isExternal) await writeFileAtomic(join(dir, 'onnx', location), weightBytes(tensors, [...used.keys()]));
  await writeFileAtomic(join(dir, 'onnx', `${name}.onnx`), g.toBytes());
}

async function* weightBytes(tensors: Checkpoint['tensors'], names: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const name of names) {
    const values = await tensors.get(name)!.float32();
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
