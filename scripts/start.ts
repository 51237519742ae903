/**
 * `npm start`: a local AuthKit and the quickstart MCP server in front of it, ready to be signed in to.
 *
 *   npm start -- [--port 3002] [--authkit-port 4100] [--no-cimd]
 */
import { startExample } from "./start/start-example.ts";

await startExample({
  name: "quickstart",
  title: "the quickstart",
  command: "npm start",
  port: 3002,
  authkitPort: 4100,
  tool: "greet",
});
