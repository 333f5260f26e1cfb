/** Cuts rows into batches of `size`, the last one shorter. Rows in memory are not waited for one by one. */
export async function* batchesOf<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[], undefined> {
  let batch: Item[] = [];
  if (Symbol.iterator in items) {
    for (const item of items) {
      if (batch.push(item) < size) continue;
      yield batch;
      batch = [];
    }
  } else {
    for await (const item of items) {
      if (batch.push(item) < size) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
  return undefined;
}
