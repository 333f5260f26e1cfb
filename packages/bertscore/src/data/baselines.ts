import type { ScoredModel } from './layers.js';

/** What unrelated English sentences score: precision, recall and F1 at one layer of one model. */
export interface BaselineSpec {
  readonly layer: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * English baselines at each model's own layer. Other languages and layers: read bert_score's files with `readBaseline`.
 * @see Tiiiger/bert_score, tag v0.3.13, `bert_score/rescale_baseline/en`
 */
export const ENGLISH_BASELINES = {
  'albert-base-v1': { layer: 10, precision: 0.3572713, recall: 0.35730729, f1: 0.35451323 },
  'albert-base-v2': { layer: 9, precision: 0.56169736, recall: 0.56174135, f1: 0.56031275 },
  'albert-large-v1': { layer: 17, precision: 0.50674427, recall: 0.5067624, f1: 0.5054734 },
  'albert-large-v2': { layer: 14, precision: 0.63760334, recall: 0.6376027, f1: 0.6370052 },
  'albert-xlarge-v1': { layer: 16, precision: 0.33028397, recall: 0.3303347, f1: 0.32389277 },
  'albert-xlarge-v2': { layer: 13, precision: 0.28223696, recall: 0.2822432, f1: 0.27990422 },
  'albert-xxlarge-v1': { layer: 8, precision: 0.24470611, recall: 0.24472676, f1: 0.24312295 },
  'albert-xxlarge-v2': { layer: 8, precision: 0.23694733, recall: 0.2369875, f1: 0.23519956 },
  'bert-base-cased-finetuned-mrpc': { layer: 9, precision: 0.55345184, recall: 0.55342007, f1: 0.5525519 },
  'bert-base-multilingual-cased': { layer: 9, precision: 0.6320527, recall: 0.6320019, f1: 0.63146895 },
  'bert-base-uncased': { layer: 9, precision: 0.35375935, recall: 0.3537393, f1: 0.35219112 },
  'bert-large-uncased': { layer: 18, precision: 0.4278576, recall: 0.42786714, f1: 0.42646673 },
  'distilbert-base-multilingual-cased': { layer: 5, precision: 0.8164157, recall: 0.81645757, f1: 0.81623197 },
  'distilbert-base-uncased-distilled-squad': { layer: 4, precision: 0.6591859, recall: 0.65919137, f1: 0.65882134 },
  'distilbert-base-uncased': { layer: 5, precision: 0.6666034, recall: 0.66660464, f1: 0.66620487 },
  'distilroberta-base': { layer: 5, precision: 0.84732, recall: 0.84759504, f1: 0.8473319 },
  'microsoft/deberta-base-mnli': { layer: 9, precision: 0.53045946, recall: 0.5304829, f1: 0.52866036 },
  'microsoft/deberta-base': { layer: 9, precision: 0.6282066, recall: 0.62825406, f1: 0.6269483 },
  'microsoft/deberta-large-mnli': { layer: 18, precision: 0.45358238, recall: 0.45362508, f1: 0.45173016 },
  'microsoft/deberta-large': { layer: 16, precision: 0.5341927, recall: 0.53433174, f1: 0.53205305 },
  'microsoft/deberta-xlarge-mnli': { layer: 40, precision: 0.5169066, recall: 0.5170288, f1: 0.5150192 },
  'microsoft/deberta-xlarge': { layer: 18, precision: 0.5177917, recall: 0.5178813, f1: 0.51596016 },
  'roberta-base': { layer: 10, precision: 0.8146725, recall: 0.8146619, f1: 0.814463 },
  'roberta-large-mnli': { layer: 19, precision: 0.6901594, recall: 0.69018, f1: 0.6896288 },
  'roberta-large': { layer: 17, precision: 0.83150584, recall: 0.8314941, f1: 0.83122575 },
  'xlm-mlm-100-1280': { layer: 10, precision: 0.43660313, recall: 0.4366135, f1: 0.43496045 },
  'xlm-mlm-en-2048': { layer: 6, precision: 0.82148397, recall: 0.8214852, f1: 0.821408 },
  'xlm-roberta-base': { layer: 9, precision: 0.81658614, recall: 0.8165717, f1: 0.81639785 },
  'xlm-roberta-large': { layer: 17, precision: 0.85291016, recall: 0.8529066, f1: 0.8525485 },
  'xlnet-base-cased': { layer: 5, precision: 0.34247187, recall: 0.3424195, f1: 0.34024557 },
  'xlnet-large-cased': { layer: 7, precision: 0.3085695, recall: 0.30850938, f1: 0.30676135 },
} as const satisfies Partial<Record<ScoredModel, BaselineSpec>>;
