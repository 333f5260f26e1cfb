import { basename, join, resolve } from 'node:path';
import {
  generatorResponder,
  type PromptFormat,
  type RunDescription,
  readSamples,
  runTest,
  type TestEvent,
  type TestMode,
  type TestRow,
} from '@flanlab/evaluator';
import { exists, hashFolder, readJson } from '@flanlab/files';
import { findTaskIn, type TaskSpec } from '@flanlab/flan-datasets';
import { openEncoder, openGenerator } from '@flanlab/language-model';
import type { MixtureCard } from '@flanlab/mixtures';
import { PythonRandom } from '@flanlab/random';
import {
  type PromptRow,
  pipelinePromptsFromResponses,
  pipelinePromptsFromTraining,
  stripSystemPrompt,
} from '@flanlab/samplegen';
import { StudyError } from '../errors.js';
import { readSplit } from '../prompts/read-split.js';
import { asTestRow } from './test-rows.js';

export interface TestModelOptions {
  readonly modelDir: string;
  readonly adapterDir?: string | undefined;
  readonly tasks: readonly string[];
  /** File of tasks of the user's own, which `tasks` may name. */
  readonly taskFile?: string | undefined;
  readonly mode: TestMode;
  /** Folder of test prompts, `<kind>/<task>/test`. Not needed for `pipeline-model`. */
  readonly prompts?: string | undefined;
  /** Folder of SampleGen training prompts, `<task>/train` or `samplegen/<task>/train`; for `pipeline-gold`. */
  readonly trainPrompts?: string | undefined;
  /** Folder of a SampleGen mixture whose training rows lend samples in place of `trainPrompts`, whatever their task (the ablation). */
  readonly ablationMixture?: string | undefined;
  /** Rows of it that lend their first sample to each prompt (default 2). */
  readonly ablationSamples?: number | undefined;
  /** Per-sample file of a SampleGen model's own test of the task; for `pipeline-model`. */
  readonly samples?: string | undefined;
  readonly samplegenModel?: string | undefined;
  /** What a tuned model was taught; `flan_prompts` when left out. */
  readonly promptFormat?: PromptFormat | undefined;
  /** BIG-bench prompt style; steers extraction for every task. */
  readonly format?: string | undefined;
  readonly numTest?: number | undefined;
  readonly maxNewTokens: number;
  readonly seed: number;
  /** Given: BERTScore accuracy too. */
  readonly encoderDir?: string | undefined;
  readonly layer?: number | undefined;
  readonly jobId?: string | undefined;
  readonly compat?: boolean;
  readonly threads?: number | undefined;
  readonly out: string;
  readonly signal?: AbortSignal;
}

const definite = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

// How vLLM's `quantization="bitsandbytes"` quantises while it loads (`bitsandbytes_loader.py`): the base of an adapter (Q77).
const ADAPTER_BASE_COMPAT = { kind: 'nf4', blockSize: 64, doubleQuant: true } as const;

/**
 * Tests one model in one mode on tasks whose prompts lie in files, and writes the reference's result files below `out`.
 * Finished rows are kept: a run that was killed goes on.
 */
export async function* testModel(options: TestModelOptions): AsyncGenerator<TestEvent & { readonly task: string }> {
  const { modelDir, adapterDir, mode, maxNewTokens, seed, encoderDir, compat = false, out, signal } = options;
  const specs: TaskSpec[] = [];
  for (const task of options.tasks) specs.push(await findTaskIn(task, options.taskFile));
  const prompted = new Map<TaskSpec, readonly TestRow[]>();
  for (const spec of specs) prompted.set(spec, await rowsOf(spec, options));
  const ablation = (await ablationOf(options)) ?? null;
  const runtime = definite({ threads: options.threads, signal });
  const quantization = compat && adapterDir !== undefined ? ADAPTER_BASE_COMPAT : undefined;
  await using generator = await openGenerator({
    modelDir,
    ...definite({ adapterDir, quantization, threads: options.threads }),
  });
  await using encoder =
    encoderDir === undefined
      ? undefined
      : await openEncoder({ modelDir: encoderDir, ...definite({ layer: options.layer }), ...runtime });
  const responder = generatorResponder(generator, {
    maxNewTokens,
    fingerprint: {
      model: await hashFolder(modelDir),
      adapter: adapterDir === undefined ? null : await hashFolder(adapterDir),
      ...definite({ base: quantization?.kind }),
    },
  });
  const tuned = mode === 'direct';
  const runName = tuned ? basename(resolve(adapterDir ?? modelDir)) : 'base';
  for (const [{ name: task, metric }, rows] of prompted) {
    const events = runTest({
      responder,
      rows,
      task,
      metric,
      mode,
      runName,
      modelLabel: tuned ? (adapterDir ?? modelDir) : modelDir,
      promptFormat: tuned ? (options.promptFormat ?? 'flan_prompts') : null,
      seed,
      compat,
      codeVersion: '1',
      out,
      jobId: options.jobId ?? null,
      samplegenModel: options.samplegenModel ?? null,
      samplegenFile: options.samples ?? null,
      ablation,
      ...definite({ format: options.format, encoder, signal }),
    });
    for await (const event of events) yield { ...event, task };
  }
}

