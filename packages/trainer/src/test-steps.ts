import { type Checkpoint, encodeWeight, type WeightTensor } from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import { buildTrainingArtifacts } from './artifacts.js';
import type { BatchPlan } from './batches.js';
import { constantWeights } from './constant-weights.js';
import { asEncoded } from './frozen-weights.js';
import { fitObjective, paddingId } from './objective.js';
import type { Recipe } from './recipe.js';
import { Stepper, type StepResult } from './stepper.js';
import type { TokenisedRow } from './tokenise.js';
import { trainingSetup } from './trainee.js';

/** A row of a fixture as `tokeniseRows` would give it. */
export function tokenisedRow(
  { ids, labels }: { readonly ids: readonly number[]; readonly labels: readonly number[] },
  index: number,
): TokenisedRow {
  return {
    index,
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    offsets: new Int32Array(2 * ids.length),
    targets: labels.slice(1).filter((label) => label !== -100).length,
    truncated: false,
    doubleBos: false,
    learnsToStop: false,
  };
}

/** Takes all steps of a plan on given weights and a given adapter. */
export async function runSteps(options: {
  readonly base: Checkpoint;
  readonly start: ReadonlyMap<string, Pick<WeightTensor, 'float32'>>;
  readonly recipe: Recipe;
  readonly plan: BatchPlan;
  readonly warmupSteps: number;
  /** Feed all frozen weights, as for a large model. */
  readonly fed?: boolean;
}): Promise<{
  readonly results: readonly StepResult[];
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Bytes of all frozen tensors that the session was given. */
  readonly frozenBytes: number;
}> {
  const { base, start, recipe, plan, warmupSteps, fed = false } = options;
  const { frozen } = trainingSetup(base.config, recipe, 'base', base.tensors);
  const constants = fed ? undefined : await constantWeights(frozen, base.tensors, 'cpu');
  const { files, trained } = buildTrainingArtifacts({
    config: base.config,
    recipe,
    stored: base.tensors,
    optimizer: 'host',
    ...constants,
  });
  const { totalSteps } = plan;
  const schedule = { schedule: recipe.schedule, learningRate: recipe.learningRate, warmupSteps, totalSteps };
  const stepperOptions = {
    trained,
    recipe,
    schedule,
    plan,
    padId: paddingId(fitObjective(recipe, base.config), base.config, {}),
    runtime: { threads: 1, ...(constants === undefined ? {} : { externalDataFolder: constants.folder }) },
    optimizer: 'host',
  } as const;
  await using stepper = await Stepper.open(files['training_model.onnx'], stepperOptions);
  let frozenBytes = 0;
  for (const weight of frozen) {
    if (constants?.places.has(weight.name) === true) continue;
    for (const [name, tensor] of await encodeWeight(asEncoded(weight), base.tensors.get(weight.name)!)) {
      frozenBytes += (tensor.data as Uint8Array).byteLength;
      await stepper.put(name, tensor);
    }
  }
  await stepper.start(
    (async function* () {
      for (const { name, shape } of trained) {
        yield [name, { type: 'float32', dims: shape, data: await start.get(name)!.float32() }] as const;
      }
    })(),
  );
  const results: StepResult[] = [];
  for (let step = 0; step < totalSteps; step += 10) {
    results.push(...(await stepper.run(step, Math.min(10, totalSteps - step))));
  }
  return { results, parameters: await stepper.readParameters(), frozenBytes };
}
