import { readJsonLines } from '@flanlab/files';
import type { PromptRow } from '@flanlab/samplegen';

/** All prompts of a file that the stage `prompts` wrote. */
export async function readPrompts(path: string): Promise<readonly PromptRow[]> {
  const rows: PromptRow[] = [];
  for await (const row of readJsonLines(path)) rows.push(row as PromptRow);
  return rows;
}
