import type { GuardWords } from './guard-words.js';

const FIXED_WORDS = 3;
/** Rows of one template that are compared to find its wording. */
const COMPARED_ROWS = 200;

/**
 * Which words of the guarded rows are their template's: those in runs of three that at least half of the rows made of the
 * same template share. A template with one row is judged by the rows of its task, or by all rows where its task has one.
 *
 * @returns 1 for each word of a template, 0 for the others
 */
export function templateWords(guard: GuardWords): Uint8Array {
  const isFixed = new Uint8Array(guard.words.a.length);
  const byTemplate = groups(guard, ({ template, task }) => template || task);
  const byTask = groups(guard, ({ task }) => task);
  const all = guard.rows.map((_, row) => row);
  const done = new Map<readonly number[], ReadonlySet<number>>();
  for (const [row, { template, task }] of guard.rows.entries()) {
    const group =
      [byTemplate.get(template || task)!, byTask.get(task)!].find((candidates) => candidates.length > 1) ?? all;
    let fixed = done.get(group);
    if (fixed === undefined) {
      fixed = fixedRuns(guard, group);
      done.set(group, fixed);
    }
    eachRun(guard, row, (place, key) => {
      if (fixed.has(key)) isFixed.fill(1, place, place + FIXED_WORDS);
    });
  }
  return isFixed;
}

function groups(guard: GuardWords, name: (row: GuardWords['rows'][number]) => string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [row, facts] of guard.rows.entries()) {
    const group = found.get(name(facts));
    if (group) group.push(row);
    else found.set(name(facts), [row]);
  }
  return found;
}

function fixedRuns(guard: GuardWords, rows: readonly number[]): ReadonlySet<number> {
  const compared = rows.slice(0, COMPARED_ROWS);
  const counts = new Map<number, number>();
  for (const row of compared) {
    const own = new Set<number>();
    eachRun(guard, row, (_, key) => own.add(key));
    for (const key of own) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const enough = Math.max(2, compared.length / 2);
  return new Set([...counts].filter(([, count]) => count >= enough).map(([key]) => key));
}

/** Each run of three words as a number of 53 bits. */
function eachRun(guard: GuardWords, row: number, visit: (place: number, key: number) => void): void {
  const { a, b } = guard.words;
  const { start, end } = guard.rows[row]!;
  for (let i = start; i + FIXED_WORDS <= end; i++) {
    const high = Math.imul(Math.imul(a[i]!, 31) + a[i + 1]!, 31) + a[i + 2]!;
    const low = Math.imul(Math.imul(b[i]!, 37) + b[i + 1]!, 37) + b[i + 2]!;
    visit(i, (high >>> 0) * 2 ** 21 + (low >>> 11));
  }
}
