import { createHash } from 'node:crypto';
import {
  causalLoss,
  encoderLinearModules,
  encoderParameters,
  type LinearHook,
  type LinearModule,
  linearModules,
  loadTokenizer,
  type ModelConfig,
  maskedLoss,
  modelParameters,
  type Parameters,
  readCheckpoint,
  readEncoderCheckpoint,
  type Tokenizer,
  type WeightTensor,
} from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import type { MaskVocabulary } from './batches.js';
import { TrainerError } from './errors.js';
import { initialLoraWeights, loraModules, loraNames } from './lora.js';
import { loraDropout } from './lora-dropout.js';
import { loraHook } from './lora-hook.js';
import type { BatchPlace, LossModel } from './loss-model.js';
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

const OBJECTIVES = {
  causal: { read: readCheckpoint, parameters: modelParameters, linears: linearModules, loss: causalLoss },
  masked: {
    read: (dir) => readEncoderCheckpoint(dir, { head: true }),
    parameters: encoderParameters,
    linears: encoderLinearModules,
    loss: maskedLoss,
  },
} as const satisfies Record<Recipe['objective'], ObjectiveSpec>;

/** A model that is ready to be trained by a recipe: which parameters learn, from what start, under which loss. */
export interface Trainee {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly lossModel: LossModel;
  /** Learned parameters, in the order of the forward pass. */
  readonly trained: readonly ParameterShape[];
  readonly frozen: readonly ParameterShape[];
  /** Modules that have an adapter; empty when everything is trained. */
  readonly adapted: readonly LinearModule[];
  /** Weights of the model folder, by name. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** Start values of parameters that the folder does not have. */
  readonly added: ReadonlyMap<string, Float32Array>;
  readonly vocabulary: MaskVocabulary | undefined;
}

/** Reads a model folder for training. @throws what reading it throws, `TRAINER_LORA_TARGET_UNKNOWN` */
export async function openTrainee(modelDir: string, recipe: Recipe): Promise<Trainee> {
  const objective: ObjectiveSpec = OBJECTIVES[recipe.objective];
  const { config, tensors } = await objective.read(modelDir);
  const tokenizer = await loadTokenizer(modelDir);
  const own = objective.parameters(config);
  const vocabulary = recipe.objective === 'masked' ? maskVocabulary(tokenizer) : undefined;
  if (recipe.lora === undefined) {
    const lossModel = lossModelOf(objective, config, () => undefined);
    return {
      config,
      tokenizer,
      lossModel,
      trained: own,
      frozen: [],
      adapted: [],
      tensors,
      added: new Map(),
      vocabulary,
    };
  }
  const { lora } = recipe;
  const adapted = loraModules(objective.linears(config), lora);
  const trained = adapted.flatMap((module) => {
    const { a, b } = loraNames(module.name);
    return [
      { name: a, shape: [lora.rank, module.in] },
      { name: b, shape: [module.out, lora.rank] },
    ];
  });
  const lossModel = lossModelOf(objective, config, (parameters, place) =>
    loraHook(adapted, lora, parameters, place, (g, like, salt, at) =>
      loraDropout(g, like, { seed: recipe.seed, rate: lora.dropout, salt, place: at }),
    ),
  );
  const added = initialLoraWeights(adapted, lora.rank, recipe.seed);
  return { config, tokenizer, lossModel, trained, frozen: own, adapted, tensors, added, vocabulary };
}

type HookMaker = (parameters: Parameters, place: BatchPlace | undefined) => LinearHook | undefined;

function lossModelOf({ loss }: ObjectiveSpec, config: ModelConfig, hook: HookMaker): LossModel {
  return {
    loss(g, parameters, batch, place) {
      const linear = hook(parameters, place);
      return loss(g, config, linear === undefined ? { parameters } : { parameters, linear }, batch);
    },
  };
}

/** Start values of parameters, one after the other; each in a buffer of its own. */
export async function* startTensors(
  trainee: Trainee,
  parameters: readonly ParameterShape[],
): AsyncGenerator<readonly [string, Tensor]> {
  for (const { name, shape } of parameters) {
    const data = trainee.added.get(name)?.slice() ?? (await trainee.tensors.get(name)!.float32());
    yield [name, { type: 'float32', dims: shape, data }];
  }
}

/** SHA-256 over names and start values of all parameters. */
export async function hashStart(trainee: Trainee): Promise<string> {
  const hash = createHash('sha256');
  for await (const [name, { data }] of startTensors(trainee, [...trainee.frozen, ...trainee.trained])) {
    hash.update(name).update(data as Float32Array);
  }
  return hash.digest('hex');
}

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
