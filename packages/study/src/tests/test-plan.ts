import type { TestMode } from '@flanlab/evaluator';
import type { StudyConfig } from '../config/schema.js';

/** One kind of test of a study: which model, asked how. */
export interface TestPlan {
  /** Folder below `tests/`, and id of the condition in the report. */
  readonly id: string;
  readonly label: string;
  readonly family: 'base' | 'in-context' | 'tuned';
  readonly mode: TestMode;
  /** The tuned model that answers, or whose samples are shown. */
  readonly model?: string;
}

/** The tests of a study: the base model alone, after gold samples, after each SampleGen model's; each tuned model alone. */
export function testPlans({ models }: StudyConfig): readonly TestPlan[] {
  const names = Object.keys(models);
  const samplegen = names.filter((name) => models[name]!.prompts === 'samplegen');
  return [
    { id: 'base', label: 'base', family: 'base', mode: 'base' },
    { id: 'base-gold', label: 'base + gold samples', family: 'in-context', mode: 'pipeline-gold' },
    ...names.map(
      (model): TestPlan => ({ id: model, label: `${model} (tuned)`, family: 'tuned', mode: 'direct', model }),
    ),
    ...samplegen.map(
      (model): TestPlan => ({
        id: `base-${model}`,
        label: `base + samples of ${model}`,
        family: 'in-context',
        mode: 'pipeline-model',
        model,
      }),
    ),
  ];
}
