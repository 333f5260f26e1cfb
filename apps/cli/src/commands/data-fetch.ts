import { EXIT_CODES } from '@flanlab/errors';
import { writeJson } from '@flanlab/files';
import {
  type FetchResult,
  type FetchTasksEvent,
  fetchTasks,
  findTask,
  type SourceToday,
  sourceToday,
  splitFor,
  storedSplit,
  TASK_NAMES,
  type TaskSpec,
} from '@flanlab/flan-datasets';
import { type CommandContext, type CommandOutput, defineCommand } from '../command.js';
import { CliError } from '../errors.js';
import { formatBytes, formatTable } from '../terminal/format.js';

interface Wanted {
  readonly task: TaskSpec;
  readonly split: string;
}

export const dataFetchCommand = defineCommand({
  name: 'data fetch',
  describe: 'Fetch the rows of tasks from the hub into its cache, and say what has to be downloaded by hand',
  options: {
    tasks: { type: 'string', describe: 'Names of tasks, comma-separated', positional: true, list: true },
    all: { type: 'boolean', describe: 'Every task', default: false },
    split: { type: 'string', describe: 'Splits; those a task trains and tests on when left out', list: true },
    limit: { type: 'number', describe: 'Published rows of each split; 100,000 when left out, as in the study' },
    whole: { type: 'boolean', describe: 'All rows of each split', default: false },
    revision: { type: 'string', describe: 'Another commit, branch or tag of the data set; for one task' },
    offline: { type: 'boolean', describe: 'Only look what is in the cache (HF_HUB_OFFLINE)', default: false },
    endpoint: { type: 'string', describe: 'Address of the hub (HF_ENDPOINT)' },
    cache: { type: 'string', describe: 'Folder of the cache (HF_HUB_CACHE)' },
    manual: { type: 'string', describe: 'Folder of what was downloaded by hand', default: 'data/manual_downloads' },
    out: { type: 'string', describe: 'Also write the published rows to <out>/<task>/<split>.jsonl' },
    'allow-partial': { type: 'boolean', describe: 'Take exports that are not complete', default: false },
    compat: { type: 'boolean', describe: 'Test splits as the published study chose them', default: false },
    manifest: { type: 'string', describe: 'Write what was fetched, with commits and hashes, to this JSON file' },
    'dry-run': { type: 'boolean', describe: 'Only say where the rows would come from', default: false },
  },
  examples: [
    {
      args: 'data fetch rte,gsm8k --dry-run',
      describe: 'Where two tasks come from; leave --dry-run out to fetch them',
    },
    { args: 'data fetch --all --dry-run --json', describe: 'The sources of every task, as JSON' },
  ],
  async run(args, context) {
    const wanted = wantedSplits(args);
    if (args['dry-run']) return describeSources(wanted);
    const results: FetchResult[] = [];
    const { limit, whole, offline, endpoint, cache, revision, manual } = args;
    const events = fetchTasks(wanted, {
      hub: { env: context.env, endpoint, cacheDir: cache, ...(offline && { offline }) },
      limit: whole ? null : limit,
      revision,
      manualFolder: manual,
      outFolder: args.out,
      allowPartial: args['allow-partial'],
      signal: context.signal,
    });
    const show = progressOf(context);
    for await (const event of events) {
      show(event);
      if (event.kind === 'result') results.push(event.result);
    }
    if (args.manifest !== undefined) await writeJson(args.manifest, results);
    return summary(results);
  },
});

function wantedSplits({
  tasks,
  all,
  split,
  compat,
  revision,
}: {
  readonly tasks: readonly string[] | undefined;
  readonly all: boolean;
  readonly split: readonly string[] | undefined;
  readonly compat: boolean;
  readonly revision: string | undefined;
}): readonly Wanted[] {
  const names = all ? TASK_NAMES : (tasks ?? []);
  if (names.length === 0)
    throw usage('No task was named.', 'Neither a name nor --all was given.', 'Name tasks, or give --all.');
  if (revision !== undefined && names.length > 1)
    throw usage('--revision goes with one task.', `${names.length} were named.`, 'Fetch the others without it.');
  return names
    .map((name) => findTask(name))
    .flatMap((task) => {
      const splits = split ?? [splitFor(task, 'train', { compat }), splitFor(task, 'test', { compat })];
      // Some tasks train and test on one stored split.
      return [...new Set(splits.map((name) => storedSplit(task, name)))].map((name) => ({ task, split: name }));
    });
}

const usage = (what: string, why: string, fix: string): CliError =>
  new CliError('CLI_USAGE', { what, why, fix }, { kind: 'usage' });

function describeSources(wanted: readonly Wanted[]): CommandOutput {
  const rows = wanted.map(({ task, split }) => ({ task: task.name, split, ...sourceToday(task) }));
  const text = formatTable([
    ['task', 'split', 'from', 'note'],
    ...rows.map((row) => [row.task, row.split, placeOf(row), noteOf(row)]),
  ]);
  return { data: rows, text };
}

function placeOf(today: SourceToday): string {
  if (today.kind === 'hub') return `${today.repo}${today.config === undefined ? '' : ` (${today.config})`}`;
  return today.kind === 'manual' ? today.page : 'the repository of the study';
}

function noteOf(today: SourceToday): string {
  if (today.kind === 'hub') return today.differs ?? `at ${today.revision}`;
  return today.kind === 'manual' ? 'by hand' : today.folder;
}

/** One bar for each split: rows towards the cut, with the bytes that came. */
function progressOf({ progress, log }: CommandContext): (event: FetchTasksEvent) => void {
  let title = '';
  let bytes = 0;
  let total = 0;
  let rows = 0;
  const update = (): void =>
    progress.update({ title, done: bytes, total: Math.max(total, bytes), unit: 'bytes', detail: `${rows} rows` });
  return (event) => {
    if (event.kind === 'split') {
      [title, bytes, total, rows] = [`[${event.number}/${event.of}] ${event.task} ${event.split}`, 0, 0, 0];
      progress.line(title);
    } else if (event.kind === 'file') {
      // Of a file that is read in parts, nobody knows beforehand how much is needed.
      total += event.access === 'ranges' ? 0 : event.size;
    } else if (event.kind === 'bytes') {
      bytes += event.bytes;
      update();
    } else if (event.kind === 'rows') {
      rows = event.total;
      update();
    } else if (event.kind === 'warning') {
      progress.line(`  warning: ${event.text}`);
      log({ warning: event.text }, 'warning');
    } else if (event.kind === 'retry' && event.waitMs > 0) {
      progress.line(`  ${event.why}; trying again in ${Math.ceil(event.waitMs / 1000)} s (attempt ${event.attempt})`);
    } else if (event.kind === 'result') {
      progress.end();
    }
  };
}

function summary(results: readonly FetchResult[]): CommandOutput {
  const table = formatTable([
    ['task', 'split', 'status', 'rows', 'fetched', 'from'],
    ...results.map(({ task, split, status, rows, bytes, from }) => [
      task,
      split,
      status,
      String(rows),
      formatBytes(bytes),
      from,
    ]),
  ]);
  const missing = results.filter(({ error }) => error !== null);
  const fixes = missing.map(({ task, split, error }) =>
    [`${task} ${split}: ${error?.code}`, `  ${error?.what}`, `  why: ${error?.why}`, `  fix: ${error?.fix}`].join('\n'),
  );
  const text = [table, ...(fixes.length === 0 ? [] : ['', ...fixes])].join('\n');
  const exitCode = missing.length === 0 ? 0 : EXIT_CODES.environment;
  return { data: results, text, exitCode };
}
