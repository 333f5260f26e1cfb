import { GraphBuilder } from '@flanlab/onnx-graph';
import { type OnnxSession, openSession, type Provider } from '@flanlab/onnx-session';
import { readAdapter } from '../adapter/adapter.js';
import { checkAdapterBase } from '../adapter/adapter-base.js';
import { mergeAdapter } from '../adapter/merge-adapter.js';
import { type Checkpoint, readCheckpoint } from '../checkpoint/read-checkpoint.js';
import type { ModelParts } from '../graph/parts.js';
import { quantiseWeights } from '../quantisation/quantise-weights.js';
import type { FourBitEncoding } from '../quantisation/weight-encoding.js';
import { generateSeq2Seq } from '../seq2seq/answer.js';
import { buildAnswerGraph } from '../seq2seq/answer-graph.js';
import { scoreSeq2Seq } from '../seq2seq/score.js';
import { buildSeq2SeqScoreGraph } from '../seq2seq/score-graph.js';
import { isSeq2Seq } from '../seq2seq/seq2seq-families.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { buildDecodeGraph } from './decode-graph.js';
import { externalWeights } from './external-weights.js';
import { generate } from './generate.js';
import { type Engine, type Generator, registerGenerator, resetCache } from './generator.js';
import { buildScoreGraph } from './score-graph.js';

export interface OpenGeneratorOptions {
  /** Hugging Face folder of a causal model or an encoder-decoder. */
  readonly modelDir: string;
  /** PEFT folder of a LoRA adapter; merged into the weights when they are loaded. */
  readonly adapterDir?: string;
  /**
   * Quantises the linear layers before the adapter is merged in: the model that a QLoRA run computed with, to the bit. The
   * weights themselves are left as they are when left out. Computed in float32, and held so.
   */
  readonly quantization?: FourBitEncoding | { readonly kind: 'int8' };
  readonly provider?: Provider;
  readonly threads?: number;
  /**
   * Tokens that one run of the session writes at most. More: fewer runs, but finished rows keep their place longer.
   * 16 unless told otherwise; `Infinity` keeps a whole answer inside one run, which saves copies on a GPU.
   */
  readonly stepsPerRun?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_STEPS = 16;

/**
 * Opens a model folder for generation. Prompt and answer graph are one, so the weights are held once.
 * @throws {LanguageModelError} `CHECKPOINT_…`, `MODEL_…`, `SAFETENSORS_…`, `TOKENIZER_…`, `ADAPTER_…`
 * @throws {SessionError} where the provider is not there
 */
export async function openGenerator(options: OpenGeneratorOptions): Promise<Generator> {
  const { modelDir, provider, threads, signal, stepsPerRun = DEFAULT_STEPS } = options;
  const [checkpoint, tokenizer] = await Promise.all([readCheckpoint(modelDir), loadTokenizer(modelDir)]);
  const { config } = checkpoint;
  const tensors = await withAdapter(checkpoint, options);
  const sessionOptions = {
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
  };
  const open = async (build: (g: GraphBuilder, parts: ModelParts) => void): Promise<OnnxSession> => {
    const g = new GraphBuilder({ name: 'generate' });
    const { parameters, externalData } = await externalWeights(g, tensors);
    build(g, { parameters });
    return openSession(g.toBytes(), { ...sessionOptions, externalData, ...(signal === undefined ? {} : { signal }) });
  };
  const hasEncoder = isSeq2Seq(config);
  const buildWriting = hasEncoder ? buildAnswerGraph : buildDecodeGraph;
  const buildScoring = hasEncoder ? buildSeq2SeqScoreGraph : buildScoreGraph;
  const session = await open((g, parts) => buildWriting(g, config, parts));
  if (!hasEncoder) await resetCache({ session, config });
  let scoring: Promise<OnnxSession> | undefined;
  const engine: Engine = {
    config,
    tokenizer,
    stopTokenIds: tokenizer.eosIds.length > 0 ? tokenizer.eosIds : config.eosIds,
    stepsPerRun,
    session,
    scoreSession() {
      scoring ??= open((g, parts) => buildScoring(g, config, parts));
      return scoring;
    },
    ...(hasEncoder ? { otherWay: { generate: generateSeq2Seq, score: scoreSeq2Seq } } : {}),
    busy: false,
  };
  const close = async (): Promise<void> => {
    await session.close();
    await (await scoring)?.close();
  };
  const generator: Generator = {
    config,
    tokenizer,
    stopTokenIds: engine.stopTokenIds,
    stepsPerRun,
    generate: (prompts, generateOptions) => generate(generator, prompts, generateOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
  return registerGenerator(generator, engine);
}

async function withAdapter(
  checkpoint: Checkpoint,
  { adapterDir, quantization }: OpenGeneratorOptions,
): Promise<Checkpoint['tensors']> {
  const base = quantization === undefined ? checkpoint : quantiseWeights(checkpoint, quantization);
  if (adapterDir === undefined) return base.tensors;
  const adapter = await readAdapter(adapterDir, checkpoint.config);
  await checkAdapterBase(checkpoint, adapter);
  return mergeAdapter(base, adapter);
}
