// Serves what `xmcp build --vercel` built, as the platform's Node.js runtime does: a function of a request and a response.
import { createServer } from "node:http";
import { join } from "node:path";

const { default: handler } = await import(join(process.cwd(), "dist/vercel.js"));
const url = new URL(process.env["BASE_URL"]);
createServer(handler).listen(Number(url.port), url.hostname, () => {
  console.log(`MCP Server running on ${url.origin}/mcp`);
});
