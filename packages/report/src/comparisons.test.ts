import { describe, expect, it } from 'vitest';
import { compareConditions } from './comparisons.js';
import type { StudyReport } from './study-report.js';
import { syntheticStudy } from './testing/synthetic-study.js';

const STUDY = syntheticStudy({ rowsPerTask: 8 });
const names = (study: StudyReport, measure: 'score' | 'bertscore' = 'score') =>
  compareConditions(study, measure).map(({ inContext, tuned, tasks }) => [inContext.id, tuned.id, tasks.length]);

describe('comparisons', () => {
  it('pair every in-context condition with every tuned one, over the tasks that have both', () => {
    expect(names(STUDY)).toEqual([
      ['gold', 'regular', 7],
      ['gold', 'tuned-samplegen', 7],
      ['samplegen', 'regular', 7],
      ['samplegen', 'tuned-samplegen', 7],
    ]);
    expect(names(STUDY, 'bertscore').map(([, , tasks]) => tasks)).toEqual([5, 5, 5, 5]); // two tasks have no options
  });

  it('are the ones that the study names, in its order', () => {
    const comparisons = [
      { inContext: 'base', tuned: 'regular' },
      { inContext: 'nowhere', tuned: 'regular' },
    ];
    expect(names({ ...STUDY, comparisons })).toEqual([['base', 'regular', 7]]);
  });

  it('take score and interval of either side', () => {
    const [first] = compareConditions(STUDY, 'score');
    const find = (condition: string) =>
      STUDY.evaluations.find((evaluation) => evaluation.task === 'sst2' && evaluation.condition === condition)!;
    const { task, ...values } = first!.tasks[1]!;
    expect(task).toBe('sst2');
    expect(values).toEqual({
      x: find('gold').score,
      y: find('regular').score,
      xInterval: find('gold').interval,
      yInterval: find('regular').interval,
    });
  });

  it('leave out and name tasks where lower is better, and skip those without a value', () => {
    const evaluations = STUDY.evaluations.map((evaluation) => ({
      ...evaluation,
      higherIsBetter: evaluation.task !== 'squad',
      score: evaluation.task === 'copa' && evaluation.condition === 'regular' ? null : evaluation.score,
    }));
    const [regular, samplegen] = compareConditions({ ...STUDY, evaluations }, 'score');
    expect(regular).toMatchObject({ leftOut: ['squad'], result: { n: 5 } });
    expect(samplegen).toMatchObject({ leftOut: ['squad'], result: { n: 6 } });
  });
});
