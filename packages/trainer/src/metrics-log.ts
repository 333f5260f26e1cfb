import { exists, type JsonLinesAppender, openJsonLinesAppender, readJsonLines, writeJsonLines } from '@flanlab/files';

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
      readonly epoch: number;
      readonly time: string;
    };

/**
 * Opens `metrics.jsonl` for a run that goes on after a step: rows of later steps, which a killed run wrote and this
 * one will repeat, are taken out first.
 */
export async function openMetricsLog(path: string, afterStep: number): Promise<JsonLinesAppender> {
  if (await exists(path)) {
    await (await openJsonLinesAppender(path)).close(); // cuts off a torn last line
    const kept: unknown[] = [];
    for await (const row of readJsonLines(path)) if ((row as MetricsRow).step <= afterStep) kept.push(row);
    await writeJsonLines(path, kept);
  }
  return openJsonLinesAppender(path);
}
