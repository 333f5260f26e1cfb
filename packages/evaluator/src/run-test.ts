import { join } from 'node:path';
import { bertScoreAccuracy, type TokenEncoder } from '@flanlab/bertscore';
import { hashJson } from '@flanlab/files';
import { BERTSCORE_SKIPPED, TEST_MODES, type TestMode } from './data/test-modes.js';
import { EvaluatorError } from './errors.js';
import type { BertScoreResult, Evaluation, EvaluationRow } from './evaluation.js';
import { type Extraction, extractAnswer, type PromptFormat } from './extract-answer.js';
import { wilsonInterval } from './interval.js';
import { goldAnswer } from './metrics/metric.js';
import type { Responder } from './responder.js';
import {
  type ResultPaths,
  type RunDescription,
  requirePlainName,
  resultPaths,
  writeResultFiles,
} from './result-files.js';
import { metricByName, scoreTask, type TaskScore } from './score-task.js';
import { openWorkFile, promptKeys, type StoredResponse } from './work-file.js';

/** One row to test; the prompt is complete. */
export interface TestRow {
  readonly prompt: string;
  readonly target: string | readonly string[];
  /** Gold options; none, or one empty text, for a task without options. */
  readonly options: readonly string[];
  /** Rows of one group are answers to one question (`multirc`). */
  readonly group?: string;
}

export interface RunTestOptions extends RunDescription {
  readonly responder: Responder;
  readonly rows: readonly TestRow[];
  readonly task: string;
  /** A name of the metrics table; `TaskSpec.metric`. */
  readonly metric: string;
  readonly mode: TestMode;
  /** Folder of the tuned model, or `base`; part of paths. */
  readonly runName: string;
  /** What a tuned model was taught; needed for `direct`. */
  readonly promptFormat?: PromptFormat | null;
  /** BIG-bench prompt style, `closed` when left out; steers extraction for every task. */
  readonly format?: string;
  readonly compat?: boolean;
  /** Rows of one scoring batch; matters under compat only. */
  readonly batchSize?: number;
  /** Labels in option order for metrics over classes; those of the rows when all rows have the same. */
  readonly labels?: readonly string[];
  /** Given: BERTScore accuracy too, where the task has options. */
  readonly encoder?: TokenEncoder;
  /** Root of all result files. */
  readonly out: string;
  /** Name of the per-sample file; the reference uses the start time, we the content hash, so that a rerun finds it. */
  readonly evalName?: string;
  /** Version of the code that makes responses; another one starts afresh. */
  readonly codeVersion: string;
  /** `never` forgets the rows of an earlier run that was killed. */
  readonly resume?: 'auto' | 'never';
  readonly signal?: AbortSignal;
}

export type TestEvent =
  | {
      readonly type: 'started';
      /** Rows in all, and those that an earlier run has finished. */
      readonly total: number;
      readonly done: number;
      /** What the finished rows are filed under, and why: they are reused exactly while this stays the same. */
      readonly workFile: string;
      readonly cacheKey: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: 'row-end';
      readonly index: number;
      readonly done: number;
      readonly total: number;
      readonly tokens: number;
    }
  | { readonly type: 'scored'; readonly score: TaskScore }
  | {
      readonly type: 'finished';
      readonly evaluation: Evaluation;
      readonly paths: ResultPaths;
      /** False where the logs had this evaluation already. */
      readonly logged: boolean;
    };

const EXTRACTION_VERSION = 1;

const hasOptions = ({ options }: TestRow): boolean => options.some((option) => option !== '');

/** The labels for metrics over classes: as given, or the options that all rows share. */
function sharedLabels({ labels, rows }: RunTestOptions): readonly string[] | undefined {
  if (labels !== undefined) return labels;
  const first = rows[0];
  if (first === undefined || !hasOptions(first)) return undefined;
  return rows.every(({ options }) => options.join('\0') === first.options.join('\0')) ? first.options : undefined;
}

async function scoreByEmbedding(
  { encoder, rows, task, signal }: RunTestOptions,
  extractions: readonly Extraction[],
): Promise<{ readonly result: BertScoreResult; readonly chosen: readonly number[] } | null> {
  if (encoder === undefined || BERTSCORE_SKIPPED.has(task) || !rows.every(hasOptions)) return null;
  const { accuracy, chosen, signature, counts } = await bertScoreAccuracy({
    encoder,
    predictions: extractions.map(({ answer }) => answer),
    options: rows.map(({ options }) => options),
    targets: rows.map(({ target }) => goldAnswer(target)),
    ...(signal === undefined ? {} : { signal }),
  });
  const interval = wilsonInterval(accuracy, rows.length);
  return { result: { accuracy, interval, signature, truncatedTexts: counts.truncatedTexts }, chosen };
}

const nullable = (values: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number.isFinite(value) ? value : null]));

const count = (rows: readonly EvaluationRow[], test: (row: EvaluationRow) => boolean): number =>
  rows.filter(test).length;

