import { createHash } from 'node:crypto';
import { hashJson } from '@flanlab/files';
import {
  type AdapterConfig,
  adapterParameters,
  causalLoss,
  encoderLinearModules,
  encoderParameters,
  encodeWeight,
  initialiseAdapter,
  type LinearModule,
  type LossOptions,
  linearModules,
  loadTokenizer,
  type ModelConfig,
  type ModelParts,
  maskedLoss,
  modelParameters,
  readCheckpoint,
  readEncoderCheckpoint,
  seq2seqLinearModules,
  seq2seqLoss,
  seq2seqParameters,
  type Tokenizer,
  type WeightTensor,
} from '@flanlab/language-model';
import type { Value } from '@flanlab/onnx-graph';
import type { Provider, Tensor } from '@flanlab/onnx-session';
import type { MaskVocabulary } from './batches.js';
import { TrainerError } from './errors.js';
import { asEncoded, type InputParameter } from './frozen-weights.js';
import { adapterOf, loraHook } from './lora.js';
import type { LossModel } from './loss-model.js';
import { checkStart } from './non-finite.js';
import { fitObjective } from './objective.js';
import { frozenParameters, heldTypes, type StoredWeight } from './quantization.js';
import type { Recipe } from './recipe.js';
import type { ParameterShape } from './training-graph.js';

/** What the objectives have in common: how a model folder is read, and what its loss is. */
interface ObjectiveSpec {
  readonly read: (
    dir: string,
  ) => Promise<{ readonly config: ModelConfig; readonly tensors: ReadonlyMap<string, WeightTensor> }>;
  readonly parameters: (config: ModelConfig) => readonly ParameterShape[];
  readonly linears: (config: ModelConfig) => readonly LinearModule[];
  readonly loss: typeof causalLoss;
}

const OBJECTIVES: Readonly<Record<Recipe['objective'], ObjectiveSpec>> = {
  causal: { read: readCheckpoint, parameters: modelParameters, linears: linearModules, loss: causalLoss },
  masked: {
    read: (dir) => readEncoderCheckpoint(dir, { head: true }),
    parameters: encoderParameters,
    linears: encoderLinearModules,
    loss: maskedLoss,
  },
  seq2seq: {
    read: readCheckpoint,
    parameters: seq2seqParameters,
    linears: seq2seqLinearModules,
    loss: seq2seqLoss,
  },
};

/** What of a model learns, and under which loss. */
export interface TrainingSetup {
  readonly lossModel: LossModel;
  /** In the order of the forward pass. */
  readonly trained: readonly ParameterShape[];
  /** What never changes, and how it lies in memory. */
  readonly frozen: readonly InputParameter[];
  /** Set when an adapter is trained instead of the model. */
  readonly adapter: AdapterConfig | undefined;
}

/**
 * Splits the parameters of a model by a recipe.
 * @param longestRow tokens; decides how attention is computed, and nothing else
 * @throws {LanguageModelError} `ADAPTER_CONFIG_INVALID`
 * @throws {TrainerError} `TRAINER_RECIPE_INVALID` for an objective that the model does not have
 */
export function trainingSetup(
  config: ModelConfig,
  recipe: Recipe,
  baseModel: string,
  stored?: ReadonlyMap<string, StoredWeight>,
  longestRow = recipe.maxLength,
): TrainingSetup {
  const { parameters: list, linears, loss } = OBJECTIVES[fitObjective(recipe, config).objective];
  const own = list(config);
  const dropoutOf = (batch: Value | undefined): Pick<ModelParts, 'dropout'> => {
    const probability = recipe.dropout ?? config.encoderDecoder?.dropout ?? 0;
    return batch === undefined || probability === 0 ? {} : { dropout: { probability, seed: recipe.seed, batch } };
  };
  if (recipe.lora === undefined) {
    const lossModel: LossModel = {
      loss: (g, parameters, batch, place) =>
        loss(
          g,
          config,
          { parameters, ...dropoutOf(place) },
          batch,
          lossOptions({ recipe, longestRow, trains: place !== undefined, headLearns: true }),
        ),
    };
    return { lossModel, trained: own, frozen: [], adapter: undefined };
  }
  const modules = linears(config);
  const adapter = adapterOf(recipe.lora, modules, baseModel);
  const frozen = frozenParameters(own, modules, recipe.quantization, stored);
  const lossModel: LossModel = {
    loss(g, parameters, batch, place) {
      const linear = loraHook(config, adapter, parameters, { seed: recipe.seed, batch: place });
      return loss(
        g,
        config,
        { parameters, linear, ...dropoutOf(place) },
        batch,
        lossOptions({ recipe, longestRow, trains: place !== undefined, headLearns: false }),
      );
    },
  };
  return { lossModel, trained: adapterParameters(config, adapter), frozen, adapter };
}

