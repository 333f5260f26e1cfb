import { join } from 'node:path';
import type { Row } from '@flanlab/flan-datasets';
import type { TrainingRow } from '@flanlab/trainer';
import type { StudyConfig } from '../config/schema.js';
import type { Stage } from '../engine/stage.js';
import { readSplit } from '../prompts/read-split.js';
import type { ModelPlace } from './places.js';
import { TRAINING_VOLATILE, trainInStage } from './train-in-stage.js';

/** Rows of a mixture, or of a file, as the trainer takes them. */
export async function mixtureRows(path: string, split: string): Promise<readonly TrainingRow[]> {
  return (await readSplit(path, split)).map(trainingRow);
}

/** The text, which the trainer checks, and the span to learn; rows without a span are for training on all tokens. */
export function trainingRow({ text, label_start, label_end }: Row): TrainingRow {
  const span =
    typeof label_start === 'number' && typeof label_end === 'number'
      ? { labelStart: label_start, labelEnd: label_end }
      : {};
  return { text: text as string, ...span };
}

/** Tunes the base model on one mixture: `models/<name>`. */
export function modelStage(config: StudyConfig, name: string, base: ModelPlace): Stage {
  const { prompts, recipe } = config.models[name]!;
  return {
    id: `models/${name}`,
    needs: [...(config.base.path === undefined ? ['base'] : []), `mixtures/${prompts}`],
    config: { recipe, seed: config.seed },
    code: ['@flanlab/trainer', '@flanlab/language-model', '@flanlab/flan-datasets'],
    files: config.base.path === undefined ? [] : [config.base.path],
    volatile: TRAINING_VOLATILE,
    async *run(context) {
      const data = join(context.input(`mixtures/${prompts}`), 'data');
      yield* trainInStage({
        context,
        modelDir: base(context),
        rows: await mixtureRows(data, 'train'),
        evalRows: await mixtureRows(data, 'test'),
        recipe: { seed: config.seed, ...recipe },
        threads: config.threads,
        log: { runName: name, modelName: 'base', dataset: `${prompts} mixture`, numInner: config.prompts.numInner },
      });
    },
  };
}
