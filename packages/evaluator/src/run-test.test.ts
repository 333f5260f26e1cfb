import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenEncoder } from '@flanlab/bertscore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generatorResponder, type Responder, type ResponderResult } from './responder.js';
import { readSamples } from './result-files.js';
import { type RunTestOptions, runTest, type TestEvent, type TestRow } from './run-test.js';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'flanlab-evaluator-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

// Texts that break careless files: tabs, quotes, line separators, the end of a script, emoji, what pandas calls missing.
const RESPONSES = [
  'Answer Solution: yes',
  'Answer Solution: no\nmore',
  'no answer here',
  'Answer Solution: "yes"\ttab\u2028line',
  'Answer Solution: NA</script> 😀',
  'Answer Solution: yes',
];
const ROWS: readonly TestRow[] = RESPONSES.map((_, index) => ({
  prompt: index === 5 ? 'question 0' : `question ${index}`,
  target: 'yes',
  options: ['yes', 'no'],
}));

/** Answers from a list, last row first, and remembers how many prompts it saw. */
function fakeResponder({
  stopAfter = Number.POSITIVE_INFINITY,
  weights = 'w1',
} = {}): Responder & { asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    fingerprint: { weights, adapter: null, maxNewTokens: 8 },
    async *respond(prompts): AsyncGenerator<ResponderResult> {
      asked.push([...prompts]);
      for (let index = prompts.length - 1, made = 0; index >= 0; index--, made++) {
        if (made === stopAfter) throw new Error('killed');
        const row = Number(prompts[index]!.split(' ')[1]);
        yield { index, response: RESPONSES[row]!, tokens: [1, 2, 3], finish: row === 2 ? 'length' : 'stop' };
      }
    },
  };
}

/** A vector of its own for every character code below 128: equal texts have F1 1. */
function tinyEncoder(): TokenEncoder {
  const width = 128;
  const tokenize = (text: string) => ({
    ids: Int32Array.from([0, ...Array.from(text, (letter) => 1 + (letter.codePointAt(0)! % (width - 2))), width - 1]),
    truncated: false,
  });
  return {
    ...{ name: 'letters', layer: 1, width, specialIds: [0, width - 1] },
    tokenize,
    encode: async (texts) =>
      texts.map((text) => {
        const { ids, truncated } = tokenize(text);
        const vectors = new Float32Array(ids.length * width);
        for (const [position, id] of ids.entries()) vectors[position * width + id] = 1;
        return { ids, truncated, vectors };
      }),
  };
}

function options(values: Partial<RunTestOptions> = {}): RunTestOptions {
  return {
    responder: fakeResponder(),
    rows: ROWS,
    task: 'qnli',
    metric: 'accuracy',
    mode: 'direct',
    runName: 'tuned',
    promptFormat: 'mix_prompts',
    out,
    codeVersion: '1',
    jobId: '7',
    seed: 42,
    ...values,
  };
}

async function finish(values: Partial<RunTestOptions> = {}): Promise<Extract<TestEvent, { type: 'finished' }>> {
  for await (const event of runTest(options(values))) if (event.type === 'finished') return event;
  throw new Error('did not finish');
}

