import { setTimeout as wait } from 'node:timers/promises';
import { findTaskIn, loadTask, type Row, writeRows } from '@flanlab/flan-datasets';
import { chatTranslator, estimateTranslation, textsToTranslate, translateRows } from '@flanlab/samplegen';
import { defineCommand } from '../command.js';
import { formatTable } from '../terminal/format.js';

export const promptsTranslateCommand = defineCommand({
  name: 'prompts translate',
  describe: 'Translate the questions of a task with choices through an OpenAI-compatible API; says first what it costs',
  options: {
    task: { type: 'string', describe: 'Name of a task with choices', positional: true, required: true },
    language: { type: 'string', describe: 'As the model is asked for it', default: 'Scottish Gaelic' },
    'base-url': { type: 'string', describe: 'Address of the API', default: 'https://api.openai.com/v1' },
    'api-model': { type: 'string', describe: 'Name of the model there', required: true },
    'api-key-variable': { type: 'string', describe: 'Environment variable of the key', default: 'OPENAI_API_KEY' },
    data: { type: 'string', describe: 'Folder of <task>/<split>; the embedded rows when left out' },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
    split: { type: 'string', describe: 'Split to translate', default: 'train' },
    limit: { type: 'number', describe: 'At most this many rows' },
    'requests-per-minute': { type: 'number', describe: 'At most this many', default: 60 },
    'input-price': { type: 'number', describe: 'Price of a million tokens sent' },
    'output-price': { type: 'number', describe: 'Price of a million tokens received' },
    cache: { type: 'string', describe: 'Folder that keeps every answer', default: 'translations' },
    yes: { type: 'boolean', describe: 'Translate; without it only the estimate is shown', default: false },
    out: { type: 'string', describe: 'File or folder for the translated rows', required: true },
  },
  examples: [
    {
      args: 'prompts translate social_iqa --api-model some-model --limit 5 --input-price 1 --output-price 4 --out out/social_iqa.jsonl',
      describe: 'What it would cost',
    },
  ],
  async run({ task: name, language, data, split, limit, cache, yes, out, ...args }, { env, progress, signal }) {
    const task = await findTaskIn(name, args['task-file']);
    const rows: Row[] = [];
    for await (const row of loadTask(task, { split, source: data, limit, signal })) rows.push(row);
    const service = { model: args['api-model'], language, cache, requestsPerMinute: args['requests-per-minute'] };
    const texts = rows.flatMap((row) => textsToTranslate(task, row));
    const prices = { inputPrice: args['input-price'], outputPrice: args['output-price'] };
    const estimate = await estimateTranslation(texts, { ...service, ...prices });
    const { requests, cached, inputTokens, outputTokens, cost, minutes } = estimate;
    const table = formatTable([
      ['rows', 'requests', 'kept before', 'tokens out', 'tokens in', 'cost', 'minutes'],
      [
        ...[rows.length, requests, cached, inputTokens, outputTokens].map(String),
        cost === undefined ? 'no prices given' : cost < 0.995 ? cost.toPrecision(2) : cost.toFixed(2),
        minutes.toFixed(1),
      ],
    ]);
    if (!yes) {
      return { data: { estimate, translated: 0 }, text: `${table}\n\nNothing was sent. Add --yes to translate.` };
    }
    progress.line(table);
    const translate = chatTranslator({
      ...service,
      baseUrl: args['base-url'],
      apiKey: env[args['api-key-variable']],
      fetch: globalThis.fetch,
      sleep: (milliseconds) => wait(milliseconds, undefined, { signal }),
      now: Date.now,
      signal,
    });
    let done = 0;
    const shown = async (text: string): Promise<string> => {
      const translated = await translate(text);
      done += 1;
      progress.update({ title: 'translate', done, total: texts.length, unit: 'texts' });
      return translated;
    };
    const count = await writeRows(out, translateRows(task, rows, shown));
    return { data: { estimate, translated: count, out }, text: `${count} translated rows of ${name} in ${out}` };
  },
});
