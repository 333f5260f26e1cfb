import { textOf } from '../label-rules.js';
import { isStruct, type Row } from '../row.js';
import { add, compute, invalidValue, remove } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub, type TaskEntry } from './define.js';
import { provenance } from './provenance.js';

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

const textOfLanguage =
  (language: Language) =>
  ({ translation }: Row): string => {
    const text = isStruct(translation) ? translation[language] : undefined;
    if (typeof text === 'string') return text;
    throw invalidValue('translation', translation, `a text in ${LANGUAGES[language]} (${language})`);
  };

const translation = <First extends Language, Second extends Language>(first: First, second: Second) =>
  ({
    columns: { translation: { [first]: 'text', [second]: 'text' } as Readonly<Record<First | Second, 'text'>> },
    // The pair in alphabetical order of its codes, which is the order the reference sees (Q14).
    normalise: [
      compute({
        lang1: (): string => LANGUAGES[first],
        lang2: (): string => LANGUAGES[second],
        sent1: textOfLanguage(first),
        sent2: textOfLanguage(second),
      }),
      remove('translation'),
      add({ label: '' }),
    ],
    // Which sentence is the answer depends on the chosen template.
    prompt: { options: null, label: textOf('sent2'), target: { fallback: 'sent2' } },
    quirks: ['Q14', 'Q31'],
  }) as const;

const paraCrawl = (config: string, first: Language, second: Language) =>
  ({
    ...translation(first, second),
    source: hub('para_crawl', config),
    provenance: provenance('para_crawl'),
    splits: { train: 'train', test: 'train', stored: { validation: 'train', test: 'train' } },
    templateKey: 'para_crawl',
  }) as const satisfies TaskEntry;

const wmt16 = (config: string, first: Language, second: Language) =>
  ({
    ...translation(first, second),
    source: hub('wmt/wmt16', config),
    provenance: provenance('wmt16'),
    templateKey: 'wmt16',
    metric: 'bleu',
  }) as const satisfies TaskEntry;

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
