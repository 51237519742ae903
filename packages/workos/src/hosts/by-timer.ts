/** Calls a function later, without keeping the process alive where that can be said. */
export function byTimer(run: () => void, delay: number): () => void {
  const timer = setTimeout(run, delay);
  // The web's timers are numbers.
  (timer as Partial<typeof timer>).unref?.();
  return () => {
    clearTimeout(timer);
  };
}
