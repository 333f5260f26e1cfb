import type { DataSetName } from './papers.js';

/** The SPDX identifiers that occur, and what is said where none applies. */
export const LICENCE_IDS = [
  ...['AFL-3.0', 'Apache-2.0', 'BSD-2-Clause', 'CC-BY-4.0', 'CC-BY-NC-4.0', 'CC-BY-NC-ND-4.0', 'CC-BY-NC-SA-4.0'],
  ...['CC-BY-SA-3.0', 'CC-BY-SA-4.0', 'CC0-1.0', 'MIT'],
  /** Terms of its own: the note sums them up. */
  'custom',
  /** Terms that allow research and nothing else, or nothing commercial. */
  'research-only',
  /** No statement of whoever publishes it was found. */
  'unknown',
] as const;

/** On what terms a data set is given out. No legal advice: read what `source` says. */
export interface Licence {
  /** An SPDX identifier, `custom`, `research-only` or `unknown`. */
  readonly id: string;
  /** What it covers, or who says otherwise. */
  readonly note?: string;
  /** Where the statement was read, or, of an unknown one, was looked for. */
  readonly source: string;
}

type KnownLicence = Licence & { readonly id: (typeof LICENCE_IDS)[number] };

const COMMIT = 'd7dfbc83d68e87ba002c5eb2555f7a932e59038a';
/** The card that the hub's data set had in the repository of Python's `datasets`, the last one there. */
const card = (name: string): string =>
  `https://github.com/huggingface/datasets/blob/${COMMIT}/datasets/${name}/README.md`;

/** What the Data Provenance Initiative found out about the data sets of FLAN, by people who read the publishers' pages. */
const INITIATIVE =
  'https://github.com/Data-Provenance-Initiative/Data-Provenance-Collection/blob/ce6662deccf011574427b6f112df479d261960b8/data_summaries/Flan%20Collection%20%28Flan%202021%29.json';

const WINOGRAD_PAGE = 'https://cs.nyu.edu/davise/papers/WinogradSchemas/WS.html';
const github = (path: string): string => `https://github.com/${path}`;

