import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './interval.js';
import { tokeniseInternational } from './metrics/bleu.js';
import { rougeRow } from './metrics/rouge.js';
import { normaliseSquad, normaliseTriviaQa } from './metrics/squad.js';
import { METRICS, type MetricName } from './metrics/table.js';
import { type ScoreOptions, scoreTask } from './score-task.js';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));

interface Spans {
  readonly normalised: readonly (readonly [string, string])[];
  readonly em: number;
  readonly f1: number;
}
const GOLDEN = read('golden-metrics') as {
  pairs: [string, string][];
  rouge: { rows: [number, number, number][]; mean: number[]; bootstrap_seed_42_batches_of_5: number[] };
  bleu: { corpus: number; batches_of_5: number; rows: number[] };
  squad: Spans;
  trivia_qa: Spans;
  classes: {
    labels: string[];
    targets: string[];
    answers: string[];
    matthews: number;
    mean_f1: number;
    accuracy: number;
    binary_labels: string[];
    binary_targets: string[];
    binary_answers: string[];
    groups: string[];
    binary_f1: number;
    group_exact_match: number;
  };
  correlation: { targets: number[]; answers: number[]; pearson: number; spearman: number };
  edit_distance: number[];
  wilson: [number, number, number, number][];
};
const REFERENCE = read('reference-values') as {
  normalisation: { text: string; squad: string; trivia_qa: string }[];
  squad_metric: { targets: string[]; answers: string[]; em: number; f1: number }[];
  bleu_tokens: { text: string; tokens: string }[];
  bleu: { targets: string[]; answers: string[]; bleu: number }[];
  rouge_f_single_row: { target: string; answer: string; rouge1: number; rouge2: number; rougeLsum: number }[];
  correlation: { targets: number[]; answers: number[]; pearson_times_100: number; spearman_times_100: number };
  matthews: { targets: string[]; answers: string[]; times_100: number }[];
  edit_distance: { targets: string[]; answers: string[] } & Record<string, number>;
};
const ANSWERS = GOLDEN.pairs.map(([answer]) => answer);
const TARGETS = GOLDEN.pairs.map(([, target]) => target);
// Sums in another order: a few units in the last place.
const DIGITS = 9;

const values = (metric: MetricName, answers: readonly string[], targets: readonly string[], options?: ScoreOptions) =>
  scoreTask(metric, answers, targets, options).values;

it('has a published source, a main key among its keys and an interval rule for each metric', () => {
  for (const metric of Object.values(METRICS)) {
    expect(metric.source).not.toBe('');
    expect(metric.resultKeys).toContain(metric.mainKey);
    expect([...metric.shares, ...metric.bootstrapped]).toContain(metric.mainKey);
  }
});

describe('ROUGE', () => {
  it('equals rouge_score row by row', () => {
    for (const [row, [answer, target]] of GOLDEN.pairs.entries()) {
      const { rouge1, rouge2, rougeLsum } = rougeRow(answer, target);
      const [one, two, sum] = GOLDEN.rouge.rows[row]!;
      expect([rouge1, rouge2, rougeLsum]).toEqual([one, two, sum].map((value) => expect.closeTo(value!, 12)));
    }
  });

  it('is the plain mean by default', () => {
    expect(Object.values(values('rouge', ANSWERS, TARGETS))).toEqual(
      GOLDEN.rouge.mean.map((value) => expect.closeTo(value, DIGITS)),
    );
  });

  it('is the mean of bootstrap medians under compat, draw for draw', () => {
    expect(Object.values(values('rouge', ANSWERS, TARGETS, { compat: true, batchSize: 5, seed: 42 }))).toEqual(
      GOLDEN.rouge.bootstrap_seed_42_batches_of_5.map((value) => expect.closeTo(value, DIGITS)),
    );
  });

  it.each(REFERENCE.rouge_f_single_row)('equals the published case "$target"', ({ target, answer, ...scores }) => {
    const { rouge1, rouge2, rougeLsum } = values('rouge', [answer], [target]);
    expect([rouge1, rouge2, rougeLsum]).toEqual(
      [scores.rouge1, scores.rouge2, scores.rougeLsum].map((value) => expect.closeTo(value, DIGITS)),
    );
  });
});

