import { EvaluatorError } from '../errors.js';
import { goldAnswer, type MetricSpec, meanPercent, type ScoredRow } from './metric.js';

interface LabelIds {
  readonly targets: Int32Array;
  readonly predictions: Int32Array;
}

/** Numbers for texts, shared by both sides. Known labels come first, others follow as they appear. */
function labelIds(rows: readonly ScoredRow[], labels: readonly string[] = []): LabelIds {
  const ids = new Map(labels.map((label, index) => [label, index]));
  const id = (text: string): number => {
    if (!ids.has(text)) ids.set(text, ids.size);
    return ids.get(text)!;
  };
  return {
    targets: Int32Array.from(rows, ({ target }) => id(goldAnswer(target))),
    predictions: Int32Array.from(rows, ({ prediction }) => id(prediction)),
  };
}

const equalScores = ({ targets, predictions }: LabelIds): Float64Array =>
  Float64Array.from(targets, (target, row) => (target === predictions[row] ? 1 : 0));

/** F1 of one class over the selection; 0 when it is neither predicted nor present. */
function classF1({ targets, predictions }: LabelIds, selection: ArrayLike<number>, label: number): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < selection.length; i++) {
    const row = selection[i]!;
    const wanted = targets[row] === label ? 1 : 0;
    const predicted = predictions[row] === label ? 1 : 0;
    both += wanted & predicted;
    either += wanted + predicted;
  }
  return either === 0 ? 0 : (2 * both) / either;
}

/** A wrong answer that is no label counts as the other label (T5's `f1_score_with_invalid`). */
function withInvalidAsWrong({ targets, predictions }: LabelIds): LabelIds {
  return {
    targets,
    predictions: predictions.map((prediction, row) => (prediction > 1 ? 1 - targets[row]! : prediction)),
  };
}

function requireLabels(
  labels: readonly string[] | undefined,
  metric: string,
  allowed: (n: number) => boolean,
): readonly string[] {
  if (labels !== undefined && allowed(labels.length)) return labels;
  throw new EvaluatorError('METRIC_LABELS_MISSING', {
    what: `The metric "${metric}" needs the task's labels.`,
    why: labels === undefined ? 'None were given.' : `${labels.length} were given: ${labels.join(', ')}.`,
    fix: 'Pass `labels`: all option texts in order, the positive one last for F1.',
  });
}

/** Matthews correlation times 100, for any number of classes (sklearn's `matthews_corrcoef`); 0 when undefined. */
export const matthews: MetricSpec = {
  name: 'Matthews correlation',
  resultKeys: ['matthews_corrcoef'],
  mainKey: 'matthews_corrcoef',
  higherIsBetter: true,
  aggregation: 'corpus',
  shares: [],
  bootstrapped: ['matthews_corrcoef'],
  source: 'sklearn.metrics.matthews_corrcoef',
  prepare(rows) {
    const ids = labelIds(rows);
    const equal = equalScores(ids);
    return {
      values(selection) {
        const predicted = new Map<number, number>();
        const present = new Map<number, number>();
        let correct = 0;
        for (let i = 0; i < selection.length; i++) {
          const row = selection[i]!;
          correct += equal[row]!;
          predicted.set(ids.predictions[row]!, (predicted.get(ids.predictions[row]!) ?? 0) + 1);
          present.set(ids.targets[row]!, (present.get(ids.targets[row]!) ?? 0) + 1);
        }
        const s = selection.length;
        let products = 0;
        let predictedSquares = 0;
        let presentSquares = 0;
        for (const [label, count] of predicted) {
          products += count * (present.get(label) ?? 0);
          predictedSquares += count * count;
        }
        for (const count of present.values()) presentSquares += count * count;
        const denominator = (s * s - predictedSquares) * (s * s - presentSquares);
        const value = denominator === 0 ? 0 : (correct * s - products) / Math.sqrt(denominator);
        return { matthews_corrcoef: value * 100 };
      },
      rowScore: (row) => equal[row]!,
    };
  },
};