/** The licence of each data set, as stated where `source` points; read in November 2026. */
export const LICENCES = {
  anli: { id: 'CC-BY-NC-4.0', source: github('facebookresearch/anli/blob/main/LICENSE') },
  rte: { id: 'research-only', note: 'The forms of the TAC data: research, not commerce.', source: INITIATIVE },
  snli: { id: 'CC-BY-SA-4.0', note: 'The head of the same card says CC BY 4.0.', source: card('snli') },
  cb: { id: 'unknown', note: 'SuperGLUE states none for its parts.', source: card('super_glue') },
  mnli: {
    id: 'custom',
    note: "Mostly the OANC's licence (use, change and share freely); fiction under CC BY 3.0, CC BY-SA 3.0 and others.",
    source: card('multi_nli'),
  },
  winograd: { id: 'CC-BY-4.0', note: 'Of the collection of schemas.', source: WINOGRAD_PAGE },
  squad: { id: 'CC-BY-SA-4.0', note: 'An older card of the hub says CC BY 4.0.', source: INITIATIVE },
  copa: { id: 'BSD-2-Clause', source: INITIATIVE },
  hellaswag: { id: 'MIT', source: github('rowanz/hellaswag/blob/master/LICENSE') },
  piqa: { id: 'AFL-3.0', note: 'The card of the hub says unknown.', source: INITIATIVE },
  story_cloze: {
    id: 'unknown',
    note: 'Given out by form, "free to everyone"; no licence is named.',
    source: 'https://cs.rochester.edu/nlp/rocstories/',
  },
  imdb: {
    id: 'unknown',
    note: 'The authors ask for a citation; the card of the hub says "other" and no more.',
    source: card('imdb'),
  },
  sentiment140: { id: 'unknown', source: card('sentiment140') },
  sst: { id: 'unknown', note: 'The Data Provenance Initiative records CC0 1.0.', source: card('sst2') },
  yelp_polarity: { id: 'custom', note: "Yelp's Dataset User Agreement.", source: INITIATIVE },
  mrpc: { id: 'unknown', note: 'GLUE states none for its parts.', source: INITIATIVE },
  qqp: { id: 'custom', note: "Quora's terms of service, which rule out commerce.", source: INITIATIVE },
  paws: {
    id: 'custom',
    note: 'Free for any purpose, naming Google is appreciated, without warranty.',
    source: github('google-research-datasets/paws/blob/master/LICENSE'),
  },
  stsb: { id: 'unknown', note: 'GLUE states none for its parts.', source: INITIATIVE },
  arc: { id: 'CC-BY-SA-4.0', source: card('ai2_arc') },
  trivia_qa: {
    id: 'Apache-2.0',
    note: 'For code and data; the authors do not own the questions and documents.',
    source: github('mandarjoshi90/triviaqa'),
  },
  boolq: { id: 'CC-BY-SA-3.0', source: github('google-research-datasets/boolean-questions') },
  drop: { id: 'CC-BY-SA-4.0', note: 'The Data Provenance Initiative records CC BY 4.0.', source: card('drop') },
  multirc: {
    id: 'research-only',
    note: 'Research and Academic Use License of the University of Illinois.',
    source: github('CogComp/multirc/blob/master/LICENSE'),
  },
  openbookqa: {
    id: 'Apache-2.0',
    note: "Of the authors' repository; the card of the hub says unknown.",
    source: github('allenai/OpenBookQA/blob/main/LICENSE'),
  },
  squad_v2: { id: 'CC-BY-SA-4.0', source: card('squad_v2') },
  cosmos_qa: { id: 'CC-BY-4.0', note: 'By a mail of one of the authors.', source: card('cosmos_qa') },
  record: {
    id: 'custom',
    note: 'CNN: Apache 2.0. Daily Mail: the terms of the Internet Archive, for research and scholarship only.',
    source: INITIATIVE,
  },
  dpr: { id: 'unknown', source: 'https://huggingface.co/datasets/coref-data/dpr_raw' },
  winogrande: {
    id: 'CC-BY-4.0',
    note: 'The authors say CC-BY without a version; 4.0 by the Data Provenance Initiative.',
    source: github('allenai/winogrande#license'),
  },
  coqa: {
    id: 'custom',
    note: 'By domain: CC BY-SA 4.0 (literature, Wikipedia), MSR-LA (stories), Apache 2.0 (news), the terms of RACE (exams: research only).',
    source: card('coqa'),
  },
  quac: { id: 'CC-BY-SA-4.0', note: 'The card of the hub says MIT.', source: 'https://quac.ai' },
  trec: { id: 'unknown', source: card('trec') },
  cola: { id: 'unknown', note: 'Sentences from publications, under fair use.', source: INITIATIVE },
  wic: { id: 'CC-BY-NC-4.0', source: INITIATIVE },
  math_dataset: {
    id: 'Apache-2.0',
    note: 'Of the repository that makes the questions.',
    source: github('google-deepmind/mathematics_dataset/blob/master/LICENSE'),
  },
  fix_punctuation: { id: 'unknown', source: 'https://huggingface.co/datasets/nbroad/fix_punctuation' },
  common_gen: { id: 'MIT', source: github('INK-USC/CommonGen/blob/master/LICENSE') },
  dart: { id: 'MIT', source: github('Yale-LILY/dart/blob/master/LICENSE') },
  e2e_nlg: { id: 'CC-BY-SA-4.0', source: github('tuetschek/e2e-dataset') },
  web_nlg: {
    id: 'CC-BY-NC-SA-4.0',
    note: 'DBpedia, its source: CC BY-SA 3.0 and GFDL 1.1.',
    source: card('web_nlg'),
  },
  para_crawl: { id: 'CC0-1.0', source: card('para_crawl') },
  wmt16: { id: 'unknown', note: 'Made of corpora with terms of their own.', source: card('wmt16') },
  aeslc: { id: 'CC-BY-NC-SA-4.0', source: github('ryanzhumich/AESLC') },
  ag_news: {
    id: 'research-only',
    note: 'For research and any other activity that is not commercial.',
    source: card('ag_news'),
  },
  cnn_dailymail: { id: 'Apache-2.0', note: 'Said of version 1.0.0.', source: card('cnn_dailymail') },
  gigaword: {
    id: 'MIT',
    note: "Of the authors' repository; the articles are of LDC's English Gigaword, which has terms of its own.",
    source: github('harvardnlp/sent-summary/blob/master/LICENSE'),
  },
  newsroom: {
    id: 'research-only',
    note: 'Dataset Usage Agreement: non-commercial research and education.',
    source: card('newsroom'),
  },
  samsum: { id: 'CC-BY-NC-ND-4.0', source: card('samsum') },
  xsum: {
    id: 'unknown',
    note: "The authors' code is MIT; the articles are the BBC's.",
    source: card('xsum'),
  },
  opinion_abstracts: { id: 'unknown', source: INITIATIVE },
  bigbench: { id: 'Apache-2.0', source: github('google/BIG-bench/blob/main/LICENSE') },
  social_iqa: {
    id: 'Apache-2.0',
    note: 'Of the collection it is taken from; the authors of the questions state none on the hub.',
    source: github('google/BIG-bench/blob/main/LICENSE'),
  },
  gsm8k: { id: 'MIT', source: github('openai/grade-school-math/blob/master/LICENSE') },
} as const satisfies Readonly<Record<DataSetName, KnownLicence>>;