async function files(folder = out): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = names
    .filter((entry) => !entry.parentPath.endsWith('responses'))
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length), await readFile(path, 'utf8')] as const;
    });
  return Object.fromEntries((await Promise.all(texts)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('an evaluation', () => {
  it('keeps response, region, rule, answer and score of every row', async () => {
    const { evaluation } = await finish();
    expect(evaluation).toMatchObject({
      n: 6,
      metric: 'accuracy',
      counts: { nothingExtracted: 1, emptyPredictions: 1, reachedLengthLimit: 1, promptsTruncated: 0 },
      bertScore: null,
    });
    expect(evaluation.values.accuracy).toBeCloseTo((100 * 2) / 6, 9);
    expect(evaluation.intervals.accuracy).toMatchObject({ method: 'wilson', level: 0.95 });
    expect(evaluation.rows[1]).toMatchObject({
      answer: 'no',
      region: { start: 0, end: 19 },
      rule: 'answer-solution-line',
      score: 0,
      tokens: 3,
    });
    expect(evaluation.rows.map(({ answer }) => answer)).toEqual([
      'yes',
      'no',
      '',
      'yes"\ttab\u2028line',
      'NA</script> 😀',
      'yes',
    ]);
  });

  it('writes a per-sample file that reads back as it was', async () => {
    const { evaluation, paths } = await finish();
    expect(paths.samples).toBe(join(out, 'saved_models', 'tuned', 'evals', `${evaluation.name}.tsv`));
    const samples = await readSamples(paths.samples);
    expect(samples).toEqual(
      evaluation.rows.map(({ prompt, response, target, answer, options: rowOptions }) => ({
        ...{ prompt, response, target, answer },
        options: rowOptions,
      })),
    );
    expect(JSON.parse(await readFile(paths.evaluation, 'utf8'))).toEqual(evaluation);
  });

  it('logs the reference columns first and ours after them', async () => {
    const { evaluation } = await finish();
    const [header, row, ...rest] = (await readFile(join(out, 'eval_logs.csv'), 'utf8')).trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(header).toBe(
      'job_id,seed,run_name,test_task,test_prompt_type,model_type,num_test,eval_mode,eval_name,samplegen_model_name,' +
        'samplegen_file_name,samplegen_sample_source,ablation_setup,num_samples_ablation,accuracy,eval_key,' +
        'nothing_extracted,empty_predictions,reached_length_limit,prompts_truncated,accuracy_low,accuracy_high',
    );
    expect(row).toMatch(
      new RegExp(`^7,42,tuned,qnli,closed,mix_prompts,6,direct_eval,${evaluation.name},,,,,,33\\.3333\\d+,`),
    );
  });

  it('keeps one header for tasks with other metrics', async () => {
    await finish();
    await finish({ task: 'squad', metric: 'squad' });
    const [header, first, second] = (await readFile(join(out, 'eval_logs.csv'), 'utf8')).trimEnd().split('\n');
    const columns = header!.split(',').length;
    expect([first!.split(',').length, second!.split(',').length]).toEqual([columns, columns]);
    expect(header).toMatch(/,em,f1/);
  });
});

describe('a killed evaluation', () => {
  it.each([0, 1, 3, 5])('goes on after %i rows and leaves the same bytes', async (stopAfter) => {
    const undisturbed = await mkdtemp(join(tmpdir(), 'flanlab-evaluator-'));
    await finish({ out: undisturbed });
    await expect(finish({ responder: fakeResponder({ stopAfter }) })).rejects.toThrow('killed');
    const responder = fakeResponder();
    await finish({ responder });
    expect(responder.asked[0]).toHaveLength(6 - stopAfter);
    expect(await files()).toEqual(await files(undisturbed));
    await rm(undisturbed, { recursive: true });
  });

  it('drops a row that was cut off while it was written', async () => {
    await finish();
    const [work] = await readdir(join(out, 'responses'));
    await appendFile(join(out, 'responses', work!), '{"key":"x","resp');
    const before = await files();
    const responder = fakeResponder();
    await finish({ responder });
    expect(responder.asked).toEqual([]);
    expect(await files()).toEqual(before);
  });

  it('stops at an abort, keeps what it has, and goes on', async () => {
    const controller = new AbortController();
    const run = async (): Promise<void> => {
      for await (const event of runTest(options({ signal: controller.signal }))) {
        if (event.type === 'row-end' && event.done === 2) controller.abort();
      }
    };
    await expect(run()).rejects.toThrowError(expect.objectContaining({ name: 'AbortError' }));
    const responder = fakeResponder();
    await finish({ responder });
    expect(responder.asked[0]).toHaveLength(4);
  });
});

describe('running again', () => {
  it('asks nothing, changes no byte and adds no log row', async () => {
    expect((await finish()).logged).toBe(true);
    const before = await files();
    const responder = fakeResponder();
    expect((await finish({ responder })).logged).toBe(false);
    expect(responder.asked).toEqual([]);
    expect(await files()).toEqual(before);
  });

  it('logs the same evaluation under another name again', async () => {
    await finish();
    expect((await finish({ evalName: 'other' })).logged).toBe(true);
    expect((await finish({ evalName: 'other' })).logged).toBe(false);
  });

  it('takes finished rows over when rows are added', async () => {
    await finish({ rows: ROWS.slice(0, 4) });
    const responder = fakeResponder();
    await finish({ responder });
    expect(responder.asked).toEqual([['question 4', 'question 0']]);
  });

  it.each([
    ['other weights', { responder: fakeResponder({ weights: 'w2' }) }],
    ['another code version', { codeVersion: '2' }],
    ['resume: never', { resume: 'never' }],
  ] as const)('asks everything with %s', async (_what, changed) => {
    await finish();
    const responder = fakeResponder({ weights: 'responder' in changed ? 'w2' : 'w1' });
    await finish({ ...changed, responder });
    expect(responder.asked[0]).toHaveLength(6);
  });

  it('says under which key it looks rows up', async () => {
    for await (const event of runTest(options())) {
      expect(event).toMatchObject({ type: 'started', total: 6, done: 0 });
      expect(event).toHaveProperty('cacheKey', {
        ...{ weights: 'w1', adapter: null, maxNewTokens: 8 },
        ...{ codeVersion: '1', task: 'qnli', mode: 'direct', runName: 'tuned' },
      });
      break;
    }
  });
});

describe('test modes', () => {
  it.each([
    ['base', {}, 'saved_models/base_model_evals', 'direct_eval', ''],
    ['pipeline-gold', {}, 'saved_models/gold_samples/samplegen_pipeline_evals', 'samplegen_pipeline', 'train_data'],
    [
      'pipeline-model',
      { samplegenModel: 'sg', samplegenFile: 'earlier.tsv' },
      'saved_models/sg/samplegen_pipeline_evals',
      'samplegen_pipeline',
      'model',
    ],
  ] as const)(
    '%s reads answers as of a base model and has its own folder',
    async (mode, extra, folder, evalMode, source) => {
      const { evaluation, paths } = await finish({ mode, runName: 'base', promptFormat: null, ...extra });
      expect(paths.samples.startsWith(join(out, folder))).toBe(true);
      expect(evaluation.rows[2]).toMatchObject({ answer: 'no answer here', rule: 'first-line' });
      const log = await readFile(paths.evalLog, 'utf8');
      expect(log).toContain(
        `,6,${evalMode},${evaluation.name},${mode === 'pipeline-model' ? 'sg,earlier.tsv' : ','},${source},`,
      );
      const [header] = (await readFile(paths.samples, 'utf8')).split('\n');
      expect(header!.endsWith('\tsamplegen_eval_file')).toBe(mode !== 'base');
    },
  );

  it('names the per-sample file .csv under compat, and keeps quotes in answers', async () => {
    const { evaluation, paths } = await finish({ compat: true, batchSize: 4 });
    expect(paths.samples.endsWith('.csv')).toBe(true);
    expect(evaluation.rows[3]!.answer).toBe('"yes"\ttab\u2028line');
    expect(evaluation.values.accuracy).toBe((25 + 50) / 2);
    expect(evaluation.overAllRows!.accuracy).toBeCloseTo(100 / 3, 9);
  });
});

it('scores BERTScore accuracy where all rows have options, and logs it once', async () => {
  const encoder = tinyEncoder();
  const { evaluation, paths } = await finish({ encoder });
  await finish({ encoder });
  expect(evaluation.bertScore!.accuracy).toBeGreaterThan(0);
  expect(evaluation.rows[1]!.bertScoreChoice).toBe(1);
  const log = (await readFile(paths.bertScoreLog, 'utf8')).trimEnd().split('\n');
  expect(log).toHaveLength(2);
  expect(log[0]).toBe(
    'job_id,input_file,input_model,seed,test_task,test_prompt_type,model_type,samplegen_sample_source,num_test,' +
      'eval_mode,bertscore_accuracy,eval_key,bertscore_signature,bertscore_truncated_texts',
  );
  const free = await finish({ encoder, task: 'fix_punct', rows: ROWS.map((row) => ({ ...row, options: [''] })) });
  expect(free.evaluation.bertScore).toBeNull();
});

it.each([
  ['EVALUATION_ROWS_EMPTY', { rows: [] }],
  ['EVALUATION_NAME_INVALID', { runName: '../elsewhere' }],
  ['EVALUATION_NAME_INVALID', { evalName: '..' }],
  ['EVALUATION_PROMPT_FORMAT_MISSING', { promptFormat: null }],
  ['METRIC_UNKNOWN', { metric: 'acuracy' }],
] as const)('fails with %s before the model is asked', async (code, values) => {
  const responder = fakeResponder();
  await expect(finish({ responder, ...values })).rejects.toThrowError(expect.objectContaining({ code }));
  expect(responder.asked).toEqual([]);
  expect(await files()).toEqual({});
});

it('says which row a responder left out', async () => {
  const responder: Responder = { fingerprint: {}, async *respond() {} };
  await expect(finish({ responder })).rejects.toThrowError(
    expect.objectContaining({ code: 'EVALUATION_RESPONSE_MISSING', exitCode: 1 }),
  );
});

it('refuses a file of finished rows that is none', async () => {
  await finish();
  const [work] = await readdir(join(out, 'responses'));
  await writeFile(join(out, 'responses', work!), '{"a":1}\n');
  await expect(finish()).rejects.toThrowError(expect.objectContaining({ code: 'EVALUATION_WORK_FILE_INVALID' }));
});

it('refuses a log as per-sample file', async () => {
  const { paths } = await finish();
  await expect(readSamples(paths.evalLog)).rejects.toThrowError(
    expect.objectContaining({ code: 'SAMPLES_FILE_INVALID' }),
  );
});

it('turns a text generator into a responder that knows its options', async () => {
  const seen: unknown[] = [];
  const responder = generatorResponder(
    {
      async *generate(prompts, given) {
        seen.push(prompts, given);
        yield { index: 0, response: 'Answer Solution: yes', tokens: [5], finish: 'stop' };
      },
    },
    { maxNewTokens: 9, fingerprint: { weights: 'w' } },
  );
  expect(responder.fingerprint).toEqual({ weights: 'w', maxNewTokens: 9, decoding: 'greedy' });
  await finish({ responder, rows: ROWS.slice(0, 1) });
  expect(seen).toEqual([['question 0'], { maxNewTokens: 9 }]);
});
