import { textOf } from '../label-rules.js';
import { isStruct, type Row } from '../row.js';
import { invalidValue } from '../steps.js';
import type { Step, TaskSpec } from '../task-spec.js';
import { defineTasks, hub, type TaskEntry } from './define.js';

const LANGUAGES = {
  cs: 'Czech',
  de: 'German',
  en: 'English',
  es: 'Spanish',
  fi: 'Finnish',
  fr: 'French',
  ro: 'Romanian',
  ru: 'Russian',
  tr: 'Turkish',
} as const;

type Language = keyof typeof LANGUAGES;

/** The pair in alphabetical order of its codes, which is the order the reference sees (Q14). */
function pair(first: Language, second: Language): Step {
  return (row: Row) => {
    const { translation, ...rest } = row;
    if (!isStruct(translation)) throw invalidValue('translation', translation, `texts in ${first} and ${second}`);
    const [sent1, sent2] = [translation[first], translation[second]];
    if (sent1 === undefined) throw invalidValue('translation', translation, `a text in ${first}`);
    if (sent2 === undefined) throw invalidValue('translation', translation, `a text in ${second}`);
    return { ...rest, lang1: LANGUAGES[first], lang2: LANGUAGES[second], sent1, sent2, label: '' };
  };
}

const translation = (first: Language, second: Language) => ({
  columns: ['translation'],
  normalise: [pair(first, second)],
  // Which sentence is the answer depends on the chosen template.
  prompt: { options: null, label: textOf('sent2'), target: { fallback: 'sent2' } },
  quirks: ['Q14', 'Q31'],
});

const paraCrawl = (config: string, first: Language, second: Language): TaskEntry => ({
  ...translation(first, second),
  source: hub('para_crawl', config),
  splits: { train: 'train', test: 'train', stored: { validation: 'train', test: 'train' } },
  templateKey: 'para_crawl',
});

const wmt16 = (config: string, first: Language, second: Language): TaskEntry => ({
  ...translation(first, second),
  source: hub('wmt/wmt16', config),
  templateKey: 'wmt16',
  metric: 'bleu',
});

/** Translation in both directions. */
export const TRANSLATION_TASKS = defineTasks(
  { cluster: 'translation_nlg', category: 'nlg' },
  {
    'para_crawl/ende': paraCrawl('ende', 'de', 'en'),
    'para_crawl/enes': paraCrawl('enes', 'en', 'es'),
    'para_crawl/enfr': paraCrawl('enfr', 'en', 'fr'),
    'wmt16/cs-en': wmt16('cs-en', 'cs', 'en'),
    'wmt16/de-en': { ...wmt16('de-en', 'de', 'en'), evaluated: true },
    'wmt16/fi-en': wmt16('fi-en', 'en', 'fi'),
    'wmt16/ro-en': { ...wmt16('ro-en', 'en', 'ro'), evaluated: true, alwaysHeldOut: true },
    'wmt16/ru-en': wmt16('ru-en', 'en', 'ru'),
    'wmt16/tr-en': wmt16('tr-en', 'en', 'tr'),
  },
) satisfies Readonly<Record<string, TaskSpec>>;
