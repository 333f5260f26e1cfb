import { type OnnxSession, openSession, type SessionOptions, type Tensor } from '@flanlab/onnx-session';
import { stepScalars } from './adamw.js';
import type { OptimizerPlace } from './artifacts.js';
import { type BatchPlan, collateSteps } from './batches.js';
import { TrainerError } from './errors.js';
import type { HostStep } from './host-adamw.js';
import type { Recipe } from './recipe.js';
import { learningRateAt, type SchedulePlan } from './schedule.js';
import { gradientName, moment1Name, moment2Name, nextName } from './state-names.js';
import { decays, type ParameterShape, SCALAR_COLUMNS } from './training-graph.js';

export interface StepResult {
  readonly loss: number;
  readonly learningRate: number;
  readonly gradNorm: number;
  readonly targets: number;
  readonly tokens: number;
}

export interface StepperOptions {
  readonly trained: readonly ParameterShape[];
  readonly recipe: Recipe;
  readonly schedule: SchedulePlan;
  readonly plan: BatchPlan;
  readonly padId: number;
  readonly runtime: SessionOptions;
  /** As the training model was built for. */
  readonly optimizer: OptimizerPlace;
}

// The same file from src (tests) and from dist: a worker needs JavaScript.
const HOST_ADAMW = new URL('../dist/host-adamw.js', import.meta.url);

const METRICS = ['loss', 'grad_norm', 'grad_squares'] as const;

const int64 = (value: number): Tensor => ({ type: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) });

/** The session of a training model: feeds it batches and rates, and keeps its state in the worker. */
export class Stepper implements AsyncDisposable {
  readonly #session: OnnxSession;
  readonly #options: StepperOptions;
  readonly #stateNames: readonly string[];
  readonly #keep: Readonly<Record<string, string>>;
  /** What only an optimizer on the host reads. */
  readonly #aside: ReadonlySet<string>;
  /** Batches of the next run, made while the last one computed. */
  #prepared: { readonly key: string; readonly steps: ReturnType<typeof collateSteps> } | undefined;

  private constructor(session: OnnxSession, options: StepperOptions) {
    this.#session = session;
    this.#options = options;
    this.#stateNames = options.trained.flatMap(({ name }) => [name, moment1Name(name), moment2Name(name)]);
    const moments = options.trained.flatMap(({ name }) => [moment1Name(name), moment2Name(name)]);
    this.#aside = new Set(options.optimizer === 'host' ? moments : []);
    this.#keep = Object.fromEntries(this.#stateNames.map((name) => [nextName(name), name]));
  }

  static async open(model: Uint8Array, options: StepperOptions): Promise<Stepper> {
    // Each step has its own lengths, and a planned block the size of the longest would come on top of what is there.
    return new Stepper(await openSession(model, { memoryPattern: false, ...options.runtime }), options);
  }

  put(name: string, tensor: Tensor): Promise<void> {
    return this.#session.put(name, tensor, { transfer: true, aside: this.#aside.has(name) });
  }

  /** Sets the parameters to their start values and the moments to zero. */
  async start(parameters: AsyncIterable<readonly [string, Tensor]>): Promise<void> {
    for await (const [name, tensor] of parameters) {
      const zeros = (): Tensor => ({ ...tensor, data: new Float32Array(tensor.data.length) });
      await this.put(moment1Name(name), zeros());
      await this.put(moment2Name(name), zeros());
      await this.put(name, tensor);
    }
  }

