/** Calls a function later, without keeping the process alive. */
export function byTimer(run: () => void, delay: number): () => void {
  const timer = setTimeout(run, delay).unref();
  return () => {
    clearTimeout(timer);
  };
}
