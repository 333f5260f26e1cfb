import { exists, type JsonLinesAppender, openJsonLinesAppender, readJsonLines, writeJsonLines } from '@flanlab/files';
import { TensorBoardLog } from './tensorboard-log.js';

/** One line of `metrics.jsonl`. Names are those of the Hugging Face trainer. */
export type MetricsRow =
  | {
      readonly step: number;
      /** Mean over the steps since the last row. */
      readonly loss: number;
      /** Of this step, as it was applied. */
      readonly learning_rate: number;
      /** Of this step, before clipping. */
      readonly grad_norm: number;
      /** Tokens that are not padding, over the steps since the last row. */
      readonly tokens_per_second: number;
      readonly epoch: number;
      /** Targets learned since the last row. */
      readonly targets: number;
      /** ISO 8601. */
      readonly time: string;
    }
  | {
      readonly step: number;
      readonly eval_loss: number;
      readonly eval_targets: number;
      /** What the caller's `evaluate` gave. */
      readonly [metric: `eval_${string}`]: number;
      readonly epoch: number;
      readonly time: string;
    };

/** `metrics.jsonl`, and the TensorBoard file if one is wanted. */
export class MetricsLog implements AsyncDisposable {
  readonly #lines: JsonLinesAppender;
  readonly #board: TensorBoardLog | undefined;

  private constructor(lines: JsonLinesAppender, board: TensorBoardLog | undefined) {
    this.#lines = lines;
    this.#board = board;
  }

  /**
   * Opens the log of a run that goes on: rows of later steps, and of evaluations that its checkpoint does not know of, which a
   * killed run wrote and this one will repeat, are taken out first.
   * @param options `tensorBoard` is the folder of its file; `now` gives milliseconds since 1970
   */
  static async open(
    path: string,
    after: { readonly step: number; readonly evaluatedStep: number },
    { tensorBoard, now }: { readonly tensorBoard?: string | undefined; readonly now: () => number },
  ): Promise<MetricsLog> {
    const kept: MetricsRow[] = [];
    if (await exists(path)) {
      await (await openJsonLinesAppender(path)).close(); // cuts off a torn last line
      for await (const line of readJsonLines(path)) {
        const row = line as MetricsRow;
        if (row.step <= ('eval_loss' in row ? after.evaluatedStep : after.step)) kept.push(row);
      }
      await writeJsonLines(path, kept);
    }
    const board = tensorBoard === undefined ? undefined : await TensorBoardLog.open(tensorBoard, kept, now());
    return new MetricsLog(await openJsonLinesAppender(path), board);
  }

  async append(row: MetricsRow): Promise<void> {
    await this.#lines.append(row);
    await this.#board?.append(row);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.close();
    await this.#board?.[Symbol.asyncDispose]();
  }
}
