// Preloaded into a server whose clock a test wants to move: every SIGUSR2 lets fifteen minutes pass.
const [real, elapsed] = [Date.now, performance.now.bind(performance)];
let passed = 0;
Date.now = () => real() + passed;
performance.now = () => elapsed() + passed;
process.on("SIGUSR2", () => {
  passed += 15 * 60_000;
  console.log(`clock moved by ${passed / 60_000} minutes`);
});
