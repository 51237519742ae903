interface Shared {
  /** What must be closed before the process ends. */
  readonly closing: Set<() => Promise<void>>;
  /** Closes it; there while something must be closed. */
  onSignal: ((signal: NodeJS.Signals) => void) | undefined;
}

/**
 * Two copies of this module may be loaded (one bundled, one from node_modules): one of them must handle a signal for
 * both. The number changes with the shape.
 */
const SHARED = Symbol.for("@xmcp-dev/workos/signals@1");

function shared(): Shared {
  const scope = globalThis as { [SHARED]?: Shared };
  return (scope[SHARED] ??= { closing: new Set(), onSignal: undefined });
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Lets something be closed when the process is asked to end (SIGTERM, or SIGINT from a terminal), and then lets
 * happen what would have happened without: the application's own handlers run at once, and their `process.exit()`, or
 * without any handler the signal's death, comes when everything is closed.
 *
 * xmcp's handler (1.1.3) exits without waiting, so an exit called while the signal is being handled is
 * kept until then. One that is called later counts at once, and so does a second signal. Does NOT help against SIGKILL.
 *
 * @returns what forgets it again: it has been closed otherwise.
 */
export function closeOnSignal(close: () => Promise<void>): () => void {
  const { closing } = shared();
  if (closing.size === 0) {
    shared().onSignal = onSignal;
    // First, so that no other handler has ended the process before.
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  }
  closing.add(close);
  return () => {
    // A provider with nothing to close must not keep a signal from ending the process.
    if (closing.delete(close) && closing.size === 0) stopListening();
  };
}

function stopListening(): void {
  const { onSignal: listener } = shared();
  if (listener !== undefined) for (const signal of SIGNALS) process.off(signal, listener);
  shared().onSignal = undefined;
}

function onSignal(signal: NodeJS.Signals): void {
  const { closing } = shared();
  stopListening();
  const hasHandlers = process.listenerCount(signal) > 0;
  const exit = keepExit();
  const all = [...closing].map(async (close) => close());
  closing.clear();
  void Promise.allSettled(all).then(() => {
    if (exit.wasCalled()) process.exit();
    if (!hasHandlers) process.kill(process.pid, signal);
  });
}

/** Keeps process.exit() from ending the process until this turn of the event loop is over; the code is set either way. */
function keepExit(): { readonly wasCalled: () => boolean } {
  const exit = process.exit.bind(process);
  let wasCalled = false;
  process.exit = (code) => {
    wasCalled = true;
    if (code !== undefined) process.exitCode = code ?? undefined;
    return undefined as never;
  };
  process.nextTick(() => {
    process.exit = exit;
  });
  return { wasCalled: () => wasCalled };
}
