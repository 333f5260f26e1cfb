import { basename, join, resolve } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { GraphBuilder } from '@flanlab/onnx-graph';
import { type ExternalData, type OnnxSession, openSession, type Provider } from '@flanlab/onnx-session';
import { LanguageModelError } from '../errors.js';
import { externalWeights } from '../generation/external-weights.js';
import type { JsonObject } from '../model-config.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { encoderFamilyOf } from './encoder-families.js';
import { encoderHidden } from './encoder-graph.js';
import { type EncoderTokenizer, encoderTokenizer, type TokenizedText } from './encoder-tokenizer.js';
import { groupByLength } from './length-groups.js';
import { type EncoderCheckpoint, readEncoderCheckpoint } from './read-encoder.js';

/** Token ids with one vector each: `vectors` is (T, D), row-major. */
export interface EncodedText extends TokenizedText {
  readonly vectors: Float32Array;
}

export interface EncodeOptions {
  /** Tokens in one run at most; 4096 unless told otherwise. Bounds memory, never changes a digit. */
  readonly batchTokens?: number;
  readonly signal?: AbortSignal;
}

export interface OpenEncoderOptions {
  /** Hugging Face folder of a BERT, RoBERTa or DistilBERT: with or without heads. */
  readonly modelDir: string;
  /** Whose hidden state is wanted: 0 the embeddings, 1 after the first layer, … The last layer when left out. */
  readonly layer?: number;
  /** What signatures call the model; `_name_or_path` of config.json or the folder's name when left out. */
  readonly name?: string;
  readonly provider?: Provider;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** An encoder in memory, cut behind the wanted layer. */
export interface Encoder extends AsyncDisposable {
  readonly name: string;
  readonly layer: number;
  /** Layers the folder has. */
  readonly layers: number;
  /** D, the length of a token vector. */
  readonly width: number;
  /** Tokens of a text at most, special tokens included; longer texts are cut. */
  readonly maxLength: number;
  readonly specialIds: readonly number[];
  tokenize(text: string): TokenizedText;
  /**
   * Token vectors of each text, in the order given. Texts run in groups of equal length, without padding: the vectors
   * of a text have the same bits whatever it is encoded with (at a fixed number of threads).
   */
  encode(texts: readonly string[], options?: EncodeOptions): Promise<readonly EncodedText[]>;
  close(): Promise<void>;
}

const DEFAULT_BATCH_TOKENS = 4096;

/**
 * Opens an encoder folder for hidden states.
 * @throws {LanguageModelError} `CHECKPOINT_…`, `MODEL_…`, `SAFETENSORS_…`, `TOKENIZER_…`
 */
export async function openEncoder(options: OpenEncoderOptions): Promise<Encoder> {
  const { modelDir, provider, threads, signal } = options;
  const checkpoint = await readEncoderCheckpoint(
    modelDir,
    options.layer === undefined ? {} : { layers: options.layer },
  );
  const { config } = checkpoint;
  const layer = checkLayer(options.layer ?? config.layers, config.layers, modelDir);
  const [tokenizer, modelMaxLength] = await Promise.all([loadTokenizer(modelDir), readModelMaxLength(modelDir)]);
  const { prefixSpace } = encoderFamilyOf(config);
  const maxLength = Math.min(config.maxPositions, modelMaxLength);
  const texts = encoderTokenizer(tokenizer, { maxLength, prefixSpace });
  const { model, externalData } = await encoderModel(checkpoint, layer);
  const session = await openSession(model, {
    externalData,
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  const stored = config.raw._name_or_path;
  const name = options.name ?? (typeof stored === 'string' && stored !== '' ? stored : basename(resolve(modelDir)));
  return {
    name,
    layer,
    layers: config.layers,
    width: config.width,
    maxLength,
    specialIds: texts.specialIds,
    tokenize: texts.tokenize,
    encode: (wanted, encodeOptions = {}) => encodeTexts(session, texts, config.width, wanted, encodeOptions),
    close: () => session.close(),
    [Symbol.asyncDispose]: () => session.close(),
  };
}

function checkLayer(layer: number, layers: number, modelDir: string): number {
  if (Number.isInteger(layer) && layer >= 0 && layer <= layers) return layer;
  throw new LanguageModelError(
    'ENCODER_LAYER_INVALID',
    {
      what: `"${modelDir}" has no layer ${layer}.`,
      why: `Its layers are 1 to ${layers}, and 0 for the embeddings.`,
      fix: 'Name one of these.',
    },
    { kind: 'usage' },
  );
}

/** `model_max_length`; tokenizers without a limit hold a huge number there, or nothing. */
async function readModelMaxLength(modelDir: string): Promise<number> {
  const path = join(modelDir, 'tokenizer_config.json');
  const config = (await exists(path)) ? ((await readJson(path)) as JsonObject | null) : null;
  const length = config?.model_max_length;
  return typeof length === 'number' && length >= 1 ? length : Number.POSITIVE_INFINITY;
}

async function encoderModel(
  { config, tensors }: EncoderCheckpoint,
  layer: number,
): Promise<{ readonly model: Uint8Array; readonly externalData: readonly ExternalData[] }> {
  const g = new GraphBuilder({ name: 'encoder' });
  const inputIds = g.input('input_ids', 'int32', ['B', 'T']);
  const { parameters, externalData } = await externalWeights(g, tensors);
  g.output('hidden', encoderHidden(g, config, { parameters }, { inputIds }, layer));
  return { model: g.toBytes(), externalData };
}

async function encodeTexts(
  session: OnnxSession,
  { tokenize }: EncoderTokenizer,
  width: number,
  texts: readonly string[],
  { batchTokens = DEFAULT_BATCH_TOKENS, signal }: EncodeOptions,
): Promise<readonly EncodedText[]> {
  const tokenized = texts.map(tokenize);
  const lengths = tokenized.map(({ ids }) => ids.length);
  const encoded = new Array<EncodedText>(texts.length);
  for (const group of groupByLength(lengths, batchTokens)) {
    signal?.throwIfAborted();
    const T = lengths[group[0]!]!;
    const data = new Int32Array(group.length * T);
    for (const [b, row] of group.entries()) data.set(tokenized[row]!.ids, b * T);
    const feeds = { input_ids: { type: 'int32', dims: [group.length, T], data } } as const;
    const { hidden } = await session.run(feeds, { transfer: true, ...(signal === undefined ? {} : { signal }) });
    const vectors = hidden!.data as Float32Array;
    for (const [b, row] of group.entries()) {
      encoded[row] = { ...tokenized[row]!, vectors: vectors.slice(b * T * width, (b + 1) * T * width) };
    }
  }
  return encoded;
}
