import { join } from 'node:path';
import { appendDelimitedRow, readDelimited, writeDelimited, writeJson } from '@flanlab/files';
import { TEST_MODES, type TestMode } from './data/test-modes.js';
import { EvaluatorError } from './errors.js';
import type { Evaluation } from './evaluation.js';
import { goldAnswer } from './metrics/metric.js';
import { formatPythonFloat } from './python-text.js';

/** What the logs say about a run besides its results. */
export interface RunDescription {
  readonly jobId?: string | null;
  readonly seed?: number | null;
  /** Adapter path, or the base model's identifier; the run name when left out. */
  readonly modelLabel?: string;
  /** The SampleGen model whose samples a `pipeline-model` run uses. */
  readonly samplegenModel?: string | null;
  /** The per-sample file those samples came from. */
  readonly samplegenFile?: string | null;
  readonly ablation?: { readonly setup: string; readonly samples: number } | null;
}

/** Where the files of one evaluation lie. */
export interface ResultPaths {
  /** One line a row, tab separated. `.csv` under compat, as in the reference (Q79). */
  readonly samples: string;
  /** The whole evaluation as JSON. */
  readonly evaluation: string;
  readonly evalLog: string;
  readonly bertScoreLog: string;
}

const SEPARATOR = '###';
const NAME = /^(?!\.{1,2}$)[\w.+=@-]+$/;

/** @throws {EvaluatorError} `EVALUATION_NAME_INVALID` when a name cannot be a folder or file of its own */
export function requirePlainName(what: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new EvaluatorError(
    'EVALUATION_NAME_INVALID',
    {
      what: `The ${what} ${JSON.stringify(name)} cannot name a file.`,
      why: 'It becomes part of a path.',
      fix: 'Use letters, digits and . _ - + = @ only.',
    },
    { kind: 'usage' },
  );
}

/** The reference's places below `out`: beside the tuned model, or with the SampleGen model whose samples were used. */
export function resultPaths(
  out: string,
  {
    mode,
    runName,
    name,
    compat,
    samplegenModel,
  }: {
    readonly mode: TestMode;
    readonly runName: string;
    readonly name: string;
    readonly compat: boolean;
    readonly samplegenModel?: string | null;
  },
): ResultPaths {
  requirePlainName('evaluation name', name);
  const models = join(out, 'saved_models');
  const { run, evalMode } = TEST_MODES[mode];
  let folder = join(models, 'base_model_evals');
  if (evalMode === 'samplegen_pipeline') {
    const source = samplegenModel ?? 'gold_samples';
    folder = join(models, requirePlainName('SampleGen model name', source), 'samplegen_pipeline_evals');
  } else if (run === 'trained') {
    folder = join(models, requirePlainName('run name', runName), 'evals');
  }
  return {
    samples: join(folder, `${name}.${compat ? 'csv' : 'tsv'}`),
    evaluation: join(folder, `${name}.json`),
    evalLog: join(out, 'eval_logs.csv'),
    bertScoreLog: join(out, 'bertscore_evals.csv'),
  };
}

const cell = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);
// The logs say not-a-number where the report shows a dash.
const score = (value: number | null): string => formatPythonFloat(value ?? Number.NaN);

/** The reference's columns first, then ours. */
function evalLogRow(evaluation: Evaluation, run: RunDescription): Record<string, string> {
  const { evalMode, sampleSource } = TEST_MODES[evaluation.mode];
  const row: Record<string, string> = {
    job_id: cell(run.jobId),
    seed: cell(run.seed),
    run_name: run.modelLabel ?? evaluation.runName,
    test_task: evaluation.task,
    test_prompt_type: evaluation.format,
    model_type: cell(evaluation.promptFormat),
    num_test: cell(evaluation.n),
    eval_mode: evalMode,
    eval_name: evaluation.name,
    samplegen_model_name: cell(run.samplegenModel),
    samplegen_file_name: cell(run.samplegenFile),
    samplegen_sample_source: cell(sampleSource),
    ablation_setup: cell(run.ablation?.setup),
    num_samples_ablation: cell(run.ablation?.samples),
  };
  for (const [key, value] of Object.entries(evaluation.values)) row[key] = score(value);
  row.eval_key = evaluation.key;
  row.nothing_extracted = cell(evaluation.counts.nothingExtracted);
  row.empty_predictions = cell(evaluation.counts.emptyPredictions);
  row.reached_length_limit = cell(evaluation.counts.reachedLengthLimit);
  row.prompts_truncated = cell(evaluation.counts.promptsTruncated);
  for (const [key, value] of Object.entries(evaluation.overAllRows ?? {})) row[`${key}_over_all_rows`] = score(value);
  for (const [key, interval] of Object.entries(evaluation.intervals)) {
    if (interval === null) continue;
    row[`${key}_low`] = score(interval.low);
    row[`${key}_high`] = score(interval.high);
  }
  return row;
}

