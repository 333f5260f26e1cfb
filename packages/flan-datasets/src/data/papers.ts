/** Who made a data set, and where that is written: an arXiv or ACL Anthology number, or a page. */
export interface Paper {
  readonly authors: string;
  readonly link: string;
}

const arxiv = (authors: string, number: string): Paper => ({ authors, link: `https://arxiv.org/abs/${number}` });
const acl = (authors: string, number: string): Paper => ({ authors, link: `https://aclanthology.org/${number}` });

/**
 * By the name that the reference asks the hub for; by task for those that lie elsewhere. Collections (GLUE, SuperGLUE, BIG-bench)
 * cite the papers of their parts. Licences change with the copy: they stand on the page that a task's rows come from.
 */
export const PAPERS = {
  anli: arxiv('Nie et al. 2020', '1910.14599'),
  glue: arxiv('Wang et al. 2019', '1804.07461'),
  snli: arxiv('Bowman et al. 2015', '1508.05326'),
  super_glue: arxiv('Wang et al. 2019', '1905.00537'),
  'Rowan/hellaswag': arxiv('Zellers et al. 2019', '1905.07830'),
  piqa: arxiv('Bisk et al. 2020', '1911.11641'),
  story_cloze: arxiv('Mostafazadeh et al. 2016', '1604.01696'),
  'stanfordnlp/imdb': acl('Maas et al. 2011', 'P11-1015'),
  sentiment140: { authors: 'Go et al. 2009', link: 'http://help.sentiment140.com' },
  'stanfordnlp/sst2': acl('Socher et al. 2013', 'D13-1170'),
  yelp_polarity: arxiv('Zhang et al. 2015', '1509.01626'),
  paws: arxiv('Zhang et al. 2019', '1904.01130'),
  'allenai/ai2_arc': arxiv('Clark et al. 2018', '1803.05457'),
  'mandarjoshi/trivia_qa': arxiv('Joshi et al. 2017', '1705.03551'),
  'google/boolq': arxiv('Clark et al. 2019', '1905.10044'),
  'ucinlp/drop': arxiv('Dua et al. 2019', '1903.00161'),
  'allenai/openbookqa': arxiv('Mihaylov et al. 2018', '1809.02789'),
  'rajpurkar/squad': arxiv('Rajpurkar et al. 2016', '1606.05250'),
  'rajpurkar/squad_v2': arxiv('Rajpurkar et al. 2018', '1806.03822'),
  cosmos_qa: arxiv('Huang et al. 2019', '1909.00277'),
  'coref-data/dpr_raw': acl('Rahman and Ng 2012', 'D12-1071'),
  winogrande: arxiv('Sakaguchi et al. 2020', '1907.10641'),
  'coref-data/davis_wsc_raw': {
    authors: 'Levesque et al. 2012',
    link: 'https://cs.nyu.edu/~davise/papers/WinogradSchemas/WS.html',
  },
  'stanfordnlp/coqa': arxiv('Reddy et al. 2019', '1808.07042'),
  quac: arxiv('Choi et al. 2018', '1808.07036'),
  trec: acl('Li and Roth 2002', 'C02-1150'),
  math_dataset: arxiv('Saxton et al. 2019', '1904.01557'),
  'nbroad/fix_punctuation': { authors: 'no paper', link: 'https://huggingface.co/datasets/nbroad/fix_punctuation' },
  'allenai/common_gen': arxiv('Lin et al. 2020', '1911.03705'),
  dart: arxiv('Nan et al. 2021', '2007.02871'),
  e2e_nlg: arxiv('Novikova et al. 2017', '1706.09254'),
  web_nlg: acl('Gardent et al. 2017', 'P17-1017'),
  para_crawl: acl('Bañón et al. 2020', '2020.acl-main.417'),
  'wmt/wmt16': acl('Bojar et al. 2016', 'W16-2301'),
  aeslc: arxiv('Zhang and Tetreault 2019', '1906.03497'),
  'sh0416/ag_news': arxiv('Zhang et al. 2015', '1509.01626'),
  cnn_dailymail: arxiv('See et al. 2017', '1704.04368'),
  gigaword: arxiv('Rush et al. 2015', '1509.00685'),
  newsroom: arxiv('Grusky et al. 2018', '1804.11283'),
  samsum: arxiv('Gliwa et al. 2019', '1911.12237'),
  'knkarthick/xsum': arxiv('Narayan et al. 2018', '1808.08745'),
  opin_idebate: arxiv('Wang and Ling 2016', '1606.02785'),
  opin_movie: arxiv('Wang and Ling 2016', '1606.02785'),
  'tasksource/bigbench': arxiv('Srivastava et al. 2023', '2206.04615'),
  gsm8k: arxiv('Cobbe et al. 2021', '2110.14168'),
  social_iqa_translated: arxiv('Sap et al. 2019', '1904.09728'),
} as const satisfies Readonly<Record<string, Paper>>;
