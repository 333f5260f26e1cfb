import type { HubOptions, TaskSpec } from '@flanlab/flan-datasets';
import type { StudyConfig } from './config/schema.js';
import type { Stage } from './engine/stage.js';
import { dataStage } from './stages/data-stage.js';
import { mixtureStage } from './stages/mixture-stage.js';
import { modelStage } from './stages/model-stage.js';
import { isFromHub, modelPlace } from './stages/places.js';
import { pretrainStage, tokenizerStage } from './stages/pretrain-stages.js';
import { promptsStage } from './stages/prompts-stage.js';
import { reportStage } from './stages/report-stage.js';
import { studyTasks } from './stages/study-tasks.js';
import { testStage } from './stages/test-stage.js';
import { testPlans } from './tests/test-plan.js';

export interface StudyStagesOptions {
  /** Address, cache, token and patience; from the environment when left out, as in Python's tools. */
  readonly hub?: HubOptions | undefined;
  /** What `data.taskFile` holds. */
  readonly ownTasks?: readonly TaskSpec[] | undefined;
}

/** The stages of a study, each after those it needs. `hub` says how to reach the hub, where rows come from there. */
export function studyStages(config: StudyConfig, { hub, ownTasks = [] }: StudyStagesOptions = {}): readonly Stage[] {
  const tasks = studyTasks(config, ownTasks);
  const base = modelPlace('base', config.base.path);
  const encoder = modelPlace('encoder', config.encoder.path);
  const makes = { base: config.base.path === undefined, encoder: config.encoder.path === undefined };
  const kinds = [...new Set(Object.values(config.models).map(({ prompts }) => prompts))].sort();
  const stages: Stage[] = [
    ...((makes.base || makes.encoder) && config.tokenizer?.path === undefined ? [tokenizerStage(config)] : []),
    ...(makes.base ? [pretrainStage(config, 'base')] : []),
    ...(makes.encoder ? [pretrainStage(config, 'encoder')] : []),
    ...(isFromHub(config) ? [dataStage(config, tasks, hub)] : []),
    promptsStage(config, tasks),
    ...kinds.map((kind) => mixtureStage(config, kind)),
    ...Object.keys(config.models).map((name) => modelStage(config, name, base)),
    ...testPlans(config).map((plan) => testStage(config, plan, { base, encoder, tasks })),
  ];
  return [
    ...stages,
    reportStage(
      config,
      tasks,
      stages.map(({ id }) => id),
    ),
  ];
}
