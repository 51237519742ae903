// Preloaded into the server of the soak: counts what could leak, and tells it to who started the server.
const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
const timers = new Set<unknown>();
const warnings: string[] = [];

const countedTimeout = (
  run: (...given: unknown[]) => void,
  delay?: number,
  ...rest: unknown[]
): NodeJS.Timeout => {
  const timer = setTimeout(
    (...given: unknown[]) => {
      timers.delete(timer);
      run(...given);
    },
    delay,
    ...rest,
  );
  timers.add(timer);
  return timer;
};
const countedInterval = (
  run: (...given: unknown[]) => void,
  delay?: number,
  ...rest: unknown[]
): NodeJS.Timeout => {
  const timer = setInterval(run, delay, ...rest);
  timers.add(timer);
  return timer;
};
Object.assign(globalThis, {
  setTimeout: Object.assign(countedTimeout, setTimeout),
  setInterval: Object.assign(countedInterval, setInterval),
  clearTimeout: (timer?: NodeJS.Timeout) => {
    timers.delete(timer);
    clearTimeout(timer);
  },
  clearInterval: (timer?: NodeJS.Timeout) => {
    timers.delete(timer);
    clearInterval(timer);
  },
});

const read = async (): Promise<void> => {
  for (let round = 0; round < 4; round += 1) await globalThis.gc?.({ execution: "async" });
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({
    heap: heapUsed / 2 ** 20,
    rss: rss / 2 ** 20,
    timers: timers.size,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    sockets: process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length,
    warnings,
  });
};
process.on("warning", ({ name, message }) => warnings.push(`${name}: ${message}`));
process.on("message", () => void read());
