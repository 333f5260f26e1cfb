import { loadTokenizer } from '@flanlab/language-model';
import { type PromptRow, type TokenLengths, tokenLengths } from '@flanlab/samplegen';
import { type PromptFile, readSplit } from '@flanlab/study';
import { formatTable } from './terminal/format.js';

export interface LengthOptions {
  /** Model folder with the tokenizer. */
  readonly model: string;
  readonly maxLength: number | undefined;
}

/** Token lengths of one split of a task. */
export interface SplitLengths {
  readonly task: string;
  readonly split: string;
  readonly lengths: TokenLengths;
}

/** How long prompts are for a model's tokenizer. */
export async function countRows(
  rows: readonly PromptRow[],
  { model, maxLength }: LengthOptions,
): Promise<TokenLengths> {
  const tokenizer = await loadTokenizer(model);
  return tokenLengths(rows, { countTokens: (text) => tokenizer.encode(text).ids.length, maxLength });
}

/** The same for files of prompts, each with its lengths. */
export async function fileLengths(
  files: readonly PromptFile[],
  options: LengthOptions,
): Promise<readonly (PromptFile & SplitLengths)[]> {
  const counted: (PromptFile & SplitLengths)[] = [];
  for (const file of files) {
    const rows = (await readSplit(file.path, file.split)) as readonly unknown[] as readonly PromptRow[];
    counted.push({ ...file, lengths: await countRows(rows, options) });
  }
  return counted;
}

/** A table of token counts, with what `maxLength` cuts. */
export function formatLengths(splits: readonly SplitLengths[], maxLength: number | undefined): string {
  const cut = maxLength === undefined ? [] : [`over ${maxLength}`, 'nothing learned'];
  const rows = splits.map(({ task, split, lengths: { rows, percentiles, truncated, nothingLearned } }) => [
    task,
    split,
    ...[rows, percentiles[0], percentiles[50], percentiles[95], percentiles[99], percentiles[100]].map(String),
    ...(maxLength === undefined ? [] : [String(truncated), String(nothingLearned)]),
  ]);
  return formatTable([['task', 'split', 'rows', 'least', 'median', '95 %', '99 %', 'most', ...cut], ...rows]);
}
