// Preloaded into a server whose clock the bench moves; timers and sockets keep real time.
const state = { passed: 0 };
const [now, elapsed] = [Date.now, performance.now.bind(performance)];
Date.now = () => now() + state.passed;
performance.now = () => elapsed() + state.passed;
globalThis[Symbol.for("bench/clock")] = state;
