import { PROMPT_KINDS } from '@flanlab/samplegen';
import { createPromptFiles } from '@flanlab/study';
import { defineCommand } from '../command.js';
import { CliError } from '../errors.js';
import { fileLengths, formatLengths } from '../prompt-lengths.js';
import { PROMPT_OPTIONS, promptVariants } from '../prompt-options.js';

export const promptsCreateCommand = defineCommand({
  name: 'prompts create',
  describe: 'Make Regular, SampleGen or gold-pipeline prompts from the rows of tasks',
  options: {
    tasks: { type: 'string', describe: 'Names of tasks', required: true, list: true },
    kind: { type: 'string', describe: 'Kind of prompt', required: true, choices: PROMPT_KINDS },
    for: { type: 'string', describe: 'What the prompts are for', choices: ['train+val', 'test'], default: 'train+val' },
    num: { type: 'number', describe: 'Training rows wanted of each task; all rows when left out, and for tests' },
    ...PROMPT_OPTIONS,
    format: {
      type: 'string',
      describe: 'How to write them',
      choices: ['arrow', 'jsonl', 'messages'],
      default: 'arrow',
    },
    'chat-template': { type: 'string', describe: 'Model folder whose chat template the prompts are put into' },
    model: { type: 'string', describe: 'Model folder whose tokenizer says how long the prompts are' },
    'max-length': { type: 'number', describe: 'With --model: how many tokens training keeps' },
    workers: {
      type: 'number',
      describe: 'Threads; as many as cores when left out; the files are the same whatever their number',
    },
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
    {
      args: 'prompts create --tasks rte --kind regular --num 10 --format jsonl --model model --max-length 64 --out out/counted',
      describe: 'And how long they are',
    },
  ],
  async run({ tasks, kind, num, format, out, workers, model, for: use, ...args }, { signal }) {
    const chatTemplate = args['chat-template'];
    if (format === 'messages' && (chatTemplate ?? model) !== undefined) throw needsText();
    const what = { kind, use: use === 'test' ? 'test' : 'train' } as const;
    const files = await createPromptFiles({
      ...promptVariants(args, what),
      ...what,
      tasks,
      num,
      format,
      chatTemplate,
      workers,
      out,
      signal,
    });
    const written = files.map(({ path, split, rows }) => {
      const few = split === 'train' && rows < (num ?? 0);
      return `${rows} prompts in ${path}${few ? `: fewer than the ${num} wanted, for there are no more rows` : ''}`;
    });
    if (model === undefined) return { data: { kind, for: use, files }, text: written.join('\n') };
    const counted = await fileLengths(files, { model, maxLength: args['max-length'] });
    return {
      data: { kind, for: use, files: counted },
      text: [...written, '', formatLengths(counted, args['max-length'])].join('\n'),
    };
  },
});

function needsText(): CliError {
  return new CliError(
    'CLI_USAGE',
    {
      what: 'Chats have no text yet.',
      why: '--format messages leaves the wording of roles to whoever reads it; --chat-template and --model need a text.',
      fix: 'Use --format jsonl or arrow with these, or leave them out.',
    },
    { kind: 'usage' },
  );
}
