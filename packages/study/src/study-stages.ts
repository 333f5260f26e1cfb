import type { StudyConfig } from './config/schema.js';
import type { Stage } from './engine/stage.js';
import { mixtureStage } from './stages/mixture-stage.js';
import { modelStage } from './stages/model-stage.js';
import { modelPlace } from './stages/places.js';
import { pretrainStage, tokenizerStage } from './stages/pretrain-stages.js';
import { promptsStage } from './stages/prompts-stage.js';
import { reportStage } from './stages/report-stage.js';
import { testStage } from './stages/test-stage.js';
import { testPlans } from './tests/test-plan.js';

/** The stages of a study, each after those it needs. */
export function studyStages(config: StudyConfig): readonly Stage[] {
  const base = modelPlace('base', config.base.path);
  const encoder = modelPlace('encoder', config.encoder.path);
  const makes = { base: config.base.path === undefined, encoder: config.encoder.path === undefined };
  const kinds = [...new Set(Object.values(config.models).map(({ prompts }) => prompts))].sort();
  const stages: Stage[] = [
    ...((makes.base || makes.encoder) && config.tokenizer?.path === undefined ? [tokenizerStage(config)] : []),
    ...(makes.base ? [pretrainStage(config, 'base')] : []),
    ...(makes.encoder ? [pretrainStage(config, 'encoder')] : []),
    promptsStage(config),
    ...kinds.map((kind) => mixtureStage(config, kind)),
    ...Object.keys(config.models).map((name) => modelStage(config, name, base)),
    ...testPlans(config).map((plan) => testStage(config, plan, { base, encoder })),
  ];
  return [
    ...stages,
    reportStage(
      config,
      stages.map(({ id }) => id),
    ),
  ];
}