/** Up to here the attention weights of a row are few, and computing them again costs more than it saves. */
export const KEPT_ATTENTION_TOKENS = 384;

interface LossSettings {
  readonly recipe: Recipe;
  readonly longestRow: number;
  /** False to evaluate. */
  readonly trains: boolean;
  readonly headLearns: boolean;
}

/** What the loss of a causal model keeps, and which gradients it computes ahead. */
function lossOptions({ recipe, longestRow, trains, headLearns }: LossSettings): LossOptions {
  return {
    attention: trains && longestRow <= KEPT_ATTENTION_TOKENS ? 'kept' : 'recomputed',
    checkpointBlocks: recipe.gradientCheckpointing,
    headGradients: { hidden: trains, weight: trains && headLearns },
  };
}

/** A model that is ready to be trained by a recipe. */
export interface Trainee extends TrainingSetup {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** The weights of the model folder. */
  readonly stored: ReadonlyMap<string, WeightTensor>;
  /** What of their types the provider can hold. */
  readonly held: ReadonlyMap<string, StoredWeight>;
  /**
   * Values of all parameters at the start, one after the other; each in a buffer of its own. A frozen one that lies
   * encoded in memory comes as the tensors that hold it.
   */
  start(parameters: readonly InputParameter[]): AsyncGenerator<readonly [string, Tensor]>;
  readonly vocabulary: MaskVocabulary | undefined;
}

/** Reads a model folder for training. @throws what reading it throws, `TRAINER_MASK_TOKEN_MISSING` */
export async function openTrainee(modelDir: string, recipe: Recipe, provider: Provider = 'cpu'): Promise<Trainee> {
  const { config, tensors } = await OBJECTIVES[recipe.objective].read(modelDir);
  const tokenizer = await loadTokenizer(modelDir);
  const held = heldTypes(tensors, provider);
  const setup = trainingSetup(config, recipe, modelDir, held);
  // Made when they are first asked for: whether they fit into memory is known before.
  let added: ReadonlyMap<string, Tensor> | undefined;
  return {
    ...setup,
    config,
    tokenizer,
    stored: tensors,
    held,
    vocabulary: recipe.objective === 'masked' ? maskVocabulary(tokenizer) : undefined,
    async *start(parameters) {
      if (setup.adapter !== undefined) added ??= initialiseAdapter(config, setup.adapter, recipe.seed);
      for (const parameter of parameters) {
        const { name, shape } = parameter;
        const fresh = added?.get(name)?.data as Float32Array | undefined;
        if (fresh === undefined) {
          if (isQuantised(parameter)) await checkStart(name, tensors.get(name)!);
          yield* await encodeWeight(asEncoded(parameter), tensors.get(name)!);
        } else yield [name, { type: 'float32', dims: shape, data: fresh.slice() }];
      }
    },
  };
}

/** SHA-256 over all that a run starts from: what config.json means, names and values; of frozen weights, as they are stored. */
export async function hashStart({ config, stored, frozen, trained, start }: Trainee): Promise<string> {
  const { raw, ...meaning } = config;
  const hash = createHash('sha256').update(hashJson(meaning));
  for (const { name } of frozen) hash.update(name).update(await stored.get(name)!.bytes());
  return hash.update(await hashTensors(start(trained))).digest('hex');
}

/** SHA-256 over names and values of parameters, in order. */
async function hashTensors(tensors: AsyncIterable<readonly [string, Tensor]>): Promise<string> {
  const hash = createHash('sha256');
  for await (const [name, { data }] of tensors) hash.update(name).update(data as Uint8Array);
  return hash.digest('hex');
}

const QUANTISED: readonly unknown[] = ['nf4', 'fp4', 'int8'];
const isQuantised = ({ encoding }: InputParameter): boolean => QUANTISED.includes(encoding?.kind);

const MASK_TOKENS = ['[MASK]', '<mask>'];
const SPECIAL_TOKENS = [...MASK_TOKENS, '[PAD]', '<pad>', '[CLS]', '<s>', '[SEP]', '</s>', '[UNK]', '<unk>'];

function maskVocabulary(tokenizer: Tokenizer): MaskVocabulary {
  const ids = (tokens: readonly string[]): number[] =>
    tokens.map((token) => tokenizer.idOf(token)).filter((id) => id !== undefined);
  const [maskId] = ids(MASK_TOKENS);
  if (maskId === undefined) {
    throw new TrainerError('TRAINER_MASK_TOKEN_MISSING', {
      what: 'The model cannot be trained with the masked objective.',
      why: `Its tokenizer has none of ${MASK_TOKENS.join(', ')}.`,
      fix: 'Use an encoder such as BERT or RoBERTa, or the causal objective.',
    });
  }
  return { maskId, vocabSize: tokenizer.vocabSize, specialIds: new Set(ids(SPECIAL_TOKENS)) };
}
