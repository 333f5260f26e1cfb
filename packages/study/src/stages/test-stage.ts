import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Evaluation, generatorResponder, runTest } from '@flanlab/evaluator';
import { hashFolder, readJson, writeJson } from '@flanlab/files';
import { openEncoder, openGenerator } from '@flanlab/language-model';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import type { StudyConfig } from '../config/schema.js';
import type { Stage, StageContext } from '../engine/stage.js';
import { throwIfInterrupted } from '../errors.js';
import type { StageProgress } from '../events.js';
import type { TestPlan } from '../tests/test-plan.js';
import { testRows } from '../tests/test-rows.js';
import { MODEL_FOLDER, type ModelPlace } from './places.js';
import { dataNeeds, type StudyTasks, taskFileOf } from './study-tasks.js';

const EVALUATIONS = 'evaluations';

/** File of one task's evaluation below a test stage's folder. */
export const evaluationFile = (folder: string, task: string): string =>
  join(folder, EVALUATIONS, `${task.replaceAll('/', '__')}.json`);

/** Tests one model in one way on all test tasks: `tests/<plan>`. */
export function testStage(
  config: StudyConfig,
  plan: TestPlan,
  { base, encoder, tasks }: { base: ModelPlace; encoder: ModelPlace; tasks: StudyTasks },
): Stage {
  const { model } = plan;
  const tuned = model !== undefined && plan.mode === 'direct' ? config.models[model]! : undefined;
  const writesSamples = tuned?.prompts === 'samplegen';
  const maxNewTokens = writesSamples ? config.tests.maxNewTokensSamplegen : config.tests.maxNewTokens;
  const rows = plan.mode === 'pipeline-gold' ? dataNeeds(config, tasks, config.tasks.test) : undefined;
  const own = (path: string | undefined, stage: string) => (path === undefined ? [stage] : []);
  return {
    id: `tests/${plan.id}`,
    needs: [
      'prompts',
      ...(rows?.needs ?? []),
      ...own(config.base.path, 'base'),
      ...own(config.encoder.path, 'encoder'),
      ...(tuned === undefined ? [] : [`models/${model}`]),
      ...(plan.mode === 'pipeline-model' ? [`tests/${model}`] : []),
    ],
    config: {
      plan,
      tests: config.tests,
      tasks: config.tasks.test,
      seed: config.seed,
      bertscore: config.bertscore,
      maxNewTokens,
    },
    code: ['@flanlab/evaluator', '@flanlab/language-model', '@flanlab/samplegen', '@flanlab/bertscore'],
    ownCode: ['tests', 'prompts'],
    files: async () => [
      ...[config.base.path, config.encoder.path].filter((path) => path !== undefined),
      ...taskFileOf(config),
      ...((await rows?.files()) ?? []),
    ],
    volatile: ['responses/', 'eval_logs.csv', 'bertscore_evals.csv'],
    async *run(context) {
      yield* runTests({ config, plan, tasks, context, base: base(context), encoder: encoder(context), maxNewTokens });
    },
  };
}

interface TestRun {
  readonly config: StudyConfig;
  readonly plan: TestPlan;
  readonly tasks: StudyTasks;
  readonly context: StageContext;
  readonly base: string;
  readonly encoder: string;
  readonly maxNewTokens: number;
}

async function* runTests({
  config,
  plan,
  tasks,
  context,
  base,
  encoder,
  maxNewTokens,
}: TestRun): AsyncGenerator<StageProgress> {
  const { folder, input, signal } = context;
  const tuned = plan.mode === 'direct' ? config.models[plan.model!]! : undefined;
  const tunedFolder = tuned === undefined ? undefined : join(input(`models/${plan.model}`), MODEL_FOLDER);
  const isAdapter = tuned?.recipe.method === 'lora' || tuned?.recipe.method === 'qlora';
  const modelDir = tunedFolder === undefined || isAdapter ? base : tunedFolder;
  const abort = signal === undefined ? {} : { signal };
  const threads = config.threads === 0 ? {} : { threads: config.threads };
  const templates =
    config.data.templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(config.data.templates);
  await using generator = await openGenerator({
    modelDir,
    ...(isAdapter ? { adapterDir: tunedFolder! } : {}),
    ...threads,
  });
  await using tokenEncoder = await openEncoder({ modelDir: encoder, layer: config.bertscore.layer, ...threads });
  const responder = generatorResponder(generator, {
    maxNewTokens,
    fingerprint: { model: await hashFolder(modelDir), adapter: isAdapter ? await hashFolder(tunedFolder!) : null },
  });
  const names = config.tasks.test;
  let finished = 0;
  for (const name of names) {
    throwIfInterrupted(signal);
    const task = tasks.find(name);
    const rows = await testRows({
      config,
      plan,
      task,
      prompts: input('prompts'),
      data: tasks.rowsFolder(name, context),
      templates,
      ...abort,
      ...(plan.mode === 'pipeline-model' ? { responses: await responsesOf(input(`tests/${plan.model}`), name) } : {}),
    });
    let evaluation: Evaluation | undefined;
    const events = runTest({
      responder,
      rows,
      task: name,
      metric: task.metric,
      mode: plan.mode,
      runName: plan.mode === 'direct' ? plan.model! : 'base',
      modelLabel: plan.mode === 'direct' ? plan.model! : 'base',
      promptFormat: tuned === undefined ? null : tuned.prompts === 'samplegen' ? 'mix_prompts' : 'flan_prompts',
      encoder: tokenEncoder,
      out: folder,
      seed: config.seed,
      samplegenModel: plan.mode === 'pipeline-model' ? plan.model! : null,
      codeVersion: 'study', // a change of code empties the stage's folder before it runs
      ...abort,
    });
    const total = names.length * config.tests.numTest;
    for await (const event of events) {
      if (event.type === 'row-end') yield { done: finished + event.done, total, unit: 'rows', detail: name };
      if (event.type === 'finished') evaluation = event.evaluation;
    }
    throwIfInterrupted(signal);
    await writeJson(evaluationFile(folder, name), evaluation);
    finished += config.tests.numTest;
    yield { done: finished, total, unit: 'rows', detail: name };
  }
}

/** What a SampleGen model answered in its own test, in the order of the rows. */
async function responsesOf(folder: string, task: string): Promise<readonly string[]> {
  const evaluation = (await readJson(evaluationFile(folder, task))) as Evaluation;
  return evaluation.rows.map(({ response }) => response);
}

/** All evaluations that a test stage wrote, by file name. */
export async function readEvaluations(folder: string): Promise<readonly Evaluation[]> {
  const names = (await readdir(join(folder, EVALUATIONS))).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => (await readJson(join(folder, EVALUATIONS, name))) as Evaluation));
}
