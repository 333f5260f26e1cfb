import type { ExaminedPrompts } from './examine-prompts.js';
import type { PickedRows } from './row-sequence.js';

/** The rows of `test` whose example no row of `train` asks or shows, in order; and how many others there are. */
export function withoutShared(
  examined: readonly ExaminedPrompts[],
  train: PickedRows,
  test: PickedRows,
): { readonly rest: PickedRows; readonly count: number } {
  const keysOf = examined.map(({ examples }) => examples);
  /** The example that a row of the test part asks; undefined where none is named. */
  const asked = (place: number): number | undefined => {
    const { keys, ends } = keysOf[test.sourceOf[place]!]!;
    const row = test.rowOf[place]!;
    const start = row === 0 ? 0 : ends[row - 1]!;
    return start < ends[row]! ? keys[start] : undefined;
  };
  const isShown = new Map<number, boolean>();
  for (let place = 0; place < test.rowOf.length; place++) {
    const key = asked(place);
    if (key !== undefined) isShown.set(key, false);
  }
  for (let place = 0; place < train.rowOf.length; place++) {
    const { keys, ends } = keysOf[train.sourceOf[place]!]!;
    const row = train.rowOf[place]!;
    for (let at = row === 0 ? 0 : ends[row - 1]!; at < ends[row]!; at++) {
      if (isShown.has(keys[at]!)) isShown.set(keys[at]!, true);
    }
  }
  const isNew = (_: number, place: number): boolean => isShown.get(asked(place) ?? Number.NaN) !== true;
  const rest = { sourceOf: test.sourceOf.filter(isNew), rowOf: test.rowOf.filter(isNew) };
  return { rest, count: test.rowOf.length - rest.rowOf.length };
}
