/**
 * `npm run start:acme`: a local AuthKit and the support desk, whose people may each do something else.
 *
 *   npm run start:acme -- [--port 3003] [--authkit-port 4101] [--no-cimd]
 */
import { startExample } from "./start/start-example.ts";

await startExample({
  name: "acme",
  title: "the support desk",
  command: "npm run start:acme",
  port: 3003,
  authkitPort: 4101,
  seed: "seed.yaml",
  tool: "whoami",
});
