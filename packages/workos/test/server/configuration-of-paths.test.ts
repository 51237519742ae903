import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/server/configuration.js";
import { ConfigurationError } from "../../src/errors.js";
import type { WorkOSProviderConfig } from "../../src/index.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";

function problemsOf(change: WorkOSProviderConfig): readonly string[] {
  try {
    readConfiguration({ ...GOOD_CONFIG, ...change }, {});
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

const withWebhook = (path: string): WorkOSProviderConfig => ({
  revocation: { webhook: { secret: "s", path } },
});

describe("T-17: a path in the configuration means what servers read", () => {
  it.each([
    "/mcp#",
    "/mcp\\x#",
    "/MCP\\x",
    "/x/../mcp",
    "/%6dcp",
    "/%6Dcp%2Fx",
    "/%256dcp",
    "//mcp",
    "/mcp?x",
    "/health%2F..%2Fmcp",
    "/%25252541",
  ])("%s is refused, as it could be read as the endpoint", (path) => {
    expect(problemsOf({ publicPaths: [path] })).toEqual([
      `publicPaths[0] ${path} would open the MCP endpoint /mcp; take it off the list`,
    ]);
    expect(problemsOf(withWebhook(path))).toEqual([
      "revocation.webhook.path must not be the MCP endpoint /mcp or below it",
    ]);
  });

  it.each([
    ["/health#", "/health"],
    ["/health?x", "/health"],
    ["/a/../health", "/health"],
    ["/a\\health", "/a/health"],
    ["/a health", "/a%20health"],
    ["/gesünder", "/ges%C3%BCnder"],
  ])("%s is refused, and %s is to be written", (path, read) => {
    expect(problemsOf({ publicPaths: [path] })).toEqual([
      `publicPaths[0] ${path} is read as ${read} by servers; write ${read}`,
    ]);
    expect(problemsOf(withWebhook(path))).toEqual([
      `revocation.webhook.path ${path} is read as ${read} by servers; write ${read}`,
    ]);
  });

  it.each(["/health", "/a%20health", "/mcp2", "/x/mcp-status", "/a/"])("%s starts", (path) => {
    expect(problemsOf({ publicPaths: [path] })).toEqual([]);
    expect(problemsOf(withWebhook(path))).toEqual([]);
  });
});
