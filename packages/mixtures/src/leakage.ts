import type { PromptRow } from '@flanlab/samplegen';

/** One training row that shows an example of the rows to keep away. */
export interface Leak {
  readonly task: string;
  /** Position of the row among the task's prompts. */
  readonly row: number;
  /** Fingerprint of the example; see `exampleFingerprint` of samplegen. */
  readonly example: string;
  /** The task whose test or held-out row it is. */
  readonly against: string;
}

/** Fingerprint of an example to keep away → its task. */
export type Guard = ReadonlyMap<string, string>;

/** Collects the examples that a training mixture must not show: what test and held-out prompts ask. */
export async function guardAgainst(prompts: AsyncIterable<PromptRow> | Iterable<PromptRow>): Promise<Guard> {
  const guard = new Map<string, string>();
  for await (const row of prompts) addToGuard(guard, row);
  return guard;
}

export function addToGuard(guard: Map<string, string>, { examples = [], task = '' }: Partial<PromptRow>): void {
  const [asked] = examples;
  if (asked !== undefined && !guard.has(asked)) guard.set(asked, task);
}

/** The first example of a row that the guard knows, the shown samples included. */
export function findLeak(
  guard: Guard,
  task: string,
  row: number,
  { examples = [] }: Partial<PromptRow>,
): Leak | undefined {
  for (const example of examples) {
    const against = guard.get(example);
    if (against !== undefined) return { task, row, example, against };
  }
  return undefined;
}
