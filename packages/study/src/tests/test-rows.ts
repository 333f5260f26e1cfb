import type { TestRow } from '@flanlab/evaluator';
import type { TaskSpec } from '@flanlab/flan-datasets';
import type { TemplateCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import {
  bigBenchPipelinePrompts,
  type PromptRow,
  pipelinePromptsFromResponses,
  pipelinePromptsFromTraining,
  stripSystemPrompt,
} from '@flanlab/samplegen';
import type { StudyConfig } from '../config/schema.js';
import { loadRows } from '../prompts/load-rows.js';
import { readPrompts } from '../prompts/read-prompts.js';
import { promptFile } from '../stages/places.js';
import type { TestPlan } from './test-plan.js';

export interface TestRowsOptions {
  readonly config: StudyConfig;
  readonly plan: TestPlan;
  readonly task: TaskSpec;
  /** Folder of the stage `prompts`. */
  readonly prompts: string;
  /** Folder of the rows. */
  readonly data: string;
  readonly templates: TemplateCatalogue;
  /** What the SampleGen model answered to the same rows, in their order; for `pipeline-model`. */
  readonly responses?: readonly string[];
  readonly signal?: AbortSignal;
}

export const asTestRow = ({ text, labels, gold_options }: PromptRow): TestRow => ({
  prompt: text,
  target: String(labels),
  options: gold_options,
});

/** The same rows, in the same order, in every test of a task: a sample of the seed's generator (behaviour 11). */
function drawn<T>(rows: readonly T[], { tests, seed }: StudyConfig): readonly T[] {
  const count = Math.min(rows.length, tests.numTest);
  return new PythonRandom(seed).sample(rows, count);
}

/** The complete prompts of one task under one plan. */
export async function testRows(options: TestRowsOptions): Promise<readonly TestRow[]> {
  const { config, plan, task, prompts } = options;
  const read = async (kind: 'regular' | 'samplegen' | 'gold-pipeline') =>
    drawn(await readPrompts(promptFile(prompts, kind, 'test', task.name, 'test')), config);
  switch (plan.mode) {
    case 'direct':
      return (await read(config.models[plan.model!]!.prompts)).map(asTestRow);
    case 'base': {
      const rows = await read(task.multipleChoice === undefined ? 'regular' : 'gold-pipeline');
      return rows.map((row) => asTestRow({ ...row, text: stripSystemPrompt(row.text) }));
    }
    case 'pipeline-model': {
      const rows = await read('samplegen');
      const answered = rows.map((row, index) => ({ ...row, response: options.responses![index]! }));
      return pipelinePromptsFromResponses(answered).map(asTestRow);
    }
    case 'pipeline-gold':
      return goldRows(options, await read('gold-pipeline'));
  }
}

async function goldRows(options: TestRowsOptions, tests: readonly PromptRow[]): Promise<readonly TestRow[]> {
  const { config, task, prompts, data, templates, signal } = options;
  const random = new PythonRandom(config.seed);
  if (task.multipleChoice === undefined) {
    const source = await readPrompts(promptFile(prompts, 'samplegen', 'train', task.name, 'train'));
    return [...pipelinePromptsFromTraining({ tests, source, random })].map(asTestRow);
  }
  const where = { task, data, ...(signal === undefined ? {} : { signal }) };
  const { rows } = await loadRows({ ...where, use: 'test' });
  const { rows: gold } = await loadRows({ ...where, use: 'train' });
  const numInner = config.prompts.numInner;
  const solved = drawn(rows, config);
  return [...bigBenchPipelinePrompts({ task, rows: solved, goldRows: gold, random, numInner, templates })].map(
    asTestRow,
  );
}