/** Asks for the missing rows and keeps each on disk as soon as it is there. */
async function* respondToMissing(options: RunTestOptions): AsyncGenerator<TestEvent, readonly StoredResponse[]> {
  const { responder, rows, task, mode, runName, codeVersion, out, signal, resume = 'auto' } = options;
  const prompts = rows.map(({ prompt }) => prompt);
  const cacheKey = { ...responder.fingerprint, codeVersion, task, mode, runName };
  const path = join(out, 'responses', `${hashJson(cacheKey)}.jsonl`);
  await using file = await openWorkFile(path, { forget: resume === 'never' });
  const keys = promptKeys(prompts);
  const missing = keys.flatMap((key, index) => (file.stored.has(key) ? [] : [index]));
  let done = rows.length - missing.length;
  yield { type: 'started', total: rows.length, done, workFile: path, cacheKey };
  if (missing.length > 0) {
    const asked = missing.map((index) => prompts[index]!);
    for await (const result of responder.respond(asked, signal === undefined ? {} : { signal })) {
      const index = missing[result.index];
      if (index === undefined) continue;
      const { tokens } = await file.append(keys[index]!, result);
      done++;
      yield { type: 'row-end', index, done, total: rows.length, tokens };
      signal?.throwIfAborted();
    }
  }
  signal?.throwIfAborted();
  return keys.map((key, index) => {
    const response = file.stored.get(key);
    if (response !== undefined) return response;
    throw new EvaluatorError(
      'EVALUATION_RESPONSE_MISSING',
      {
        what: `Row ${index} of ${task} got no response.`,
        why: `The responder ended after ${done} of ${rows.length} rows.`,
        fix: 'Run the test again; finished rows are kept. If it happens again, the responder is at fault.',
      },
      { kind: 'internal' },
    );
  });
}

/**
 * Tests one model on one task: responses, answers, scores, files. Finished rows are on disk at once, so a run that was
 * killed goes on where it stopped and leaves the same bytes as an undisturbed one. Running again asks the model nothing,
 * and adds nothing to the logs.
 *
 * Below `out`: `responses/<hash>.jsonl` (finished rows), the per-sample file and the evaluation as JSON under
 * `saved_models/…`, one row each in `eval_logs.csv` and, with an encoder, `bertscore_evals.csv`.
 *
 * @throws {EvaluatorError} `EVALUATION_ROWS_EMPTY`, `EVALUATION_NAME_INVALID`, `EVALUATION_RESPONSE_MISSING`,
 *   `EVALUATION_WORK_FILE_INVALID`, `EVALUATION_PROMPT_FORMAT_MISSING`, `METRIC_…`
 */
export async function* runTest(options: RunTestOptions): AsyncGenerator<TestEvent> {
  const { rows, task, mode, runName, compat = false, promptFormat = null, format = 'closed' } = options;
  if (rows.length === 0) {
    throw new EvaluatorError('EVALUATION_ROWS_EMPTY', {
      what: `There is nothing to test on ${task}.`,
      why: 'Its list of rows is empty.',
      fix: 'Check the number of test rows and that the task has prompts for this mode.',
    });
  }
  const { run } = TEST_MODES[mode];
  const metric = metricByName(options.metric);
  const labels = sharedLabels(options);
  const key = hashJson({
    fingerprint: options.responder.fingerprint,
    rows,
    task,
    metric: metric.key,
    mode,
    runName,
    promptFormat,
    format,
    compat,
    labels: labels ?? null,
    batchSize: compat ? (options.batchSize ?? 1) : null,
    encoder: options.encoder === undefined ? null : [options.encoder.name, options.encoder.layer],
    samplegen: [options.samplegenModel ?? null, options.samplegenFile ?? null],
    ablation: options.ablation ?? null,
    versions: [options.codeVersion, EXTRACTION_VERSION],
  });
  const name = options.evalName ?? `${task.replace(/[^\w.-]/g, '_')}-${mode}-${key.slice(0, 12)}`;
  requirePlainName('run name', runName);
  const paths = resultPaths(options.out, {
    mode,
    runName,
    name,
    compat,
    samplegenModel: options.samplegenModel ?? null,
  });
  if (run === 'trained') extractAnswer({ response: '', run, promptFormat, task, options: [] }); // fails before the model works

  const responses = yield* respondToMissing(options);
  const extractions = responses.map(({ response }, index) =>
    extractAnswer({ response, run, promptFormat, format, task, options: rows[index]!.options, compat }),
  );
  const groups = rows.map(({ group }) => group).filter((group) => group !== undefined);
  const score = scoreTask(
    metric.key,
    extractions.map(({ answer }) => answer),
    rows.map(({ target }) => target),
    {
      compat,
      ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
      ...(typeof options.seed === 'number' ? { seed: options.seed } : {}),
      ...(labels === undefined ? {} : { labels }),
      ...(groups.length === 0 ? {} : { groups }),
    },
  );
  yield { type: 'scored', score };
  const embedding = await scoreByEmbedding(options, extractions);
  const evaluatedRows = rows.map(({ prompt, target, options: rowOptions }, index): EvaluationRow => {
    const { response, tokens, finish, promptTruncated } = responses[index]!;
    return {
      prompt,
      response,
      target,
      options: rowOptions,
      ...extractions[index]!,
      score: score.rowScores[index]!,
      tokens,
      finish,
      promptTruncated,
      bertScoreChoice: embedding?.chosen[index] ?? null,
    };
  });
  const evaluation: Evaluation = {
    version: 1,
    key,
    name,
    task,
    mode,
    runName,
    promptFormat,
    format,
    compat,
    n: rows.length,
    metric: score.metric,
    mainKey: score.mainKey,
    higherIsBetter: score.higherIsBetter,
    values: nullable(score.values),
    overAllRows: score.overAllRows === undefined ? null : nullable(score.overAllRows),
    intervals: score.intervals,
    bertScore: embedding?.result ?? null,
    counts: {
      nothingExtracted: count(evaluatedRows, ({ rule }) => rule === 'nothing'),
      emptyPredictions: count(evaluatedRows, ({ answer }) => answer === ''),
      reachedLengthLimit: count(evaluatedRows, ({ finish }) => finish === 'length'),
      promptsTruncated: count(evaluatedRows, ({ promptTruncated }) => promptTruncated),
    },
    fingerprint: options.responder.fingerprint,
    rows: evaluatedRows,
  };
  const { logged } = await writeResultFiles(paths, evaluation, options);
  yield { type: 'finished', evaluation, paths, logged };
}
