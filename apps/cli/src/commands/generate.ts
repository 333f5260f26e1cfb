import { writeJsonLines } from '@flanlab/files';
import { openGenerator } from '@flanlab/language-model';
import { defineCommand } from '../command.js';
import { readAll, textField } from '../rows.js';

export const generateCommand = defineCommand({
  name: 'generate',
  describe: 'Let a model answer prompts, greedily',
  options: {
    model: { type: 'string', describe: 'Folder of the model', required: true },
    adapter: { type: 'string', describe: 'Folder of a LoRA adapter' },
    prompts: { type: 'string', describe: 'JSON Lines with a prompt in each row', required: true },
    'max-new-tokens': { type: 'number', describe: 'Tokens after which an answer is cut off', default: 64 },
    threads: { type: 'number', describe: 'Threads; all cores when left out' },
    out: { type: 'string', describe: 'JSON Lines with prompt, response and tokens, in order', required: true },
  },
  examples: [
    {
      args: 'generate --model model --prompts prompts.jsonl --max-new-tokens 8 --out out/responses.jsonl',
      describe: 'Eight tokens for each prompt',
    },
  ],
  async run({ model, adapter, prompts: file, out, threads, ...args }, { signal, progress }) {
    const rows = await readAll(file);
    const prompts = rows.map((row, i) => textField(row, 'prompt', file, i));
    await using generator = await openGenerator({
      modelDir: model,
      ...(adapter === undefined ? {} : { adapterDir: adapter }),
      ...(threads === undefined ? {} : { threads }),
    });
    const answers: unknown[] = new Array(prompts.length);
    let done = 0;
    for await (const answer of generator.generate(prompts, { maxNewTokens: args['max-new-tokens'], signal })) {
      const { index, response, tokens, finish } = answer;
      answers[index] = { ...(rows[index] as object), prompt: prompts[index], response, tokens, finish };
      done += 1;
      progress.update({ title: 'generate', done, total: prompts.length, unit: 'prompts' });
    }
    await writeJsonLines(out, answers);
    return { data: { rows: prompts.length, out }, text: `${prompts.length} responses in ${out}` };
  },
});
