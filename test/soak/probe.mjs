// Preloaded into the server of the soak: counts what could leak, and tells it to who started the server.
const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
const timers = new Set();
const warnings = [];

globalThis.setTimeout = Object.assign((run, delay, ...rest) => {
  const timer = setTimeout((...given) => {
    timers.delete(timer);
    run(...given);
  }, delay, ...rest);
  timers.add(timer);
  return timer;
}, setTimeout);
globalThis.setInterval = Object.assign((run, delay, ...rest) => {
  const timer = setInterval(run, delay, ...rest);
  timers.add(timer);
  return timer;
}, setInterval);
globalThis.clearTimeout = (timer) => {
  timers.delete(timer);
  clearTimeout(timer);
};
globalThis.clearInterval = (timer) => {
  timers.delete(timer);
  clearInterval(timer);
};

process.on("warning", ({ name, message }) => warnings.push(`${name}: ${message}`));
process.on("message", async () => {
  for (let round = 0; round < 4; round += 1) await globalThis.gc({ execution: "async" });
  const { heapUsed, rss } = process.memoryUsage();
  process.send({
    heap: heapUsed / 2 ** 20,
    rss: rss / 2 ** 20,
    timers: timers.size,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    sockets: process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length,
    warnings,
  });
});
