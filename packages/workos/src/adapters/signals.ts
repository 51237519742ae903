/** What must be closed before the process ends. */
const closing = new Set<() => Promise<void>>();

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Lets something be closed when the process is asked to end (SIGTERM, or SIGINT from a terminal), and then lets
 * happen what would have happened without: the application's own handlers run at once, and their `process.exit()`, or
 * without any handler the signal's death, comes when everything is closed.
 *
 * xmcp's handler (1.1.3) exits without waiting for anybody, so an exit called while the signal is being handled is
 * kept until then. One that is called later counts at once, and so does a second signal. Does NOT help against SIGKILL.
 *
 * @returns what forgets it again: it has been closed otherwise.
 */
export function closeOnSignal(close: () => Promise<void>): () => void {
  // First, so that nobody has ended the process before.
  if (closing.size === 0) for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  closing.add(close);
  return () => {
    if (!closing.delete(close) || closing.size > 0) return;
    // Whoever has nothing to close must not keep a signal from ending the process.
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

function onSignal(signal: NodeJS.Signals): void {
  for (const one of SIGNALS) process.off(one, onSignal);
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
