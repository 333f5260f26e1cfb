import type { Licence } from './data/licences.js';
import type { Paper } from './data/papers.js';
import { TASKS } from './data/tasks.js';
import { isCommit } from './hub/cache-layout.js';
import type { ColumnType } from './row-types.js';
import type { Said } from './saying.js';
import { type SourceToday, sourceToday } from './sources/task-source.js';
import { TASK_CLUSTERS, type TaskSpec } from './task-spec.js';
import { promptSpec } from './view-row.js';

/** One task in words, as `flanlab tasks show` prints it and the page of all tasks lists it. */
export interface TaskDescription {
  readonly name: string;
  /** False for a task of the user's own. */
  readonly inTable: boolean;
  readonly group: string;
  readonly cluster: string | null;
  readonly category: string | null;
  readonly metric: string;
  /** What the reference read. */
  readonly publishedAs: string;
  /** Null for a task of the user's own that does not say. */
  readonly paper: Paper | null;
  /** The collection whose form of the data set is read. */
  readonly collection: Paper | null;
  readonly licence: Licence | null;
  readonly today: SourceToday;
  readonly trainSplit: string;
  readonly testSplit: string;
  readonly compatTestSplit: string;
  readonly columns: readonly string[];
  /** What the columns hold, in words; empty for a task that does not say. */
  readonly columnTypes: Readonly<Record<string, string>>;
  /** Which rows are kept, in words; null for all. */
  readonly keeps: string | null;
  /** The steps of normalisation, in order and in words. */
  readonly normalise: readonly string[];
  /** How fields are shown, where not as they are. */
  readonly rewrites: Readonly<Record<string, string>>;
  /** The options where they are the same for each row; `by row`, or `none`. */
  readonly options: readonly string[] | 'by row' | 'none';
  /** Where the options of a row come from, in words; null where all rows have the same or none. */
  readonly optionsFrom: string | null;
  /** What the answer is, in words. */
  readonly answer: string;
  readonly templates: string | null;
  readonly evaluated: boolean;
  readonly alwaysHeldOut: boolean;
  readonly quirks: readonly string[];
}

/** Says what the table knows about a task. */
export function describeTask(task: TaskSpec): TaskDescription {
  const {
    name,
    group,
    cluster,
    category,
    metric,
    splits,
    columns,
    columnTypes,
    provenance,
    templateKey,
    templates,
    evaluated,
    alwaysHeldOut,
    quirks,
  } = task;
  const { options, label, target, rewrites } = promptSpec(task, { compat: false });
  return {
    name,
    inTable: Object.hasOwn(TASKS, name),
    group,
    cluster,
    category,
    metric,
    publishedAs: publishedAs(task),
    paper: provenance?.paper ?? null,
    collection: provenance?.collection ?? null,
    licence: provenance?.licence ?? null,
    today: sourceToday(task),
    trainSplit: splits.train,
    testSplit: splits.test,
    compatTestSplit: splits.compatTest ?? splits.test,
    columns,
    columnTypes: Object.fromEntries(Object.entries(columnTypes ?? {}).map(([name, type]) => [name, typeText(type)])),
    keeps: task.filter === undefined ? null : inWords(task.filter),
    normalise: task.normalise.map(inWords),
    rewrites: Object.fromEntries(Object.entries(rewrites ?? {}).map(([field, rule]) => [field, inWords(rule)])),
    options: options === null ? 'none' : (options.values ?? 'by row'),
    optionsFrom: options === null || options.values ? null : inWords(options),
    answer: target ? `the field that the template's target names, or ${target.fallback}` : inWords(label),
    templates: templates === undefined ? templateKey : 'of its own',
    evaluated,
    alwaysHeldOut,
    quirks,
  };
}

/** What a rule says it does. */
const inWords = ({ says }: Said): string => says ?? 'by a rule of its own';

/** A type as the table spells it: `[text]` for a list of texts. */
function typeText(type: ColumnType): string {
  if (typeof type === 'string') return type;
  if (isListType(type)) return `[${typeText(type[0])}]`;
  return `{ ${Object.entries(type)
    .map(([field, of]) => `${field}: ${typeText(of)}`)
    .join(', ')} }`;
}

const isListType = (type: ColumnType): type is readonly [ColumnType] => Array.isArray(type);

function publishedAs({ source }: TaskSpec): string {
  if (source.kind === 'hub') return source.config === undefined ? source.path : `${source.path} (${source.config})`;
  return source.kind === 'manual' ? source.file : source.folder;
}

/** Where rows are today, in one line. */
export function sourceLine(today: SourceToday): string {
  if (today.kind === 'manual') return `by hand: ${today.page}`;
  if (today.kind === 'folder') return today.folder;
  return `${today.repo} @ ${isCommit(today.revision) ? today.revision.slice(0, 8) : `${today.revision} (branch)`}`;
}

/** The page docs/tasks.md: every task, by cluster. */
export function tasksPage(tasks: readonly TaskSpec[] = Object.values(TASKS)): string {
  const clusters = [...TASK_CLUSTERS, null].map((cluster) => {
    const rows = tasks.filter((task) => task.cluster === cluster).map(describeTask);
    if (rows.length === 0) return '';
    const lines = rows.map((row) => `| ${cellsOf(row).map(escaped).join(' | ')} |`);
    return `## ${cluster ?? 'in no cluster'}\n\n${HEAD}\n${lines.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${clusters.filter(Boolean).join('\n')}`;
}

const HEAD =
  '| task | paper | licence | rows today | train / test split | columns read | normalisation | options | answer | metric | quirks |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |';

const INTRODUCTION = `# Tasks

<!-- Made by packages/flan-datasets/scripts/make-tasks-page.mjs from the table; a test compares. -->

Every task of the study: its paper, its licence, where its rows are today, which splits serve for training and testing, the
published columns that are read, how they are normalised, the options, the answer, and the metric. A licence is what the page behind it states, read in November 2026, be it the
publisher's or what the Data Provenance Initiative recorded of it; *unknown* links to where no statement was found, and a star says
that \`flanlab tasks show NAME\` adds a note. It covers the data set, not every copy of it. A test split in brackets is the reference's choice, taken with \`--compat\`. *H* marks tasks that no mixture contains; quirks
are numbered as in the study's description of its reference. \`flanlab tasks show NAME\` says more; [own-tasks.md](own-tasks.md) says
how to add yours.
`;

function cellsOf(row: TaskDescription): readonly string[] {
  const test = row.testSplit === row.compatTestSplit ? row.testSplit : `${row.testSplit} (${row.compatTestSplit})`;
  return [
    `\`${row.name}\`${row.alwaysHeldOut ? ' *H*' : ''}`,
    [row.paper, row.collection].flatMap((paper) => (paper === null ? [] : [paperCell(paper)])).join(', in '),
    row.licence === null
      ? ''
      : `[${row.licence.id}](${row.licence.source})${row.licence.note === undefined ? '' : ' *'}`,
    sourceLine(row.today),
    `${row.trainSplit} / ${test}`,
    row.columns.join(', '),
    [...(row.keeps === null ? [] : [`rows ${row.keeps}`]), ...row.normalise].join('; '),
    optionsText(row),
    row.answer,
    row.metric,
    row.quirks.join(', '),
  ];
}

/** The options of a task in words. */
export function optionsText({ options, optionsFrom }: TaskDescription): string {
  return typeof options === 'string' ? (optionsFrom ?? options) : options.join('; ');
}

const paperCell = ({ authors, year, link }: Paper): string => `[${authors} ${year}](${link})`;

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');