  /**
   * Takes `count` optimizer steps, the first of which is `first`, counted from 0.
   * @throws {TrainerError} `TRAINER_NON_FINITE`
   */
  async run(first: number, count: number): Promise<StepResult[]> {
    if (this.#options.optimizer === 'graph') return this.#runInGraph(first, count);
    const results: StepResult[] = [];
    for (let step = first; step < first + count; step++) results.push(await this.#runOnHost(step));
    return results;
  }

  async #runInGraph(first: number, count: number): Promise<StepResult[]> {
    const { recipe, schedule } = this.#options;
    const steps = this.#collate(first, count);
    const rates = Array.from({ length: count }, (_, k) => learningRateAt(first + k, schedule));
    const running = this.#session.run(
      {
        tokens: steps.tokens,
        sizes: steps.sizes,
        ...(recipe.gradientAccumulation > 1 ? { batches: steps.batches } : {}),
        scalars: scalarRows(first, rates, steps.targets, recipe),
        first_step: int64(first),
      },
      { fetch: METRICS, keep: this.#keep, transfer: true },
    );
    this.#prepare(first + count, Math.min(count, schedule.totalSteps - first - count));
    return this.#results(await running, first, rates, steps);
  }

  /** One step: its gradients stay in the thread of the session, where the optimizer uses them in place. */
  async #runOnHost(step: number): Promise<StepResult> {
    const { recipe, schedule, trained } = this.#options;
    const collated = this.#collate(step, 1);
    const rate = learningRateAt(step, schedule);
    const inside = ({ type, dims, data }: Tensor): Tensor => ({ type, dims: dims.slice(1), data });
    const { beta1, beta2 } = recipe.adam;
    const argument: HostStep = {
      ...stepScalars(step + 1, rate, recipe),
      parameters: trained.map((parameter) => ({ name: parameter.name, decays: decays(parameter, recipe) })),
      maxGradNorm: recipe.maxGradNorm,
      beta1,
      beta2,
    };
    const running = this.#session.run(
      {
        tokens: inside(collated.tokens),
        sizes: inside(collated.sizes),
        ...(recipe.gradientAccumulation > 1 ? { batches: inside(collated.batches) } : {}),
        inverse_targets: { type: 'float32', dims: [], data: Float32Array.of(1 / Math.max(1, collated.targets[0]!)) },
        step: int64(step),
      },
      {
        fetch: METRICS,
        finish: {
          module: HOST_ADAMW,
          outputs: ['loss', 'grad_norm', ...trained.map(({ name }) => gradientName(name))],
          argument,
        },
        transfer: true,
      },
    );
    this.#prepare(step + 1, Math.min(1, schedule.totalSteps - step - 1));
    return this.#results(await running, step, [rate], collated)[0]!;
  }

  #results(
    outputs: Readonly<Record<string, Tensor>>,
    first: number,
    rates: readonly number[],
    steps: ReturnType<typeof collateSteps>,
  ): StepResult[] {
    const { trained } = this.#options;
    const [losses, norms, squares] = METRICS.map((name) => outputs[name]!.data as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const last = losses.length - 1;
    if (losses.length < rates.length || !Number.isFinite(losses[last]! + norms[last]!)) {
      const P = trained.length;
      throw nonFinite(first + losses.length, losses[last]!, norms[last]!, squares.subarray(last * P), trained);
    }
    return rates.map((learningRate, k) => ({
      loss: losses[k]!,
      learningRate,
      gradNorm: norms[k]!,
      targets: steps.targets[k]!,
      tokens: steps.tokenCounts[k]!,
    }));
  }

  /** Loads a model that reads the parameters where they are, such as `eval_model.onnx`, and packs no copies of them. */
  openBeside(model: Uint8Array): Promise<OnnxSession> {
    const extra = { session: { disable_prepacking: '1' } };
    return this.#session.openBeside(model, { memoryPattern: false, extra, ...this.#options.runtime });
  }

  /** Copies of the trained parameters. */
  readParameters(): Promise<Record<string, Tensor>> {
    return this.#session.read(this.#options.trained.map(({ name }) => name));
  }

  /** Copies of the trained parameters and their moments. */
  readState(): Promise<Record<string, Tensor>> {
    return this.#session.read(this.#stateNames);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }

  #collate(first: number, count: number): ReturnType<typeof collateSteps> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (prepared?.key === `${first}+${count}`) return prepared.steps;
    const { plan, padId } = this.#options;
    return collateSteps(
      Array.from({ length: count }, (_, k) => plan.window(first + k)),
      padId,
    );
  }

  #prepare(first: number, count: number): void {
    if (count > 0) this.#prepared = { key: `${first}+${count}`, steps: this.#collate(first, count) };
  }
}

function scalarRows(first: number, rates: readonly number[], targets: readonly number[], recipe: Recipe): Tensor {
  const data = new Float32Array(rates.length * SCALAR_COLUMNS.length);
  for (const [k, rate] of rates.entries()) {
    const { decay, stepSize, epsilon } = stepScalars(first + k + 1, rate, recipe);
    data.set([decay, stepSize, epsilon, 1 / Math.max(1, targets[k]!)], k * SCALAR_COLUMNS.length);
  }
  return { type: 'float32', dims: [rates.length, SCALAR_COLUMNS.length], data };
}

function nonFinite(
  step: number,
  loss: number,
  norm: number,
  squares: Float32Array,
  trained: readonly ParameterShape[],
): TrainerError {
  const place = squares.findIndex((square) => !Number.isFinite(square));
  const first = place < 0 ? '' : ` The first gradient that is not finite is that of ${trained[place]!.name}.`;
  return new TrainerError(
    'TRAINER_NON_FINITE',
    {
      what: `Training stopped at step ${step}.`,
      why: `Its loss is ${loss}, the norm of its gradients ${norm}.${first}`,
      fix: 'The last checkpoint is from before. Lower learningRate, lengthen the warm-up, or look at the rows of this step.',
    },
    { kind: 'numeric' },
  );
}
