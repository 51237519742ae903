/** A server process: one Express app, one middleware, `POST /mcp` answering a constant tools/list. */
import { Session } from "node:inspector/promises";
import { writeFileSync } from "node:fs";
import express from "express";
import type { AddressInfo } from "node:net";
import { answerParent, type ServerRequest } from "./messages.ts";
import { present, repeat } from "./present.ts";
import type { Create, Setup } from "./targets/setup.ts";

const { BENCH_TARGET: target, BENCH_SETUP: text } = process.env;
if (target === undefined || text === undefined) throw new Error("started without a target");
const { create } = (await import(`./targets/${target}.ts`)) as { create: Create };

const tools = ["greet", "search", "read"].map((name) => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: "object", properties: { text: { type: "string" } } },
}));

const app = express();
app.use(await create(JSON.parse(text) as Setup));
app.post("/mcp", (_request, response) => {
  response.json({ jsonrpc: "2.0", id: 1, result: { tools } });
});

const clock = (globalThis as { [name: symbol]: unknown })[Symbol.for("bench/clock")] as
  | { passed: number }
  | undefined;
let profiler: Session | undefined;

answerParent(async (request: ServerRequest) => {
  switch (request.kind) {
    case "cpu": {
      const { user, system } = process.cpuUsage();
      return user + system;
    }
    case "memory": {
      for (let round = 0; round < 3; round += 1) await globalThis.gc?.({ execution: "async" });
      const { rss, heapUsed } = process.memoryUsage();
      return { rss, heapUsed };
    }
    case "clock":
      if (clock === undefined) throw new Error("this server has no clock to move");
      clock.passed = request.ahead;
      return undefined;
    case "present":
      return present(app, request);
    case "repeat":
      return repeat(app, request);
    case "profile":
      return profile(request.file);
  }
});

const server = app.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
server.keepAliveTimeout = 60_000;

/** Starts the sampling profiler, or stops it and writes what it saw. */
async function profile(file: string | undefined): Promise<void> {
  if (file === undefined) {
    profiler = new Session();
    profiler.connect();
    await profiler.post("Profiler.enable");
    await profiler.post("Profiler.setSamplingInterval", { interval: 200 });
    await profiler.post("Profiler.start");
    return;
  }
  const stopped = await profiler?.post("Profiler.stop");
  writeFileSync(file, JSON.stringify(stopped?.profile));
}
