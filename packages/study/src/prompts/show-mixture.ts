import { join } from 'node:path';
import { nearest } from '@flanlab/errors';
import { readJson } from '@flanlab/files';
import { openRowTable } from '@flanlab/flan-datasets';
import type { MixtureCard } from '@flanlab/mixtures';
import type { PromptRow } from '@flanlab/samplegen';
import { StudyError } from '../errors.js';

export interface ShowMixtureOptions {
  /** Rows to show (default 3). */
  readonly rows?: number | undefined;
  /** The part they come from (default `train`). */
  readonly split?: string | undefined;
  /** Rows of this task only. */
  readonly task?: string | undefined;
}

/** The card of a mixture on disk, and its first rows. */
export async function showMixture(
  folder: string,
  { rows = 3, split = 'train', task }: ShowMixtureOptions = {},
): Promise<{ readonly card: MixtureCard; readonly rows: readonly PromptRow[] }> {
  const card = (await readJson(join(folder, 'card.json'))) as MixtureCard;
  const names = card.tasks.map((share) => share.task);
  if (task !== undefined && !names.includes(task)) throw notMixed(folder, task, names);
  await using table = await openRowTable(join(folder, split));
  const shown: PromptRow[] = [];
  for await (const row of table.rows(0, task === undefined ? rows : table.length)) {
    if (shown.length >= rows) break;
    if (task === undefined || row.task === task) shown.push(row as unknown as PromptRow);
  }
  return { card, rows: shown };
}

function notMixed(folder: string, task: string, names: readonly string[]): StudyError {
  const near = nearest(task, names);
  return new StudyError(
    'STUDY_MIXTURE_TASK_UNKNOWN',
    {
      what: `The mixture in ${folder} has no rows of ${task}.`,
      why: `It mixes ${names.join(', ')}.`,
      fix: near === undefined ? 'Name one of these.' : `Did you mean ${near}?`,
    },
    { kind: 'usage' },
  );
}
