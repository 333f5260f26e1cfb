/** What ended the work early, and the exit code that says so: Ctrl-C as shells do it, the others EX_TEMPFAIL. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 75, SIGUSR1: 75 } as const satisfies Record<string, number>;

export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

export interface StopWatch extends Disposable {
  readonly signal: AbortSignal;
  /** The first signal that came, if one did. */
  readonly received: () => StopSignal | undefined;
}

interface SignalSource {
  on(name: StopSignal, listener: () => void): unknown;
  off(name: StopSignal, listener: () => void): unknown;
}

/** Turns the first signal into an abort and the second into an immediate end. */
export function watchSignals(
  source: SignalSource,
  { say, exit }: { readonly say: (text: string) => void; readonly exit: (code: number) => void },
): StopWatch {
  const controller = new AbortController();
  let received: StopSignal | undefined;
  const listeners = (Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]).map((name) => {
    const listener = (): void => {
      if (received !== undefined) {
        exit(SIGNAL_EXIT_CODES[name]);
        return;
      }
      received = name;
      say(`${name}: ending cleanly and keeping what is done. Once more stops at once.`);
      controller.abort();
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    received: () => received,
    [Symbol.dispose]: () => {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
