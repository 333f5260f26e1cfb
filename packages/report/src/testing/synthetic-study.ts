import { PythonRandom } from '@flanlab/random';
import type {
  Condition,
  CurvePoint,
  ReportEvaluation,
  ReportRow,
  ReportTraining,
  StudyReport,
} from '../study-report.js';

const CONDITIONS: readonly Condition[] = [
  { id: 'base', label: 'Base', family: 'base', description: 'no examples' },
  { id: 'gold', label: 'Base + gold samples', family: 'in-context', description: 'examples from training data' },
  {
    id: 'samplegen',
    label: 'Base + SampleGen samples',
    family: 'in-context',
    description: 'examples a tuned model wrote',
  },
  { id: 'regular', label: 'Regular, tuned', family: 'tuned', description: 'LoRA, rank 8' },
  { id: 'tuned-samplegen', label: 'SampleGen, tuned', family: 'tuned', description: 'all weights' },
];

const TASKS = [
  { task: 'rte', cluster: 'nli', metric: 'accuracy', options: ['yes', 'no'], ease: 62 },
  { task: 'sst2', cluster: 'sentiment', metric: 'accuracy', options: ['negative', 'positive'], ease: 78 },
  { task: 'bool_q', cluster: 'reading_comp', metric: 'accuracy', options: ['False', 'True'], ease: 55 },
  {
    task: 'copa',
    cluster: 'commonsense',
    metric: 'accuracy',
    options: ['The rain stopped.', 'The sun rose.'],
    ease: 49,
  },
  {
    task: 'ag_news',
    cluster: 'summarization_nlg',
    metric: 'accuracy',
    options: ['World', 'Sports', 'Business'],
    ease: 70,
  },
  { task: 'squad', cluster: 'reading_comp', metric: 'squad: em', options: [], ease: 31 },
  { task: 'common_gen', cluster: 'struct_to_text_nlg', metric: 'rouge: rouge1', options: [], ease: 24 },
] as const;

// What makes a careless page break or run foreign code.
const HOSTILE =
  '</script><script>document.title="broken"</script><img src=x onerror=alert(1)> <!-- & "quotes" \u2028 😀';

function wilson(percent: number, n: number): ReportEvaluation['interval'] {
  const spread = 196 * Math.sqrt(((percent / 100) * (1 - percent / 100)) / n);
  return { low: Math.max(0, percent - spread), high: Math.min(100, percent + spread), level: 0.95, method: 'wilson' };
}

function row(
  random: PythonRandom,
  task: (typeof TASKS)[number],
  condition: Condition,
  index: number,
  odds: number,
): ReportRow {
  const target =
    task.options.length > 0 ? random.choice(task.options) : `the ${random.choice(['red', 'old'])} house by the sea`;
  const right = random.random() * 100 < odds;
  const wrong = task.options.find((option) => option !== target) ?? 'a boat';
  const silent = !right && random.random() < 0.15;
  const answer = silent ? '' : right ? target : index === 3 ? HOSTILE : wrong;
  const tuned = condition.family === 'tuned';
  const lead = tuned ? '\nPremise Solution: The tide was low, so the harbour was empty.\n' : '\n';
  const phrase = tuned ? 'Answer Solution: ' : 'Answer: ';
  const response = silent ? `${lead}I do not know` : `${lead}${phrase}${answer}\nExample 2:`;
  const start = lead.length;
  return {
    prompt: `${condition.family === 'in-context' ? 'Example 1:\nPremise 1: A man sleeps.\nAnswer 1: no\n\nSolution:\n' : ''}Premise Solution: The tide was low, so the harbour was empty (${task.task}, row ${index}).\nHypothesis Solution: Boats were gone.\nOptions Solution: ${task.options.join('; ')}\nAnswer Solution:`,
    response,
    answer,
    target,
    options: task.options,
    region: silent ? null : { start, end: start + phrase.length + answer.length },
    rule: silent ? 'nothing' : tuned ? 'answer-solution-line' : 'answer-phrase',
    why: silent
      ? 'Nothing in the response has the form of an answer, so the answer is empty.'
      : 'The first "Answer Solution:" and the rest of its line, which is where a tuned model was taught to answer. Used as written, without its introduction.',
    score: task.metric === 'rouge: rouge1' ? (right ? 0.62 : 0.2) : right ? 1 : 0,
    finish: silent ? 'length' : 'stop',
    similarOption: task.options.length === 0 ? null : silent ? task.options[0]! : right ? target : wrong,
  };
}

