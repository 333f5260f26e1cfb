import { findTaskIn } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE, loadCatalogue } from '@flanlab/prompt-templates';
import { explainPrompt, loadChatTemplate, PROMPT_KINDS, toChatRow, toMessages } from '@flanlab/samplegen';
import { previewPrompts } from '@flanlab/study';
import { defineCommand } from '../command.js';
import { CliError } from '../errors.js';
import { countRows, formatLengths } from '../prompt-lengths.js';
import { PROMPT_OPTIONS, promptVariants } from '../prompt-options.js';
import { formatPrompt } from '../terminal/format-prompt.js';
import { wordingOf } from '../terminal/format-templates.js';

export const promptsShowCommand = defineCommand({
  name: 'prompts show',
  describe: 'Explain one prompt of a task part by part: system prompt, samples, options, what is learned',
  options: {
    task: { type: 'string', describe: 'Name of a task', positional: true, required: true },
    kind: { type: 'string', describe: 'Kind of prompt', choices: PROMPT_KINDS, default: 'samplegen' },
    for: { type: 'string', describe: 'What the prompt is for', choices: ['train', 'test'], default: 'train' },
    row: { type: 'number', describe: 'Which prompt, counted from 0', default: 0 },
    ...PROMPT_OPTIONS,
    'chat-template': { type: 'string', describe: 'Model folder whose chat template the prompt is put into' },
    model: { type: 'string', describe: 'Model folder whose tokenizer says how long the prompts are' },
    'max-length': { type: 'number', describe: 'With --model: how many tokens training keeps' },
    stats: { type: 'boolean', describe: 'With --model: only how long all prompts of the task are', default: false },
  },
  examples: [
    { args: 'prompts show rte', describe: 'A SampleGen training row' },
    {
      args: 'prompts show causal_judgment --kind regular --for test --bigbench-format adv',
      describe: 'Another format',
    },
    { args: 'prompts show rte --kind regular --model model --max-length 64 --stats', describe: 'Lengths in tokens' },
  ],
  async run({ task, kind, row: index, model, stats, for: use, ...args }, { colour, signal }) {
    if (stats && model === undefined) throw needsModel();
    if (!Number.isInteger(index) || index < 0)
      throw noRow(index, 'Prompts are counted in whole numbers from 0.', 'Use --row 0 for the first.');
    const what = { kind, use: use === 'test' ? 'test' : 'train' } as const;
    const prompts = await previewPrompts({
      ...promptVariants(args, what),
      ...what,
      task,
      ...(stats || model !== undefined ? {} : { num: index + 1 }),
      signal,
    });
    const chat = args['chat-template'] === undefined ? undefined : await loadChatTemplate(args['chat-template']);
    const rows = chat === undefined ? prompts : prompts.map((prompt) => toChatRow(prompt, chat));
    const maxLength = args['max-length'];
    const lengths = model === undefined ? undefined : await countRows(rows, { model, maxLength });
    const table = lengths === undefined ? [] : [formatLengths([{ task, split: use ?? 'train', lengths }], maxLength)];
    if (stats) return { data: { task, kind, for: use, lengths }, text: table.join('') };
    const row = rows[index];
    if (row === undefined) {
      const halved = kind === 'samplegen' && what.use === 'train';
      const why = `The rows make ${rows.length} prompts${halved ? '; as many rows are set aside for their samples' : ''}.`;
      throw noRow(index, why, `Use --row 0 to ${rows.length - 1}.`);
    }
    const parts = explainPrompt(row, chat === undefined ? {} : { messages: toMessages(prompts[index]!).messages });
    const catalogue = args.templates === 'builtin' ? BUILTIN_CATALOGUE : await loadCatalogue(args.templates);
    const wording = wordingOf(catalogue, row.template, (await findTaskIn(task, args['task-file'])).templates);
    return {
      data: { ...row, wording, parts, ...(lengths === undefined ? {} : { lengths }) },
      text: [formatPrompt(row, parts, { colour, wording }), ...table].join('\n\n'),
    };
  },
});

function noRow(index: number, why: string, fix: string): CliError {
  return new CliError('CLI_VALUE_UNKNOWN', { what: `There is no prompt ${index}.`, why, fix }, { kind: 'usage' });
}

function needsModel(): CliError {
  return new CliError(
    'CLI_USAGE',
    {
      what: '--stats counts tokens, and there is no tokenizer.',
      why: 'Each tokenizer cuts text in its own way.',
      fix: 'Name a model folder with --model.',
    },
    { kind: 'usage' },
  );
}
