/** Who made a data set, and where that is written. */
export interface Paper {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  /** Conference, journal or kind of publication. */
  readonly venue: string;
  readonly link: string;
}

type Citation = readonly [authors: string, year: number, title: string, venue: string];

const paper = ([authors, year, title, venue]: Citation, link: string): Paper => ({ authors, year, title, venue, link });
const arxiv = (number: string, ...citation: Citation): Paper => paper(citation, `https://arxiv.org/abs/${number}`);
const acl = (number: string, ...citation: Citation): Paper => paper(citation, `https://aclanthology.org/${number}`);
const page = (link: string, ...citation: Citation): Paper => paper(citation, link);

/** Collections that publish data sets of others; their parts name both papers. */
export const COLLECTIONS = {
  glue: arxiv(
    '1804.07461',
    'Wang et al.',
    2019,
    'GLUE: A Multi-Task Benchmark and Analysis Platform for Natural Language Understanding',
    'ICLR',
  ),
  super_glue: arxiv(
    '1905.00537',
    'Wang et al.',
    2019,
    'SuperGLUE: A Stickier Benchmark for General-Purpose Language Understanding Systems',
    'NeurIPS',
  ),
  bigbench: arxiv(
    '2206.04615',
    'Srivastava et al.',
    2023,
    'Beyond the Imitation Game: Quantifying and extrapolating the capabilities of language models',
    'TMLR',
  ),
} as const satisfies Readonly<Record<string, Paper>>;

/**
 * The paper of each data set. Title, year and venue as in the citation of the data set's card on the hub, of its authors' repository or
 * of the study's list of downloads.
 */
