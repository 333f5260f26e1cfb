/**
 * Indices of rows in groups of equal length, the longest first, of at most `maxTokens` tokens each (but at least one
 * row). Rows of one length need no padding, so what is computed for a row cannot depend on the others' lengths.
 */
export function groupByLength(lengths: readonly number[], maxTokens: number): readonly (readonly number[])[] {
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const groups: number[][] = [];
  for (const row of order) {
    const group = groups.at(-1);
    const fits =
      group !== undefined && lengths[group[0]!] === lengths[row] && (group.length + 1) * lengths[row]! <= maxTokens;
    if (fits) group.push(row);
    else groups.push([row]);
  }
  return groups;
}