function bertScoreLogRow(evaluation: Evaluation, run: RunDescription): Record<string, string> {
  const { evalMode, sampleSource } = TEST_MODES[evaluation.mode];
  return {
    job_id: cell(run.jobId),
    input_file: evaluation.name,
    input_model: run.modelLabel ?? evaluation.runName,
    seed: cell(run.seed),
    test_task: evaluation.task,
    test_prompt_type: evaluation.format,
    model_type: cell(evaluation.promptFormat),
    samplegen_sample_source: cell(sampleSource),
    num_test: cell(evaluation.n),
    eval_mode: evalMode,
    bertscore_accuracy: score(evaluation.bertScore?.accuracy ?? null),
    eval_key: evaluation.key,
    bertscore_signature: cell(evaluation.bertScore?.signature),
    bertscore_truncated_texts: cell(evaluation.bertScore?.truncatedTexts),
  };
}

/** Appends unless the log has this evaluation under this name: a rerun leaves the log as it was. */
const appendOnce = (path: string, row: Record<string, string>, name: 'eval_name' | 'input_file'): Promise<boolean> =>
  appendDelimitedRow(path, row, ',', {
    unless: (logged) => logged.eval_key === row.eval_key && logged[name] === row[name],
  });

/** Writes the per-sample file and the JSON atomically, then one row in each log; all of it can be repeated. */
export async function writeResultFiles(
  paths: ResultPaths,
  evaluation: Evaluation,
  run: RunDescription,
): Promise<{ readonly logged: boolean }> {
  const pipeline = TEST_MODES[evaluation.mode].evalMode === 'samplegen_pipeline';
  const columns = ['test_example', 'response', 'target', 'proc_model_response', 'gold_options'];
  await writeDelimited(
    paths.samples,
    {
      columns: pipeline ? [...columns, 'samplegen_eval_file'] : columns,
      rows: evaluation.rows.map((row) => ({
        test_example: row.prompt,
        response: row.response,
        target: goldAnswer(row.target),
        proc_model_response: row.answer,
        gold_options: row.options.join(SEPARATOR),
        ...(pipeline ? { samplegen_eval_file: cell(run.samplegenFile) } : {}),
      })),
    },
    '\t',
  );
  await writeJson(paths.evaluation, evaluation);
  const logged = await appendOnce(paths.evalLog, evalLogRow(evaluation, run), 'eval_name');
  if (evaluation.bertScore !== null)
    await appendOnce(paths.bertScoreLog, bertScoreLogRow(evaluation, run), 'input_file');
  return { logged };
}

/** One row of a per-sample file, everything as text (the reference guesses types and loses texts such as `NA`, Q68). */
export interface SampleRow {
  readonly prompt: string;
  readonly response: string;
  readonly target: string;
  readonly answer: string;
  readonly options: readonly string[];
}

/**
 * Reads a per-sample file, ours or the reference's. Its responses are what a `pipeline-model` run builds on.
 * @throws {EvaluatorError} `SAMPLES_FILE_INVALID` when a column is missing
 */
export async function readSamples(path: string): Promise<SampleRow[]> {
  const { columns, rows } = await readDelimited(path, '\t');
  const missing = ['test_example', 'response', 'target', 'proc_model_response', 'gold_options'].filter(
    (column) => !columns.includes(column),
  );
  if (missing.length > 0) {
    throw new EvaluatorError('SAMPLES_FILE_INVALID', {
      what: `${path} is no per-sample file of an evaluation.`,
      why: `It has no column ${missing.join(', ')}; it has ${columns.join(', ')}.`,
      fix: 'Give the tab-separated file that `flanlab test` wrote, not a log.',
    });
  }
  return rows.map((row) => ({
    prompt: row.test_example!,
    response: row.response!,
    target: row.target!,
    answer: row.proc_model_response!,
    options: row.gold_options === '' ? [] : row.gold_options!.split(SEPARATOR),
  }));
}
