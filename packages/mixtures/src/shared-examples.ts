import type { ExaminedPrompts } from './examine-prompts.js';
import type { PickedRows } from './row-sequence.js';

/** The rows of `test` whose example no row of `train` asks or shows, in order; and how many others there are. */
export function withoutShared(
  examined: readonly ExaminedPrompts[],
  train: PickedRows,
  test: PickedRows,
): { readonly rest: PickedRows; readonly count: number } {
  const asked = new Map<number, boolean>();
  for (const [place, source] of test.sourceOf.entries()) {
    const key = examined[source]!.examples.asked(test.rowOf[place]!);
    if (key !== undefined) asked.set(key, false);
  }
  for (const [place, source] of train.sourceOf.entries()) {
    for (const key of examined[source]!.examples.of(train.rowOf[place]!)) {
      if (asked.has(key)) asked.set(key, true);
    }
  }
  const isNew = (_: number, place: number): boolean => {
    const key = examined[test.sourceOf[place]!]!.examples.asked(test.rowOf[place]!);
    return key === undefined || asked.get(key) === false;
  };
  const rest = { sourceOf: test.sourceOf.filter(isNew), rowOf: test.rowOf.filter(isNew) };
  return { rest, count: test.rowOf.length - rest.rowOf.length };
}
