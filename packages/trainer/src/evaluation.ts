import type { OnnxSession, Tensor } from '@flanlab/onnx-session';
import { collateSteps, type MaskVocabulary, planBatches } from './batches.js';
import type { Recipe } from './recipe.js';
import type { TokenisedRow } from './tokenise.js';

export interface EvaluationOptions {
  readonly rows: readonly TokenisedRow[];
  readonly recipe: Recipe;
  readonly vocabulary: MaskVocabulary | undefined;
  readonly padId: number;
  /** Loads a model where all parameters are already: frozen ones must not lie in memory twice. */
  readonly open: (model: Uint8Array) => Promise<OnnxSession>;
}

/** The loss on rows that are not trained on. Its session opens at the first use. */
export class Evaluation implements AsyncDisposable {
  readonly #open: () => Promise<OnnxSession>;
  readonly #batches: readonly (readonly TokenisedRow[])[];
  readonly #padId: number;
  #session: Promise<OnnxSession> | undefined;

  constructor(model: Uint8Array, { rows, recipe, vocabulary, padId, open }: EvaluationOptions) {
    this.#padId = padId;
    const { batchSize } = recipe;
    // For the masked objective the same tokens are hidden each time, so that the losses of a run compare.
    const once = { batchSize: rows.length, gradientAccumulation: 1, groupByLength: false };
    const byLength = planBatches(rows, { ...recipe, ...once }, vocabulary)
      .window(0)
      .flat()
      .toSorted((a, b) => b.ids.length - a.ids.length);
    this.#batches = Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, i) =>
      byLength.slice(i * batchSize, (i + 1) * batchSize),
    );
    this.#open = () => open(model);
  }

  /** Mean loss over all targets of all rows, of the parameters as they are; nothing when the signal came in between. */
  async run(signal?: AbortSignal): Promise<{ readonly loss: number; readonly targets: number } | undefined> {
    this.#session ??= this.#open();
    const session = await this.#session;
    let lossSum = 0;
    let targets = 0;
    for (const batch of this.#batches) {
      if (signal?.aborted === true) return undefined;
      const { tokens } = collateSteps([[batch]], this.#padId);
      const outputs = await session.run({ tokens: { ...tokens, dims: tokens.dims.slice(2) } }, { transfer: true });
      lossSum += scalar(outputs, 'loss_sum');
      targets += scalar(outputs, 'targets');
    }
    return { loss: lossSum / Math.max(1, targets), targets };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#session)?.close();
  }
}

const scalar = (outputs: Readonly<Record<string, Tensor>>, name: string): number =>
  (outputs[name]!.data as Float32Array)[0]!;
