/**
 * Turns calls of a function into a stream: `run` gets `emit`, and what it emits comes out while it is still running. A reader
 * that stops early aborts the signal `run` gets, and waits for its end.
 */
export async function* channel<Item>(
  run: (emit: (item: Item) => void, signal: AbortSignal) => Promise<void>,
  outer?: AbortSignal,
): AsyncGenerator<Item> {
  const own = new AbortController();
  const signal = outer === undefined ? own.signal : AbortSignal.any([own.signal, outer]);
  const waiting: Item[] = [];
  let wake: () => void = () => {};
  let ended = false;
  const emit = (item: Item): void => {
    waiting.push(item);
    wake();
  };
  const running = run(emit, signal).finally(() => {
    ended = true;
    wake();
  });
  // A failure is thrown below, when everything before it has been handed on.
  running.catch(() => {});
  try {
    while (!ended || waiting.length > 0) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (!ended)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    await running;
  } finally {
    own.abort();
    await running.catch(() => {});
  }
}