describe('BLEU', () => {
  it('equals sacrebleu over the corpus, in batches and for single rows', () => {
    expect(values('bleu', ANSWERS, TARGETS).bleu).toBeCloseTo(GOLDEN.bleu.corpus, DIGITS);
    expect(values('bleu', ANSWERS, TARGETS, { compat: true, batchSize: 5 }).bleu).toBeCloseTo(
      GOLDEN.bleu.batches_of_5,
      DIGITS,
    );
    for (const [row, [answer, target]] of GOLDEN.pairs.entries()) {
      expect(values('bleu', [answer], [target]).bleu).toBeCloseTo(GOLDEN.bleu.rows[row]!, DIGITS);
    }
  });

  it.each(REFERENCE.bleu_tokens)('tokenises "$text"', ({ text, tokens }) => {
    expect(tokeniseInternational(text).join(' ')).toBe(tokens);
  });

  it.each(REFERENCE.bleu)('gives $bleu for $answers', ({ answers, targets, bleu }) => {
    expect(values('bleu', answers, targets).bleu).toBeCloseTo(bleu, DIGITS);
  });
});

describe('SQuAD and TriviaQA', () => {
  it.each(['squad', 'trivia_qa'] as const)('%s equals the published formulas', (metric) => {
    const normalise = metric === 'squad' ? normaliseSquad : normaliseTriviaQa;
    for (const [row, [answer, target]] of GOLDEN.pairs.entries()) {
      expect([normalise(answer), normalise(target)]).toEqual(GOLDEN[metric].normalised[row]);
    }
    const { em, f1 } = values(metric, ANSWERS, TARGETS);
    expect([em, f1]).toEqual([expect.closeTo(GOLDEN[metric].em, DIGITS), expect.closeTo(GOLDEN[metric].f1, DIGITS)]);
  });

  it.each(REFERENCE.normalisation)('normalises "$text"', ({ text, squad, trivia_qa }) => {
    expect([normaliseSquad(text), normaliseTriviaQa(text)]).toEqual([squad, trivia_qa]);
  });

  it.each(REFERENCE.squad_metric)('scores $answers against $targets', ({ answers, targets, em, f1 }) => {
    const scored = values('squad', answers, targets);
    expect([scored.em, scored.f1]).toEqual([expect.closeTo(em, DIGITS), expect.closeTo(f1, DIGITS)]);
  });

  it('takes the best gold answer by default and the first under compat', () => {
    const targets = [['Paris', 'the City of Light']];
    expect(scoreTask('squad', ['city of light'], targets).values.em).toBe(100);
    expect(scoreTask('squad', ['city of light'], targets, { compat: true }).values.em).toBe(0);
  });
});

describe('metrics over classes', () => {
  const { labels, targets, answers, binary_labels, binary_targets, binary_answers, groups } = GOLDEN.classes;

  it('equal scikit-learn, invalid and empty answers included', () => {
    expect(values('matthews_corrcoef', answers, targets).matthews_corrcoef).toBeCloseTo(
      GOLDEN.classes.matthews,
      DIGITS,
    );
    const cb = values('mean_3class_f1', answers, targets, { labels });
    expect(cb.mean_3class_f1).toBeCloseTo(GOLDEN.classes.mean_f1, DIGITS);
    expect(cb.accuracy).toBeCloseTo(GOLDEN.classes.accuracy, DIGITS);
    expect(values('accuracy', answers, targets).accuracy).toBeCloseTo(GOLDEN.classes.accuracy, DIGITS);
  });

  it('count an invalid answer as wrong for F1, and groups of answers for MultiRC', () => {
    const f1 = values('f1_with_invalid', binary_answers, binary_targets, { labels: binary_labels });
    expect(f1.f1).toBeCloseTo(GOLDEN.classes.binary_f1, DIGITS);
    const multirc = values('multirc', binary_answers, binary_targets, { labels: binary_labels, groups });
    expect(multirc.f1).toBeCloseTo(GOLDEN.classes.binary_f1, DIGITS);
    expect(multirc.exact_match).toBeCloseTo(GOLDEN.classes.group_exact_match, DIGITS);
  });

  it.each(REFERENCE.matthews)('gives the published Matthews correlation of $answers', (published) => {
    const { matthews_corrcoef } = values('matthews_corrcoef', published.answers, published.targets);
    expect(matthews_corrcoef).toBeCloseTo(published.times_100, DIGITS);
  });
});

