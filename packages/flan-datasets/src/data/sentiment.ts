import { optionAt, upTo } from '../label-rules.js';
import { fixedOptions } from '../options-rules.js';
import { add, remove, rename } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub } from './define.js';
import { provenance } from './provenance.js';

const NEGATIVE_POSITIVE = { options: fixedOptions('negative', 'positive'), label: optionAt('label') };

/** Sentiment of reviews and messages. */
export const SENTIMENT_TASKS = defineTasks(
  { cluster: 'sentiment', category: 'nlu' },
  {
    imdb_reviews: {
      source: hub('stanfordnlp/imdb'),
      provenance: provenance('imdb'),
      columns: { text: 'text', label: 'integer' },
      normalise: [add({ options: '' })],
      prompt: NEGATIVE_POSITIVE,
      templateKey: 'imdb_reviews',
      quirks: ['Q9'],
    },
    sentiment140: {
      source: hub('sentiment140'),
      provenance: provenance('sentiment140'),
      columns: { text: 'text', date: 'text', user: 'text', sentiment: 'integer', query: 'text' },
      normalise: [rename({ sentiment: 'label' }), remove('user', 'query', 'date'), add({ options: '' })],
      prompt: { options: fixedOptions('negative', 'positive'), label: upTo('label', 2, 'negative', 'positive') },
      templateKey: 'sentiment140',
      quirks: ['Q9'],
    },
    sst2: {
      source: hub('stanfordnlp/sst2'),
      provenance: provenance('sst'),
      splits: { train: 'train', test: 'validation' },
      columns: { idx: 'integer', sentence: 'text', label: 'integer' },
      normalise: [add({ options: '' })],
      prompt: NEGATIVE_POSITIVE,
      templateKey: 'sst2',
      metric: 'accuracy',
    },
    yelp_polarity_reviews: {
      source: hub('yelp_polarity'),
      provenance: provenance('yelp_polarity'),
      columns: { text: 'text', label: 'integer' },
      normalise: [add({ options: '' })],
      prompt: NEGATIVE_POSITIVE,
      templateKey: 'yelp_polarity_reviews',
      metric: 'accuracy',
      evaluated: true,
      alwaysHeldOut: true,
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
