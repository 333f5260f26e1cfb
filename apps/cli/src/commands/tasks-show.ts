import {
  describeTask,
  findTaskIn,
  optionsText,
  type Paper,
  sourceLine,
  type TaskDescription,
} from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';
import { formatTable } from '../terminal/format.js';

export const tasksShowCommand = defineCommand({
  name: 'tasks show',
  describe: 'Say what is known about one task: paper, licence, source, splits, normalisation, options, metric',
  options: {
    task: { type: 'string', describe: 'Name of the task', positional: true, required: true },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
  },
  examples: [
    { args: 'tasks show rte', describe: 'One task in words' },
    { args: 'tasks show newsroom --json', describe: 'With what to download by hand, as JSON' },
  ],
  async run({ task, 'task-file': file }) {
    const description = describeTask(await findTaskIn(task, file));
    return { data: description, text: formatTable(linesOf(description)) };
  },
});

const typed = (name: string, type: string | undefined): string => (type === undefined ? name : `${name}: ${type}`);

function paperLine({ authors, year, title, venue, link }: Paper): string {
  return `${authors} ${year}, ${title} (${venue}), ${link}`;
}

function linesOf(task: TaskDescription): readonly (readonly [string, string])[] {
  const { today, rewrites, paper, collection, licence, quirks } = task;
  const lines: [string, string][] = [
    ['task', task.name],
    ['cluster', `${task.cluster ?? 'none'}${task.category === null ? '' : `, ${task.category}`}`],
  ];
  if (!task.inTable && today.kind === 'manual')
    lines.push(['rows at', `${task.publishedAs}, below the folder that --from or --data names`]);
  else
    lines.push([task.inTable ? 'in the study' : 'published as', task.publishedAs], ['rows today', sourceLine(today)]);
  if (paper !== null) lines.push(['paper', paperLine(paper)]);
  if (collection !== null) lines.push(['in', paperLine(collection)]);
  if (licence !== null) {
    lines.push(['licence', licence.note === undefined ? licence.id : `${licence.id}: ${licence.note}`]);
    lines.push([licence.id === 'unknown' ? 'looked for at' : 'stated at', licence.source]);
  }
  if (today.kind === 'hub' && today.differs !== undefined) lines.push(['differs', today.differs]);
  if (today.kind === 'manual' && task.inTable) lines.push(['how', today.how], ['put at', today.files.join(', or ')]);
  lines.push(
    ['trained on', task.trainSplit],
    [
      'tested on',
      task.testSplit + (task.compatTestSplit === task.testSplit ? '' : ` (${task.compatTestSplit} with --compat)`),
    ],
    ['columns', task.columns.map((name) => typed(name, task.columnTypes[name])).join(', ')],
    ['rows kept', task.keeps === null ? 'all' : `those ${task.keeps}`],
    ['normalised', task.normalise.join('; ') || 'not at all'],
    ...Object.entries(rewrites).map(([field, how]): [string, string] => ['shown', `${field}: ${how}`]),
    ['options', optionsText(task)],
    ['answer', task.answer],
    ['templates', task.templates ?? 'none'],
    ['metric', `${task.metric}${task.evaluated ? '' : ' (in no test list)'}`],
    ['mixtures', task.alwaysHeldOut ? 'always held out' : task.cluster === null ? 'in none' : 'mixed'],
  );
  if (quirks.length > 0) lines.push(['quirks', quirks.join(', ')]);
  return lines;
}