/** CommitmentBank: unweighted mean of the class F1s, and accuracy. Labels are texts, which the reference lacks (Q69). */
export const meanClassF1: MetricSpec = {
  name: 'mean class F1',
  resultKeys: ['mean_3class_f1', 'accuracy'],
  mainKey: 'mean_3class_f1',
  higherIsBetter: true,
  aggregation: 'corpus',
  shares: ['accuracy'],
  bootstrapped: ['mean_3class_f1'],
  source: 't5/evaluation/metrics.py mean_multiclass_f1; SuperGLUE CB',
  prepare(rows, { labels }) {
    const classes = requireLabels(labels, 'mean_3class_f1', (n) => n >= 2);
    const ids = labelIds(rows, classes);
    const equal = equalScores(ids);
    return {
      values: (selection) => ({
        mean_3class_f1:
          (100 * classes.reduce((sum, _, label) => sum + classF1(ids, selection, label), 0)) / classes.length,
        accuracy: meanPercent(equal, selection),
      }),
      rowScore: (row) => equal[row]!,
    };
  },
};

/** MRPC and QQP: F1 of the second label, where an answer that is no label counts as wrong, and accuracy (Q69). */
export const f1WithInvalid: MetricSpec = {
  name: 'F1 with invalid',
  resultKeys: ['f1', 'accuracy'],
  mainKey: 'f1',
  higherIsBetter: true,
  aggregation: 'corpus',
  shares: ['accuracy'],
  bootstrapped: ['f1'],
  source: 't5/evaluation/metrics.py f1_score_with_invalid; GLUE MRPC, QQP',
  prepare(rows, { labels }) {
    const ids = labelIds(
      rows,
      requireLabels(labels, 'f1_with_invalid', (n) => n === 2),
    );
    const valid = withInvalidAsWrong(ids);
    const equal = equalScores(ids);
    return {
      values: (selection) => ({ f1: 100 * classF1(valid, selection, 1), accuracy: meanPercent(equal, selection) }),
      rowScore: (row) => equal[row]!,
    };
  },
};

/** MultiRC: F1 over all answers (invalid counts as wrong), and the share of questions with every answer right (Q69). */
export const multiRc: MetricSpec = {
  name: 'MultiRC',
  resultKeys: ['f1', 'exact_match'],
  mainKey: 'f1',
  higherIsBetter: true,
  aggregation: 'corpus',
  shares: [],
  bootstrapped: ['f1', 'exact_match'],
  source: 't5/evaluation/metrics.py multirc_f1_over_all_answers, mean_group_metric; SuperGLUE MultiRC',
  prepare(rows, { labels }) {
    const ids = labelIds(
      rows,
      requireLabels(labels, 'multirc', (n) => n === 2),
    );
    const groups = rows.map(({ group }) => group);
    if (groups.includes(undefined)) {
      throw new EvaluatorError('METRIC_GROUPS_MISSING', {
        what: 'The metric "multirc" needs to know which rows belong to one question.',
        why: `Row ${groups.indexOf(undefined)} has no group.`,
        fix: 'Pass `groups`: one name a row, the same for all answers of a question.',
      });
    }
    const valid = withInvalidAsWrong(ids);
    const equal = equalScores(ids);
    return {
      values(selection) {
        const allRight = new Map<string, number>();
        for (let i = 0; i < selection.length; i++) {
          const group = groups[selection[i]!]!;
          allRight.set(group, Math.min(allRight.get(group) ?? 1, equal[selection[i]!]!));
        }
        const right = [...allRight.values()].reduce((sum, value) => sum + value, 0);
        return { f1: 100 * classF1(valid, selection, 1), exact_match: (100 * right) / allRight.size };
      },
      rowScore: (row) => equal[row]!,
    };
  },
};
