import { accuracy, simpleAccuracy } from './accuracy.js';
import { bleu } from './bleu.js';
import { f1WithInvalid, matthews, meanClassF1, multiRc } from './classification.js';
import { pearsonSpearman } from './correlation.js';
import { editDistance } from './edit-distance.js';
import type { MetricSpec } from './metric.js';
import { rouge } from './rouge.js';
import { squad, triviaQa } from './squad.js';

/** Every metric by the name that tasks use. Which task has which is data of `@flanlab/flan-datasets`. */
export const METRICS = {
  accuracy,
  simple_accuracy: simpleAccuracy,
  rouge,
  squad,
  trivia_qa: triviaQa,
  bleu,
  matthews_corrcoef: matthews,
  pearson_spearman: pearsonSpearman,
  edit_distance: editDistance,
  mean_3class_f1: meanClassF1,
  f1_with_invalid: f1WithInvalid,
  multirc: multiRc,
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