function evaluation(
  random: PythonRandom,
  task: (typeof TASKS)[number],
  condition: Condition,
  n: number,
): ReportEvaluation {
  const shift = { base: -14, 'in-context': -3, tuned: 9 }[condition.family];
  const odds = Math.max(4, task.ease + shift + random.gauss(0, 5));
  const rows = Array.from({ length: n }, (_, index) => row(random, task, condition, index, odds));
  const score = (100 * rows.reduce((sum, { score: own }) => sum + (own ?? 0), 0)) / n;
  const accuracy = Math.min(100, score + 4);
  return {
    id: `${task.task}-${condition.id}-3f9c21d07a5e`,
    task: task.task,
    cluster: task.cluster,
    condition: condition.id,
    metric: task.metric,
    score,
    interval: wilson(score, n),
    higherIsBetter: true,
    values: { [task.metric]: score },
    n,
    bertScore:
      task.options.length === 0
        ? null
        : { accuracy, interval: wilson(accuracy, n), signature: 'encoder-tiny_L2_no-idf_version=flanlab-0.1.0' },
    counts: {
      nothingExtracted: rows.filter(({ rule }) => rule === 'nothing').length,
      emptyPredictions: rows.filter(({ answer }) => answer === '').length,
      reachedLengthLimit: rows.filter(({ finish }) => finish === 'length').length,
      promptsTruncated: 0,
    },
    hash: '3f9c21d07a5e8b1647c0d2f95a3be8841d0c6f27b59ea3147c2d08f6b1e93a5d',
    rows,
  };
}

function training(
  random: PythonRandom,
  id: string,
  label: string,
  steps: number,
  from: number,
  to: number,
): ReportTraining {
  const curve: CurvePoint[] = [];
  for (let step = 1; step <= steps; step++) {
    const loss = to + (from - to) * Math.exp((-4 * step) / steps) + random.gauss(0, 0.09);
    curve.push({ step, loss, learningRate: 1e-3 * (1 - step / steps) });
    if (step % Math.round(steps / 5) === 0)
      curve.push({ step, evalLoss: to + (from - to) * Math.exp((-4 * step) / steps) + 0.08 });
  }
  return {
    id,
    label,
    facts: [
      { label: 'steps', value: steps.toLocaleString('en') },
      { label: 'learning rate', value: '0.001' },
      { label: 'tokens/s', value: '41,200' },
      { label: 'final loss', value: to.toFixed(2) },
    ],
    curve,
  };
}

/** A made-up study in the shape of a real one, hostile responses included; the same numbers every time. */
export function syntheticStudy({ rowsPerTask = 40 } = {}): StudyReport {
  const random = new PythonRandom(7);
  return {
    version: 1,
    title: 'Does tuning add abilities, or uncover them?',
    question:
      'A small base model is asked directly, after in-context examples, and after instruction tuning on two kinds of prompts. If tuning only uncovers what examples can uncover too, tasks keep their order.',
    facts: [
      { label: 'base model', value: 'quickstart-llama, 412k parameters' },
      { label: 'tasks', value: '7' },
      { label: 'seed', value: '42' },
      { label: 'compat', value: 'off' },
      { label: 'flanlab', value: '0.1.0' },
    ],
    hashes: [
      { label: 'config', value: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9' },
      { label: 'mixture', value: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae' },
    ],
    environment: [
      { label: 'Node.js', value: 'v20.20.0' },
      { label: 'ONNX Runtime', value: '1.30.0, cpu' },
      { label: 'machine', value: 'AMD EPYC, 2 cores, 24 GiB' },
    ],
    timings: [
      { stage: 'prompts', seconds: 2.1, cached: false },
      { stage: 'pre-training', seconds: 71.4, cached: false },
      { stage: 'tuning', seconds: 48.9, cached: false },
      { stage: 'tests', seconds: 63.2, cached: false },
      { stage: 'encoder', seconds: 0, cached: true },
    ],
    models: CONDITIONS.filter(({ family }) => family !== 'in-context').map(({ id, label, description = '' }) => ({
      id,
      label,
      facts: [{ label: 'made by', value: description }],
      hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    })),
    trainings: [
      training(random, 'pretraining', 'Pre-training of the base model', 1200, 6.2, 2.4),
      training(random, 'regular', 'Regular Prompt tuning (LoRA)', 300, 3.1, 1.5),
      training(random, 'samplegen', 'SampleGen tuning (all weights)', 300, 2.9, 1.1),
    ],
    conditions: CONDITIONS,
    evaluations: TASKS.flatMap((task) =>
      CONDITIONS.map((condition) => evaluation(random, task, condition, rowsPerTask)),
    ),
    notes: ['The model is tiny and its data are made up: this shows the method, not a finding about language models.'],
  };
}
