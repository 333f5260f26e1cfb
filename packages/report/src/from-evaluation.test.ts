import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type EvaluationJson, readTrainingCurve, reportEvaluation } from './from-evaluation.js';

const EVALUATION: EvaluationJson = {
  key: 'k',
  name: 'squad-direct-k',
  task: 'squad',
  n: 1,
  metric: 'squad',
  mainKey: 'em',
  higherIsBetter: true,
  values: { em: 100, f1: 100 },
  intervals: { em: { low: 20.7, high: 100, level: 0.95, method: 'wilson' }, f1: null },
  bertScore: null,
  counts: { nothingExtracted: 0, emptyPredictions: 0, reachedLengthLimit: 0, promptsTruncated: 0 },
  rows: [
    {
      prompt: 'p',
      response: 'Answer: a house',
      target: ['a house', 'house'],
      options: ['', 'x'],
      answer: 'a house',
      region: { start: 0, end: 15 },
      rule: 'answer-phrase',
      score: 1,
      finish: 'stop',
      bertScoreChoice: 1,
    },
  ],
};

it('shows the main value of an evaluation and explains its rows', () => {
  const report = reportEvaluation(EVALUATION, {
    condition: 'regular',
    cluster: 'reading_comp',
    explain: ({ rule }) => `because ${rule}`,
  });
  expect(report).toMatchObject({
    id: 'squad-direct-k',
    condition: 'regular',
    cluster: 'reading_comp',
    metric: 'squad: em',
    score: 100,
    interval: { low: 20.7 },
    hash: 'k',
  });
  expect(report.rows).toEqual([
    {
      prompt: 'p',
      response: 'Answer: a house',
      answer: 'a house',
      target: 'a house | house',
      options: ['x'],
      region: { start: 0, end: 15 },
      rule: 'answer-phrase',
      why: 'because answer-phrase',
      score: 1,
      finish: 'stop',
      similarOption: 'x',
    },
  ]);
});

it('names a metric once when its value has the same name', () => {
  const accuracy = {
    ...EVALUATION,
    metric: 'accuracy',
    mainKey: 'accuracy',
    values: { accuracy: null },
    intervals: {},
  };
  expect(reportEvaluation(accuracy, { condition: 'base', explain: () => '' })).toMatchObject({
    metric: 'accuracy',
    score: null,
    interval: null,
    cluster: null,
  });
});

it('reads the curve of a training, whatever else is logged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flanlab-report-'));
  try {
    const path = join(folder, 'metrics.jsonl');
    await writeFile(
      path,
      [
        { step: 1, loss: 6.5, learning_rate: 0.001, grad_norm: 2, tokens_per_second: 9 },
        { note: 'no step' },
        { step: 2, eval_loss: 5.25 },
        { step: 3, loss: null },
      ]
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    );
    expect(await readTrainingCurve(path)).toEqual([
      { step: 1, loss: 6.5, learningRate: 0.001 },
      { step: 2, evalLoss: 5.25 },
      { step: 3 },
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