describe('correlations', () => {
  it('equal SciPy, ties included', () => {
    const { targets, answers } = GOLDEN.correlation;
    const scored = values('pearson_spearman', answers.map(String), targets.map(String));
    expect(scored.pearson_corrcoef).toBeCloseTo(GOLDEN.correlation.pearson, DIGITS);
    expect(scored.spearman_corrcoef).toBeCloseTo(GOLDEN.correlation.spearman, DIGITS);
  });

  it('equal the published case with its unreadable answer as 9', () => {
    const { targets, answers, pearson_times_100, spearman_times_100 } = REFERENCE.correlation;
    const texts = answers.map((answer) => (answer === 9 ? 'three' : String(answer)));
    const options = { compat: true, batchSize: 5 };
    const scored = values('pearson_spearman', texts, targets.map(String), options);
    expect(scored.pearson_corrcoef).toBeCloseTo(pearson_times_100, DIGITS);
    expect(scored.spearman_corrcoef).toBeCloseTo(spearman_times_100, DIGITS);
  });

  it('survive an empty answer, and are no number for a constant column', () => {
    expect(values('pearson_spearman', ['', '1', '2'], ['0', '1', '2']).pearson_corrcoef).toBeCloseTo(98.19805, 5);
    expect(values('pearson_spearman', ['1', '1'], ['0', '1']).pearson_corrcoef).toBeNaN();
  });
});

it('measures edit distance as the published formulas', () => {
  expect(Object.values(values('edit_distance', ANSWERS, TARGETS))).toEqual(
    GOLDEN.edit_distance.map((value) => expect.closeTo(value, DIGITS)),
  );
  const { targets, answers, ...published } = REFERENCE.edit_distance;
  expect(values('edit_distance', answers, targets)).toEqual(published);
});

it('averages over batches under compat, unweighted, and keeps the value over all rows beside it', () => {
  const score = scoreTask('accuracy', ['a', 'b', 'x'], ['a', 'b', 'c'], { compat: true, batchSize: 2 });
  expect(score.values).toEqual({ accuracy: 50 });
  expect(score.overAllRows!.accuracy).toBeCloseTo(200 / 3, DIGITS);
});

it('gives the same values whatever the batch size by default', () => {
  for (const metric of ['rouge', 'bleu', 'matthews_corrcoef'] as const) {
    expect(values(metric, ANSWERS, TARGETS, { batchSize: 7 })).toEqual(values(metric, ANSWERS, TARGETS));
  }
});

it('scores the fallback accuracy instead of always giving 0', () => {
  expect(values('simple_accuracy', ['a', 'b'], ['a', 'c'])).toEqual({ 'simple acc': 50 });
});

describe('intervals', () => {
  it.each(GOLDEN.wilson)("are Wilson's for shares: %i of %i", (hits, n, low, high) => {
    const interval = wilsonInterval((100 * hits) / n, n)!;
    expect([interval.low, interval.high]).toEqual([expect.closeTo(low, 9), expect.closeTo(high, 9)]);
  });

  it('are bootstrapped for the rest, repeatably, and hold the value', () => {
    const score = scoreTask('rouge', ANSWERS, TARGETS);
    expect(scoreTask('rouge', ANSWERS, TARGETS).intervals).toEqual(score.intervals);
    const { low, high } = score.intervals.rouge1!;
    expect(low).toBeLessThan(score.values.rouge1!);
    expect(high).toBeGreaterThan(score.values.rouge1!);
    // Normal approximation from the row scores: mean ± 1.96 standard errors.
    const rows = score.rowScores.map((value) => 100 * value!);
    const mean = rows.reduce((a, b) => a + b) / rows.length;
    const error = Math.sqrt(rows.reduce((a, b) => a + (b - mean) ** 2, 0) / rows.length / rows.length);
    expect(high - low).toBeGreaterThan(0.85 * 2 * 1.96 * error);
    expect(high - low).toBeLessThan(1.15 * 2 * 1.96 * error);
  });

  it('are missing for one row', () => {
    expect(scoreTask('bleu', ['a'], ['a']).intervals).toEqual({ bleu: null });
  });
});

it.each([
  ['METRIC_UNKNOWN', () => scoreTask('acuracy', ['a'], ['a'])],
  ['METRIC_ROWS_MISSING', () => scoreTask('accuracy', [], [])],
  ['METRIC_ROWS_MISMATCH', () => scoreTask('accuracy', ['a'], ['a', 'b'])],
  ['METRIC_LABELS_MISSING', () => scoreTask('f1_with_invalid', ['a'], ['a'])],
  ['METRIC_GROUPS_MISSING', () => scoreTask('multirc', ['no'], ['no'], { labels: ['no', 'yes'] })],
])('fails with %s', (code, score) => {
  expect(score).toThrowError(expect.objectContaining({ code }));
});
