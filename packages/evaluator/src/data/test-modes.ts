/** How a model is asked. `evalMode` and `sampleSource` are the words of the reference's log files. */
export const TEST_MODES = {
  direct: {
    run: 'trained',
    evalMode: 'direct_eval',
    sampleSource: null,
    words: 'Tuned model, asked directly',
  },
  base: {
    run: 'base',
    evalMode: 'direct_eval',
    sampleSource: null,
    words: 'Base model, asked without examples',
  },
  'pipeline-gold': {
    run: 'base',
    evalMode: 'samplegen_pipeline',
    sampleSource: 'train_data',
    words: 'Base model, after examples from the training data',
  },
  'pipeline-model': {
    run: 'base',
    evalMode: 'samplegen_pipeline',
    sampleSource: 'model',
    words: 'Base model, after examples that a tuned SampleGen model wrote',
  },
} as const satisfies Record<string, TestModeSpec>;

interface TestModeSpec {
  /** Decides how answers are extracted. */
  readonly run: 'trained' | 'base';
  readonly evalMode: 'direct_eval' | 'samplegen_pipeline';
  readonly sampleSource: 'train_data' | 'model' | null;
  readonly words: string;
}

export type TestMode = keyof typeof TEST_MODES;

/** Tasks whose BERTScore accuracy the reference skips by name; tasks without options are skipped too (Q64). */
export const BERTSCORE_SKIPPED: ReadonlySet<string> = new Set([
  'squad',
  'squad_v2',
  'dart',
  'wmt16/ro-en',
  'wmt16/de-en',
  'gigaword',
  'gsm8k',
  'common_gen',
]);