async function rowsOf(
  { name: task, multipleChoice }: TaskSpec,
  options: TestModelOptions,
): Promise<readonly TestRow[]> {
  const { mode, promptFormat, samples, seed, numTest = Number.POSITIVE_INFINITY } = options;
  if (mode === 'pipeline-model') return modelSamples(task, required(samples, 'samples', mode), numTest);
  const folder = required(options.prompts, 'prompts', mode);
  // One generator for the rows to test and then for their samples, as in the reference.
  const random = new PythonRandom(seed);
  const draw = async (kind: string): Promise<readonly PromptRow[]> => {
    const rows = await promptRows(folder, kind, task, 'test');
    return random.sample(rows, Math.min(rows.length, numTest));
  };
  if (mode === 'direct') return (await draw(promptFormat === 'mix_prompts' ? 'samplegen' : 'regular')).map(asTestRow);
  if (mode === 'base') {
    const rows = await draw(multipleChoice === undefined ? 'regular' : 'gold-pipeline');
    return rows.map((row) => asTestRow({ ...row, text: stripSystemPrompt(row.text) }));
  }
  if (multipleChoice !== undefined) return withSamples(task, await draw('gold-pipeline'));
  const { ablationMixture, ablationSamples = 2, compat = false } = options;
  const lending =
    ablationMixture === undefined
      ? { source: await promptRows(required(options.trainPrompts, 'train-prompts', mode), 'samplegen', task, 'train') }
      : { source: await splitRows(ablationMixture, 'train'), rowsPerPrompt: ablationSamples };
  const tests = await draw('gold-pipeline');
  return [...pipelinePromptsFromTraining({ tests, ...lending, random, compat })].map(asTestRow);
}

/** Questions with choices bring their solved samples along: those cannot be cut out of other prompts. */
function withSamples(task: string, tests: readonly PromptRow[]): readonly TestRow[] {
  if (tests.every(({ examples }) => examples.length > 1)) return tests.map(asTestRow);
  throw new StudyError(
    'STUDY_TEST_INCOMPLETE',
    {
      what: `The prompts of ${task} show no solved samples.`,
      why: 'Mode pipeline is about these, and for questions with choices they are part of the prompts.',
      fix: `Make them with flanlab prompts create --tasks ${task} --kind gold-pipeline --for test --gold-samples 2.`,
    },
    { kind: 'usage' },
  );
}

/** Prompts of `<folder>/<kind>/<task>/<split>`, or of `<folder>/<task>/<split>`. */
async function promptRows(folder: string, kind: string, task: string, split: string): Promise<readonly PromptRow[]> {
  for (const path of [join(folder, kind, task), join(folder, task)]) {
    if (await exists(path)) return splitRows(path, split);
  }
  const use = split === 'test' ? 'test' : 'train+val';
  throw new StudyError('STUDY_SPLIT_MISSING', {
    what: `There are no ${kind} prompts of ${task} in ${folder}.`,
    why: `Looked for ${join(kind, task)} and ${task} there.`,
    fix: `Make them with flanlab prompts create --tasks ${task} --kind ${kind} --for ${use} --out ${folder}.`,
  });
}

const splitRows = async (folder: string, split: string): Promise<readonly PromptRow[]> =>
  (await readSplit(folder, split)) as readonly unknown[] as readonly PromptRow[];

/** What the logs say of the ablation: the set-up of the mixture and the samples shown. */
async function ablationOf({
  ablationMixture,
  ablationSamples = 2,
}: TestModelOptions): Promise<RunDescription['ablation']> {
  if (ablationMixture === undefined) return null;
  const { setup } = (await readJson(join(ablationMixture, 'card.json'))) as MixtureCard;
  return { setup, samples: ablationSamples };
}

async function modelSamples(task: string, file: string, numTest: number): Promise<readonly TestRow[]> {
  const rows = await readSamples(file);
  const responses = rows.map((row) => ({
    response: row.response,
    labels: row.target,
    gold_options: row.options,
    task,
  }));
  return pipelinePromptsFromResponses(responses, { num: Math.min(numTest, rows.length) }).map(asTestRow);
}

function required(value: string | undefined, option: string, mode: TestMode): string {
  if (value !== undefined) return value;
  throw new StudyError(
    'STUDY_TEST_INCOMPLETE',
    {
      what: `A test in mode ${mode} cannot begin.`,
      why: `It needs --${option}, and that was not given.`,
      fix: 'flanlab test --help says what each mode needs.',
    },
    { kind: 'usage' },
  );
}
