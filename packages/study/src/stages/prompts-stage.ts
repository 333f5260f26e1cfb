import { writeJsonLines } from '@flanlab/files';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import type { PromptKind } from '@flanlab/samplegen';
import type { StudyConfig } from '../config/schema.js';
import type { Stage } from '../engine/stage.js';
import { throwIfInterrupted } from '../errors.js';
import { makePrompts } from '../prompts/make-prompts.js';
import { promptFile } from './places.js';
import { dataNeeds, type StudyTasks, taskFileOf } from './study-tasks.js';

type Job = readonly [kind: PromptKind, use: 'train' | 'test', task: string];

/** What to make: training prompts of both kinds where a task has them, and all kinds of test prompts. */
function jobs(config: StudyConfig, tasks: StudyTasks): readonly Job[] {
  // No model is tuned on SampleGen training prompts of held-out tasks: their solved samples are what "gold" tests show.
  const withTemplates = tasks.all.filter((task) => tasks.find(task).multipleChoice === undefined);
  return [
    ...config.tasks.train.map((task): Job => ['regular', 'train', task]),
    ...withTemplates.map((task): Job => ['samplegen', 'train', task]),
    ...config.tasks.test.flatMap((task): Job[] => [
      ['regular', 'test', task],
      ['samplegen', 'test', task],
      ['gold-pipeline', 'test', task],
    ]),
  ];
}

/** Makes every prompt of the study. Each (kind, use) has a generator of its own, so that none depends on the others. */
export function promptsStage(config: StudyConfig, tasks: StudyTasks): Stage {
  const { templates } = config.data;
  const { needs, files } = dataNeeds(config, tasks, tasks.all);
  return {
    id: 'prompts',
    needs,
    config: { prompts: config.prompts, tasks: config.tasks, seed: config.seed, builtin: templates === 'builtin' },
    code: ['@flanlab/samplegen', '@flanlab/flan-datasets', '@flanlab/prompt-templates'],
    ownCode: ['prompts'],
    files: async () => [...(await files()), ...taskFileOf(config), ...(templates === 'builtin' ? [] : [templates])],
    async *run({ folder, input, signal }) {
      const catalogue = templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(templates);
      const randoms = new Map<string, PythonRandom>();
      const list = jobs(config, tasks);
      let prompts = 0;
      for (const [done, [kind, use, task]] of list.entries()) {
        yield { done, total: list.length, unit: 'prompt sets', detail: `${kind} ${task}` };
        throwIfInterrupted(signal);
        const key = `${kind} ${use}`;
        if (!randoms.has(key)) randoms.set(key, new PythonRandom(config.prompts.seed));
        const splits = await makePrompts({
          task: tasks.find(task),
          kind,
          use,
          data: tasks.rowsFolder(task, { input }),
          templates: catalogue,
          random: randoms.get(key)!,
          seed: config.seed,
          numInner: config.prompts.numInner,
          ...(use === 'train' ? { num: config.prompts.numDatapoints } : {}),
          ...(signal === undefined ? {} : { signal }),
        });
        for (const [split, rows] of Object.entries(splits)) {
          await writeJsonLines(promptFile(folder, kind, use, task, split), rows);
          prompts += rows.length;
        }
      }
      yield { done: list.length, total: list.length, unit: 'prompt sets', detail: `${prompts} prompts` };
    },
  };
}
