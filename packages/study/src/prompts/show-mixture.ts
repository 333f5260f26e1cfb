import { join } from 'node:path';
import { readJson } from '@flanlab/files';
import { openRowTable } from '@flanlab/flan-datasets';
import type { MixtureCard } from '@flanlab/mixtures';
import type { PromptRow } from '@flanlab/samplegen';

export interface ShowMixtureOptions {
  /** Rows to show (default 3). */
  readonly rows?: number | undefined;
  /** The part they come from (default `train`). */
  readonly split?: string | undefined;
}

/** The card of a mixture on disk, and its first rows. */
export async function showMixture(
  folder: string,
  { rows = 3, split = 'train' }: ShowMixtureOptions = {},
): Promise<{ readonly card: MixtureCard; readonly rows: readonly PromptRow[] }> {
  const card = (await readJson(join(folder, 'card.json'))) as MixtureCard;
  await using table = await openRowTable(join(folder, split));
  const shown: PromptRow[] = [];
  for await (const row of table.rows(0, rows)) shown.push(row as unknown as PromptRow);
  return { card, rows: shown };
}