export const PAPERS = {
  anli: arxiv(
    '1910.14599',
    'Nie et al.',
    2020,
    'Adversarial NLI: A New Benchmark for Natural Language Understanding',
    'ACL',
  ),
  rte: page(
    'https://doi.org/10.1007/11736790_9',
    'Dagan et al.',
    2005,
    'The PASCAL Recognising Textual Entailment Challenge',
    'Machine Learning Challenges Workshop',
  ),
  snli: arxiv(
    '1508.05326',
    'Bowman et al.',
    2015,
    'A large annotated corpus for learning natural language inference',
    'EMNLP',
  ),
  cb: page(
    'https://doi.org/10.18148/sub/2019.v23i2.601',
    'de Marneffe et al.',
    2019,
    'The CommitmentBank: Investigating projection in naturally occurring discourse',
    'Sinn und Bedeutung 23',
  ),
  mnli: arxiv(
    '1704.05426',
    'Williams et al.',
    2018,
    'A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference',
    'NAACL',
  ),
  winograd: page(
    'https://cs.nyu.edu/davise/papers/WinogradSchemas/WS.html',
    'Levesque et al.',
    2012,
    'The Winograd Schema Challenge',
    'KR',
  ),
  squad: arxiv(
    '1606.05250',
    'Rajpurkar et al.',
    2016,
    'SQuAD: 100,000+ Questions for Machine Comprehension of Text',
    'EMNLP',
  ),
  copa: page(
    'https://people.ict.usc.edu/~gordon/copa.html',
    'Roemmele et al.',
    2011,
    'Choice of Plausible Alternatives: An Evaluation of Commonsense Causal Reasoning',
    'AAAI Spring Symposium',
  ),
  hellaswag: arxiv(
    '1905.07830',
    'Zellers et al.',
    2019,
    'HellaSwag: Can a Machine Really Finish Your Sentence?',
    'ACL',
  ),
  piqa: arxiv(
    '1911.11641',
    'Bisk et al.',
    2020,
    'PIQA: Reasoning about Physical Commonsense in Natural Language',
    'AAAI',
  ),
  story_cloze: acl(
    'N16-1098',
    'Mostafazadeh et al.',
    2016,
    'A Corpus and Cloze Evaluation for Deeper Understanding of Commonsense Stories',
    'NAACL',
  ),
  imdb: acl('P11-1015', 'Maas et al.', 2011, 'Learning Word Vectors for Sentiment Analysis', 'ACL'),
  sentiment140: page(
    'https://cs.stanford.edu/people/alecmgo/papers/TwitterDistantSupervision09.pdf',
    'Go et al.',
    2009,
    'Twitter Sentiment Classification using Distant Supervision',
    'CS224N project report, Stanford',
  ),
  sst: acl(
    'D13-1170',
    'Socher et al.',
    2013,
    'Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank',
    'EMNLP',
  ),
  yelp_polarity: arxiv(
    '1509.01626',
    'Zhang et al.',
    2015,
    'Character-level Convolutional Networks for Text Classification',
    'NIPS',
  ),
  mrpc: acl(
    'I05-5002',
    'Dolan and Brockett',
    2005,
    'Automatically Constructing a Corpus of Sentential Paraphrases',
    'IWP',
  ),
  qqp: page(
    'https://data.quora.com/First-Quora-Dataset-Release-Question-Pairs',
    'Iyer et al.',
    2017,
    'First Quora Dataset Release: Question Pairs',
    'no paper: an article of the publisher',
  ),
  paws: arxiv('1904.01130', 'Zhang et al.', 2019, 'PAWS: Paraphrase Adversaries from Word Scrambling', 'NAACL'),
  stsb: arxiv(
    '1708.00055',
    'Cer et al.',
    2017,
    'SemEval-2017 Task 1: Semantic Textual Similarity Multilingual and Crosslingual Focused Evaluation',
    'SemEval',
  ),
  arc: arxiv(
    '1803.05457',
    'Clark et al.',
    2018,
    'Think you have Solved Question Answering? Try ARC, the AI2 Reasoning Challenge',
    'arXiv',
  ),
  trivia_qa: arxiv(
    '1705.03551',
    'Joshi et al.',
    2017,
    'TriviaQA: A Large Scale Distantly Supervised Challenge Dataset for Reading Comprehension',
    'ACL',
  ),
  boolq: arxiv(
    '1905.10044',
    'Clark et al.',
    2019,
    'BoolQ: Exploring the Surprising Difficulty of Natural Yes/No Questions',
    'NAACL',
  ),
  drop: arxiv(
    '1903.00161',
    'Dua et al.',
    2019,
    'DROP: A Reading Comprehension Benchmark Requiring Discrete Reasoning Over Paragraphs',
    'NAACL',
  ),
  multirc: acl(
    'N18-1023',
    'Khashabi et al.',
    2018,
    'Looking Beyond the Surface: A Challenge Set for Reading Comprehension over Multiple Sentences',
    'NAACL',
  ),
  openbookqa: arxiv(
    '1809.02789',
    'Mihaylov et al.',
    2018,
    'Can a Suit of Armor Conduct Electricity? A New Dataset for Open Book Question Answering',
    'EMNLP',
  ),
  squad_v2: arxiv(
    '1806.03822',
    'Rajpurkar et al.',
    2018,
    "Know What You Don't Know: Unanswerable Questions for SQuAD",
    'ACL',
  ),
  cosmos_qa: arxiv(
    '1909.00277',
    'Huang et al.',
    2019,
    'Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning',
    'EMNLP',
  ),
  record: arxiv(
    '1810.12885',
    'Zhang et al.',
    2018,
    'ReCoRD: Bridging the Gap between Human and Machine Commonsense Reading Comprehension',
    'arXiv',
  ),
  dpr: acl(
    'D12-1071',
    'Rahman and Ng',
    2012,
    'Resolving Complex Cases of Definite Pronouns: The Winograd Schema Challenge',
    'EMNLP',
  ),
  winogrande: arxiv(
    '1907.10641',
    'Sakaguchi et al.',
    2020,
    'WinoGrande: An Adversarial Winograd Schema Challenge at Scale',
    'AAAI',
  ),
  coqa: arxiv('1808.07042', 'Reddy et al.', 2019, 'CoQA: A Conversational Question Answering Challenge', 'TACL'),
  quac: arxiv('1808.07036', 'Choi et al.', 2018, 'QuAC: Question Answering in Context', 'EMNLP'),
  trec: acl('C02-1150', 'Li and Roth', 2002, 'Learning Question Classifiers', 'COLING'),
  cola: arxiv('1805.12471', 'Warstadt et al.', 2018, 'Neural Network Acceptability Judgments', 'arXiv'),
  wic: arxiv(
    '1808.09121',
    'Pilehvar and Camacho-Collados',
    2019,
    'WiC: the Word-in-Context Dataset for Evaluating Context-Sensitive Meaning Representations',
    'NAACL',
  ),
  math_dataset: arxiv(
    '1904.01557',
    'Saxton et al.',
    2019,
    'Analysing Mathematical Reasoning Abilities of Neural Models',
    'ICLR',
  ),
  fix_punctuation: page(
    'https://huggingface.co/datasets/nbroad/fix_punctuation',
    'Broad',
    2022,
    'fix_punctuation',
    'no paper: an upload without a card',
  ),
  common_gen: arxiv(
    '1911.03705',
    'Lin et al.',
    2020,
    'CommonGen: A Constrained Text Generation Challenge for Generative Commonsense Reasoning',
    'Findings of EMNLP',
  ),
  dart: arxiv('2007.02871', 'Nan et al.', 2021, 'DART: Open-Domain Structured Data Record to Text Generation', 'NAACL'),
  e2e_nlg: arxiv(
    '1706.09254',
    'Novikova et al.',
    2017,
    'The E2E Dataset: New Challenges For End-to-End Generation',
    'SIGDIAL',
  ),
  web_nlg: acl('P17-1017', 'Gardent et al.', 2017, 'Creating Training Corpora for NLG Micro-Planners', 'ACL'),
  para_crawl: acl(
    '2020.acl-main.417',
    'Bañón et al.',
    2020,
    'ParaCrawl: Web-Scale Acquisition of Parallel Corpora',
    'ACL',
  ),
  wmt16: acl('W16-2301', 'Bojar et al.', 2016, 'Findings of the 2016 Conference on Machine Translation', 'WMT'),
  aeslc: arxiv(
    '1906.03497',
    'Zhang and Tetreault',
    2019,
    'This Email Could Save Your Life: Introducing the Task of Email Subject Line Generation',
    'ACL',
  ),
  ag_news: arxiv(
    '1509.01626',
    'Zhang et al.',
    2015,
    'Character-level Convolutional Networks for Text Classification',
    'NIPS',
  ),
  cnn_dailymail: arxiv(
    '1704.04368',
    'See et al.',
    2017,
    'Get To The Point: Summarization with Pointer-Generator Networks',
    'ACL',
  ),
  gigaword: arxiv(
    '1509.00685',
    'Rush et al.',
    2015,
    'A Neural Attention Model for Abstractive Sentence Summarization',
    'EMNLP',
  ),
  newsroom: arxiv(
    '1804.11283',
    'Grusky et al.',
    2018,
    'Newsroom: A Dataset of 1.3 Million Summaries with Diverse Extractive Strategies',
    'NAACL',
  ),
  samsum: arxiv(
    '1911.12237',
    'Gliwa et al.',
    2019,
    'SAMSum Corpus: A Human-annotated Dialogue Dataset for Abstractive Summarization',
    'Workshop on New Frontiers in Summarization',
  ),
  xsum: arxiv(
    '1808.08745',
    'Narayan et al.',
    2018,
    "Don't Give Me the Details, Just the Summary! Topic-Aware Convolutional Neural Networks for Extreme Summarization",
    'EMNLP',
  ),
  opinion_abstracts: acl(
    'N16-1007',
    'Wang and Ling',
    2016,
    'Neural Network-Based Abstract Generation for Opinions and Arguments',
    'NAACL',
  ),
  bigbench: COLLECTIONS.bigbench,
  social_iqa: arxiv(
    '1904.09728',
    'Sap et al.',
    2019,
    'Social IQa: Commonsense Reasoning about Social Interactions',
    'EMNLP',
  ),
  gsm8k: arxiv('2110.14168', 'Cobbe et al.', 2021, 'Training Verifiers to Solve Math Word Problems', 'arXiv'),
} as const satisfies Readonly<Record<string, Paper>>;

/** A data set whose paper and licence are known. */
export type DataSetName = keyof typeof PAPERS;
