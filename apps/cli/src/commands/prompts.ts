import { PROMPT_KINDS } from '@flanlab/samplegen';
import { createPromptFiles } from '@flanlab/study';
import { defineCommand } from '../command.js';

export const promptsCreateCommand = defineCommand({
  name: 'prompts create',
  describe: 'Make Regular, SampleGen or gold-pipeline prompts from the rows of tasks',
  options: {
    tasks: { type: 'string', describe: 'Names of tasks', required: true, list: true },
    kind: { type: 'string', describe: 'Kind of prompt', required: true, choices: PROMPT_KINDS },
    for: { type: 'string', describe: 'What the prompts are for', choices: ['train+val', 'test'], default: 'train+val' },
    num: { type: 'number', describe: 'Training rows wanted of each task; all rows when left out, and for tests' },
    'num-inner': { type: 'number', describe: 'Solved samples in a SampleGen row', default: 2 },
    data: { type: 'string', describe: 'Folder of <task>/<split>; the embedded rows when left out' },
    templates: {
      type: 'string',
      describe: 'builtin, or a folder with flan-templates.json and samplegen-templates.json',
      default: 'builtin',
    },
    seed: { type: 'number', describe: 'Seed of templates and samples', default: 12_345 },
    compat: { type: 'boolean', describe: 'Byte for byte as the published study', default: false },
    format: { type: 'string', describe: 'How to write them', choices: ['arrow', 'jsonl'], default: 'arrow' },
    out: { type: 'string', describe: 'Folder for <kind>/<task>/<split>', required: true },
  },
  examples: [
    {
      args: 'prompts create --tasks rte,cola --kind samplegen --for train+val --num 10 --format jsonl --out out/prompts',
      describe: 'Ten SampleGen rows of two tasks',
    },
    {
      args: 'prompts create --tasks rte --kind regular --for test --out out/test-prompts',
      describe: 'Test prompts as Arrow',
    },
  ],
  async run({ tasks, kind, num, data, templates, seed, compat, format, out, for: use, ...args }, { signal }) {
    const files = await createPromptFiles({
      tasks,
      kind,
      use: use === 'test' ? 'test' : 'train',
      num,
      numInner: args['num-inner'],
      data,
      templates,
      seed,
      compat,
      format,
      out,
      signal,
    });
    return {
      data: { kind, for: use, files },
      text: files.map(({ path, rows }) => `${rows} prompts in ${path}`).join('\n'),
    };
  },
});
