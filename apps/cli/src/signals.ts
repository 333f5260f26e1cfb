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

// A signal to the process group may come a second time from a parent that passes it on; no hand is so quick.
const ECHO_MS = 300;

/** Turns the first signal into an abort and the second into an immediate end. */
export function watchSignals(
  source: SignalSource,
  {
    say,
    leave,
    clock = () => performance.now(),
  }: {
    readonly say: (text: string) => void;
    /** Ends the process by the signal itself: leaving in order would wait for native code that is at work. */
    readonly leave: (signal: StopSignal) => void;
    readonly clock?: () => number;
  },
): StopWatch {
  const controller = new AbortController();
  let received: StopSignal | undefined;
  let receivedAt = 0;
  const stopListening = (): void => {
    for (const { name, listener } of listeners) source.off(name, listener);
  };
  const listeners = (Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]).map((name) => {
    const listener = (): void => {
      if (received !== undefined) {
        if (clock() - receivedAt < ECHO_MS) return;
        stopListening();
        leave(name);
        return;
      }
      received = name;
      receivedAt = clock();
      say(`${name}: ending cleanly and keeping what is done. Once more stops at once.`);
      controller.abort();
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    received: () => received,
    [Symbol.dispose]: stopListening,
  };
}
