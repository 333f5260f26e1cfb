import type { StoppingStrategy } from './interleave.js';
import type { Leak } from './leakage.js';
import type { NearDuplicate } from './near/near-duplicates.js';

/** What one task contributes. */
export interface TaskShare {
  readonly task: string;
  readonly cluster: string | null;
  /** Prompts there are. */
  readonly available: number;
  /** Prompts used: at most the limit. */
  readonly used: number;
  readonly rate: number;
  /** Rows in the mixture, the validation part included. */
  readonly drawn: number;
  readonly train: number;
  readonly test: number;
  /** Different answers among the prompts used; 1 for a task with options means that nothing can be learned from it. */
  readonly labels: number;
  /** Prompts used, by the id of their instruction template. */
  readonly templates: Readonly<Record<string, number>>;
  /** SHA-256 of the file of prompts, or of the rows given as JSON Lines. */
  readonly sha256: string;
}

/** How a mixture was made, and from what: enough to make it again and to notice when it would come out differently. */
export interface MixtureCard {
  readonly setup: string;
  readonly description: string;
  readonly tasks: readonly TaskShare[];
  /** Rows of the mixture by cluster. */
  readonly clusters: Readonly<Record<string, number>>;
  readonly heldOut: readonly string[];
  /** The files of rows to keep away, where the mixture was made from files. */
  readonly guardFiles?: readonly GuardFile[];
  /** Tasks of the set-up without prompts, left out on request. */
  readonly skipped: readonly string[];
  /** Oddities of the data that one should know of before training. */
  readonly warnings: readonly string[];
  readonly rows: number;
  readonly train: number;
  readonly test: number;
  readonly settings: {
    readonly seed: number;
    readonly splitSeed: number;
    readonly testShare: number;
    readonly cap: number;
    readonly limit: number;
    readonly temperature: number;
    readonly scale: number;
    readonly stoppingStrategy: StoppingStrategy;
    readonly compat: boolean;
  };
  readonly leakage: LeakageReport;
}

/** A file of rows that training must not show. */
export interface GuardFile {
  readonly task: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface LeakageReport {
  /** Examples looked for: the test and held-out rows given. */
  readonly guarded: number;
  /** Prompts of the mixture's tasks that show one of them. */
  readonly found: number;
  /** The first 20 of these. */
  readonly leaks: readonly Leak[];
  readonly removed: boolean;
  readonly near: NearLeakageReport;
  /** Rows cut off as the test part whose example the training part asks or shows too. */
  readonly testRowsInTrain: number;
  /** How many of these were left out of the test part. */
  readonly testRowsRemoved: number;
}

/** Training prompts that share wording with rows to keep away; see `NearDuplicateFinder`. */
export interface NearLeakageReport {
  /** False where nobody looked: no rows were guarded, or the check was switched off. */
  readonly checked: boolean;
  /** N-grams of words looked for: one in `oneIn` of those that the guarded rows have of their own. */
  readonly grams: number;
  readonly oneIn: number;
  /** Guarded rows that have such. */
  readonly guarded: number;
  readonly found: number;
  /** The first 20 of these. */
  readonly rows: readonly NearDuplicate[];
  readonly removed: boolean;
}

/** The card as Markdown, to lie beside the mixture. */
export function formatMixtureCard(card: MixtureCard): string {
  const { settings } = card;
  const lines = [
    `# Mixture ${card.setup}`,
    '',
    `${card.description === '' ? '' : `${card.description}. `}${card.rows} rows: ${card.train} train, ${card.test} test.`,
    '',
    '| task | cluster | available | used | labels | rate | drawn | train | test | sha256 |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...card.tasks.map(
      (share) =>
        `| ${share.task} | ${share.cluster ?? '–'} | ${share.available} | ${share.used} | ${share.labels} | ${share.rate.toFixed(4)} | ${share.drawn} | ${share.train} | ${share.test} | ${share.sha256.slice(0, 12)} |`,
    ),
    '',
    '| cluster | rows |',
    '| --- | ---: |',
    ...Object.entries(card.clusters).map(([cluster, rows]) => `| ${cluster} | ${rows} |`),
    '',
    `Held out: ${card.heldOut.join(', ') || 'nothing'}.`,
    ...card.warnings.map((warning) => `Warning: ${warning}`),
    ...(card.skipped.length > 0 ? [`Without prompts, left out: ${card.skipped.join(', ')}.`] : []),
    '',
    `Settings: ${Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}.`,
    '',
    ...formatLeakage(card),
    '',
  ];
  return lines.join('\n');
}

/** What the card says of leakage, as lines: what was looked for, and the first finds. */
export function formatLeakage({ leakage, guardFiles = [] }: MixtureCard): readonly string[] {
  return [
    leakageLine(leakage),
    ...guardLines(guardFiles),
    ...leakage.leaks.map(({ task, row, example, against }) => `- ${task} row ${row} shows ${example} of ${against}`),
    nearLine(leakage.near),
    ...leakage.near.rows.map(
      ({ task, row, against, guardRow, overlap }) =>
        `- ${task} row ${row} has ${Math.round(100 * overlap)} % of ${against} row ${guardRow}`,
    ),
  ];
}

function leakageLine({ guarded, found, removed, testRowsInTrain, testRowsRemoved }: LeakageReport): string {
  const outcome = found === 0 ? 'none shown' : `${found} prompts show one${removed ? ' and were left out' : ''}`;
  const check =
    guarded === 0 ? 'not checked against other rows' : `${guarded} test and held-out examples looked for, ${outcome}`;
  const left = testRowsRemoved > 0 ? ' and were left out of it' : '';
  return `Leakage: ${check}; ${testRowsInTrain} rows cut off as the test part ask an example of the training part${left}.`;
}

function guardLines(files: readonly GuardFile[]): readonly string[] {
  const named = files.map(({ task, rows, sha256 }) => `${task} (${rows} rows, ${sha256.slice(0, 12)})`);
  return named.length === 0 ? [] : [`Looked for the rows of: ${named.join(', ')}.`];
}

function nearLine({ checked, grams, oneIn, guarded, found, removed }: NearLeakageReport): string {
  if (!checked) return 'Near-duplicates: not looked for.';
  if (grams === 0) return 'Near-duplicates: no guarded row has enough words of its own to look for.';
  const share = oneIn === 1 ? '' : ` (one in ${oneIn})`;
  const outcome =
    found === 0 ? 'no prompt has one' : `${found} prompts have some${removed ? ' and were left out' : ''}`;
  return `Near-duplicates: ${grams} runs of words${share} of ${guarded} such examples looked for, ${outcome}.`;
}
