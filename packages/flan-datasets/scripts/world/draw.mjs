/** Some of the items, in random order. */
export const some = (random, items, count) => random.sample(items, count);

/** One item that is not among the others. */
export const other = (random, items, ...not) => random.choice(items.filter((item) => !not.includes(item)));

/** Choices in random order, and where the right one went. */
export function choices(random, right, wrong) {
  const all = [right, ...wrong];
  random.shuffle(all);
  return { all, index: all.indexOf(right) };
}
