import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { explainExtraction } from '@flanlab/evaluator';
import { readJson, writeJson } from '@flanlab/files';
import {
  type Fact,
  type ReportTraining,
  readTrainingCurve,
  reportEvaluation,
  type StudyReport,
  writeReport,
} from '@flanlab/report';
import type { StudyConfig } from '../config/schema.js';
import { readManifest } from '../engine/manifest.js';
import type { Stage, StageContext } from '../engine/stage.js';
import { testPlans } from '../tests/test-plan.js';
import type { FetchedSplit } from './data-stage.js';
import { DATA_STAGE, FETCHED_FILE, isFromHub, RUN_FOLDER } from './places.js';
import { type StudyTasks, taskFileOf } from './study-tasks.js';
import { readEvaluations } from './test-stage.js';

/** The page: `report/report.html`, and the same numbers as `report/study.json`. */
export function reportStage(config: StudyConfig, tasks: StudyTasks, stages: readonly string[]): Stage {
  return {
    id: 'report',
    needs: stages,
    config: {
      report: config.report,
      name: config.name,
      models: config.models,
      tests: config.tests,
      tasks: config.tasks,
    },
    code: ['@flanlab/report', '@flanlab/evaluator'],
    files: taskFileOf(config),
    // It shows times and the machine.
    volatile: ['report.html', 'study.json'],
    async *run(context) {
      yield { done: 0, total: 1, unit: 'reports' };
      const study = await collectStudy(config, tasks, stages, context);
      await writeJson(join(context.folder, 'study.json'), study);
      await writeReport({ outFile: join(context.folder, 'report.html'), study });
      yield { done: 1, total: 1, unit: 'reports', detail: `${study.evaluations.length} evaluations` };
    },
  };
}

async function collectStudy(
  config: StudyConfig,
  tasks: StudyTasks,
  stages: readonly string[],
  { input }: StageContext,
): Promise<StudyReport> {
  const manifests = await Promise.all(
    stages.map(async (stage) => ({ stage, manifest: await readManifest(input(stage)) })),
  );
  const plans = testPlans(config);
  const evaluations = await Promise.all(
    plans.map(async ({ id }) => ({ id, list: await readEvaluations(input(`tests/${id}`)) })),
  );
  const trainings = stages.filter((stage) => stage === 'base' || stage === 'encoder' || stage.startsWith('models/'));
  const heldOut = config.tasks.test.filter((task) => !config.tasks.train.includes(task));
  return {
    version: 1,
    title: config.report.title ?? `Study ${config.name}`,
    question: 'Does instruction tuning teach a model anything that its base could not do in context?',
    facts: [
      fact('Training tasks', config.tasks.train.join(', ')),
      fact('Test tasks', config.tasks.test.join(', ')),
      fact('Held out of tuning', heldOut.length === 0 ? 'none' : heldOut.join(', ')),
      fact('Rows of each test', String(config.tests.numTest)),
      fact('Seed', String(config.seed)),
      fact('Data', await dataFact(config, input)),
      ...(tasks.own.length === 0 ? [] : [fact('Tasks of its own', ownTasksFact(config, tasks))]),
    ],
    hashes: manifests.flatMap(({ stage, manifest }) =>
      manifest === undefined ? [] : [fact(stage, manifest.outputsHash)],
    ),
    environment: [
      fact('Node', process.versions.node),
      fact('System', `${process.platform} ${process.arch}`),
      fact('Cores', String(availableParallelism())),
      fact('Memory', `${(totalmem() / 1024 ** 3).toFixed(1)} GiB`),
    ],
    timings: manifests.flatMap(({ stage, manifest }) =>
      manifest === undefined ? [] : [{ stage, seconds: manifest.seconds, cached: false }],
    ),
    models: trainings.map((id) => ({
      id,
      label: id,
      facts: recipeFacts(config, id),
      hash: manifests.find(({ stage }) => stage === id)?.manifest?.outputsHash ?? '',
    })),
    trainings: await Promise.all(trainings.map((id) => training(config, id, input(id)))),
    conditions: plans.map(({ id, label, family }) => ({ id, label, family })),
    evaluations: evaluations.flatMap(({ id, list }) =>
      list.map((evaluation) =>
        reportEvaluation(evaluation, {
          condition: id,
          cluster: tasks.find(evaluation.task).cluster,
          explain: explainExtraction,
        }),
      ),
    ),
    notes: notes(config),
  };
}

/** Where the rows are from; of the hub, each data set with the commit that was read. */
async function dataFact(config: StudyConfig, input: StageContext['input']): Promise<string> {
  if (!isFromHub(config)) {
    return config.data.source === 'embedded' ? 'embedded rows, written for this project' : config.data.source;
  }
  const fetched = (await readJson(join(input(DATA_STAGE), FETCHED_FILE))) as readonly FetchedSplit[];
  const places = fetched.map(({ from, manifest }) =>
    manifest === null ? from : `${manifest.repo}@${manifest.commit}`,
  );
  return `the hub: ${[...new Set(places)].sort().join(', ')}`;
}

/** Which tasks are not of the table, and where their rows are from, if not from where the others are. */
function ownTasksFact({ data }: StudyConfig, { own }: StudyTasks): string {
  const rows = data.taskRows === undefined ? '' : `, rows from ${data.taskRows}`;
  return `${own.join(', ')} (${data.taskFile}${rows})`;
}

const fact = (label: string, value: string): Fact => ({ label, value });

function recipeFacts(config: StudyConfig, id: string): readonly Fact[] {
  const name = id.replace('models/', '');
  const recipe = (id === 'base' || id === 'encoder' ? config[id].recipe : config.models[name]?.recipe) ?? {};
  return Object.entries(recipe).map(([key, value]) =>
    fact(key, typeof value === 'object' ? JSON.stringify(value) : String(value)),
  );
}

async function training(config: StudyConfig, id: string, folder: string): Promise<ReportTraining> {
  return {
    id,
    label: id.replace('models/', ''),
    facts: recipeFacts(config, id),
    curve: await readTrainingCurve(join(folder, RUN_FOLDER, 'metrics.jsonl')),
  };
}

function notes(config: StudyConfig): readonly string[] {
  if (config.base.path !== undefined) return [];
  return [
    'The base model was made for this study in about a minute. It shows that every stage works; its scores say nothing about language models.',
    `Intervals are wide: each score comes from at most ${config.tests.numTest} rows.`,
  ];
}
