import type { HubSource } from '../sources/source-spec.js';

const EXPORT = 'refs/convert/parquet';

/** Rows that the hub itself has converted, whatever form they were published in. */
const exported = (repo: string, more: Partial<HubSource> = {}): HubSource => ({ repo, revision: EXPORT, ...more });

/** Rows that are published as Parquet. */
const published = (repo: string, revision: string, more: Partial<HubSource> = {}): HubSource => ({
  repo,
  revision,
  ...more,
});

/**
 * Where the rows of each data set are today, by the name that the reference asks the hub for. Many of those names moved to an
 * owner, and many were loading scripts, which no tool runs any more. A commit stands where public documents name one that
 * holds Parquet; else the branch, whose commit every manifest records. `docs/datasets.md` says how each was found.
 */
export const HUB_SOURCES = {
  aeslc: published('Yale-LILY/aeslc', '2305f2e63b68056f9b9037a3805c8c196e0d5581'),
  'allenai/ai2_arc': published('allenai/ai2_arc', '210d026faf9955653af8916fad021475a3f00453'),
  'allenai/common_gen': exported('allenai/common_gen'),
  'allenai/openbookqa': published('allenai/openbookqa', '388097ea7776314e93a529163e0fea805b8a6454'),
  anli: published('facebook/anli', '8e4813d81f46d313dac7892e1c28076917cfcdf9', {
    cite: 'https://huggingface.co/datasets/facebook/anli/tree/main/plain_text',
  }),
  cnn_dailymail: published('abisee/cnn_dailymail', '96df5e686bee6baa90b8bee7c28b81fa3fa6223d'),
  'coref-data/davis_wsc_raw': published('coref-data/davis_wsc_raw', 'main', {
    cite: 'https://huggingface.co/datasets/coref-data/davis_wsc_raw/tree/main/wsc273',
  }),
  'coref-data/dpr_raw': published('coref-data/dpr_raw', '1a91ed6a93c9eb1025b2b184d241dd300ec6325d', {
    cite: 'https://huggingface.co/datasets/coref-data/dpr_raw/tree/1a91ed6a93c9eb1025b2b184d241dd300ec6325d/plain_text',
  }),
  cosmos_qa: exported('allenai/cosmos_qa', { differs: 'The export of a loading script.' }),
  dart: published('Yale-LILY/dart', '111059ed9e5176e2f57f9128bc02913d5d31350a', {
    files: '{config}/{split}/*.parquet',
    differs: 'The export of a loading script, at its commit of March 2024.',
    cite: 'https://huggingface.co/datasets/Yale-LILY/dart/tree/refs%2Fconvert%2Fparquet/default/train',
  }),
  e2e_nlg: published('tuetschek/e2e_nlg', '5061e4307d2e553f9b51ccb73998d7039fe6ed90', {
    files: '{config}/{split}/*.parquet',
    differs: 'The export of a loading script, at its commit of January 2024.',
    cite: 'https://huggingface.co/datasets/tuetschek/e2e_nlg/commits/5061e4307d2e553f9b51ccb73998d7039fe6ed90/.gitattributes',
  }),
  gigaword: exported('Harvard/gigaword', { differs: 'The export of a loading script.' }),
  glue: published('nyu-mll/glue', 'a3f3ab759b9d7018046ce361f115ef38276d2e1e', {
    cite: 'https://huggingface.co/datasets/nyu-mll/glue/tree/a3f3ab759b9d7018046ce361f115ef38276d2e1e',
  }),
  'google/boolq': published('google/boolq', '35b264d03638db9f4ce671b711558bf7ff0f80d5'),
  gsm8k: published('openai/gsm8k', '740312add88f781978c0658806c59bc2815b9866'),
  'knkarthick/xsum': exported('knkarthick/xsum', { differs: 'Published as CSV; the export of it.' }),
  'mandarjoshi/trivia_qa': published('mandarjoshi/trivia_qa', '0f7faf33a3908546c6fd5b73a660e0f8ff173c2f'),
  math_dataset: published('deepmind/math_dataset', '458cc37303955a0fc6a661676287c3ee2d85c02c', {
    cite: 'https://huggingface.co/datasets/deepmind/math_dataset/tree/458cc37303955a0fc6a661676287c3ee2d85c02c',
  }),
  'nbroad/fix_punctuation': published('nbroad/fix_punctuation', '78f4ede3592583154565e15dca60087b1207ca5e', {
    files: 'nbroad--fix_punctuation/json-{split}.parquet',
    differs: 'Published as JSON; the export of it, at its commit of April 2023.',
    cite: 'https://huggingface.co/datasets/nbroad/fix_punctuation/tree/78f4ede3592583154565e15dca60087b1207ca5e/nbroad--fix_punctuation',
  }),
  paws: published('google-research-datasets/paws', '161ece9501cf0a11f3e48bd356eaa82de46d6a09'),
  piqa: published('baber/piqa', '142f6d7367fd9877f0fb3b5734ea6a545f54cdd1', {
    differs: 'A copy in Parquet of ybisk/piqa, which is a loading script.',
    cite: 'https://github.com/EleutherAI/lm-evaluation-harness/pull/2790',
  }),
  quac: exported('allenai/quac', { differs: 'The export of a loading script.' }),
  'rajpurkar/squad': published('rajpurkar/squad', '7b6d24c440a36b6815f21b70d25016731768db1f'),
  'rajpurkar/squad_v2': published('rajpurkar/squad_v2', '3ffb306f725f7d2ce8394bc1873b24868140c412'),
  'Rowan/hellaswag': published('Rowan/hellaswag', '218ec52e09a7e7462a5400043bb9a69a41d06b76'),
  samsum: exported('knkarthick/samsum', {
    differs: 'Samsung/samsum is gone from the hub; a copy published as CSV, and the export of it.',
    cite: 'https://github.com/huggingface/datasets/issues/7573',
  }),
  sentiment140: published('stanfordnlp/sentiment140', 'refs/pr/6', {
    differs: 'The main branch is a loading script; the pull request that converts it to Parquet is open.',
    cite: 'https://huggingface.co/datasets/stanfordnlp/sentiment140/discussions/6/files',
  }),
  'sh0416/ag_news': exported('sh0416/ag_news', { differs: 'Published as JSON Lines; the export of it.' }),
  snli: published('stanfordnlp/snli', 'cdb5c3d5eed6ead6e5a341c8e56e669bb666725b'),
  'stanfordnlp/coqa': published('stanfordnlp/coqa', '7315a186f45afbcc3268c99aabd468b3d6dab466', {
    differs: 'The commit of the pull request that converted it to Parquet.',
    cite: 'https://huggingface.co/datasets/stanfordnlp/coqa/commit/7315a186f45afbcc3268c99aabd468b3d6dab466',
  }),
  'stanfordnlp/imdb': published('stanfordnlp/imdb', 'e6281661ce1c48d982bc483cf8a173c1bbeb5d31'),
  'stanfordnlp/sst2': published('stanfordnlp/sst2', '8d51e7e4887a4caaa95b3fbebbf53c0490b58bbb', {
    cite: 'https://huggingface.co/datasets/stanfordnlp/sst2/tree/main/data',
  }),
  super_glue: published('aps/super_glue', '3de24cf8022e94f4ee4b9d55a6f539891524d646', {
    cite: 'https://huggingface.co/datasets/super_glue/tree/main',
  }),
  'tasksource/bigbench': published('tasksource/bigbench', 'main', {
    differs: 'Uploaded anew as Parquet after the study; order and wording of rows were not compared.',
    cite: 'https://huggingface.co/datasets/tasksource/bigbench/tree/main/figure_of_speech_detection',
  }),
  trec: published('CogComp/trec', '65752bf53af25bc935a0dce92fb5b6c930728450', {
    files: '{config}/{split}/*.parquet',
    differs: 'The export of a loading script.',
    cite: 'https://huggingface.co/datasets/CogComp/trec/tree/65752bf53af25bc935a0dce92fb5b6c930728450',
  }),
  'ucinlp/drop': published('ucinlp/drop', '7603457cd312ceff80595685a9f0d4a4d369a3d4', {
    cite: 'https://huggingface.co/datasets/ucinlp/drop/tree/7603457cd312ceff80595685a9f0d4a4d369a3d4',
  }),
  web_nlg: exported('webnlg-challenge/web_nlg', { differs: 'The export of a loading script.' }),
  winogrande: published('allenai/winogrande', '01e74176c63542e6b0bcb004dcdea22d94fb67b5'),
  'wmt/wmt16': published('wmt/wmt16', '41d8a4013aa1489f28fea60ec0932af246086482', {
    cite: 'https://huggingface.co/datasets/wmt/wmt16/tree/main/de-en',
  }),
  yelp_polarity: published('fancyzhx/yelp_polarity', 'bbf1c97a1f0cf005e5aded43839fd814654a1557', {
    cite: 'https://huggingface.co/datasets/fancyzhx/yelp_polarity/tree/main/plain_text',
  }),
} as const satisfies Readonly<Record<string, HubSource>>;
