import { join } from 'node:path';
import type { StudyConfig } from '../config/schema.js';
import type { Stage } from '../engine/stage.js';
import { createMixture } from '../prompts/create-mixture.js';
import { taskFileOf } from './study-tasks.js';

/** Mixes the training tasks' prompts of one kind: `mixtures/<kind>`. */
export function mixtureStage(config: StudyConfig, kind: 'regular' | 'samplegen'): Stage {
  const { cap, temperature, validation, stoppingStrategy } = config.mixture;
  const { train, test } = config.tasks;
  return {
    id: `mixtures/${kind}`,
    needs: ['prompts'],
    config: { mixture: config.mixture, tasks: config.tasks, seed: config.seed },
    code: ['@flanlab/mixtures', '@flanlab/flan-datasets'],
    ownCode: ['prompts'],
    files: taskFileOf(config),
    async *run({ folder, input, signal }) {
      yield { done: 0, total: 1, unit: 'mixtures' };
      const card = await createMixture({
        setup: {
          description: `the training tasks of ${config.name}`,
          tasks: train,
          heldOut: test.filter((task) => !train.includes(task)),
        },
        name: config.name,
        taskFile: config.data.taskFile,
        prompts: join(input('prompts'), kind, 'train+val'),
        guard: join(input('prompts'), kind, 'test'),
        onLeak: 'remove',
        seed: config.seed,
        splitSeed: config.seed,
        testShare: validation,
        cap,
        temperature,
        stoppingStrategy,
        out: join(folder, 'data'),
        ...(signal === undefined ? {} : { signal }),
      });
      yield { done: 1, total: 1, unit: 'mixtures', detail: `${card.train} rows of ${card.tasks.length} tasks` };
    },
  };
}
