import { describe, expect, it } from "vitest";
import {
  insertWellKnown,
  isLoopbackHost,
  isSecureTransport,
  parseUrl,
  rootSpellings,
  stripTrailingSlashes,
} from "../../src/standards/url.js";
import { protectedResourceMetadataUrl } from "../../src/standards/protected-resource.js";
import { authorizationServerMetadataUrl } from "../../src/standards/authorization-server.js";

describe("stripTrailingSlashes", () => {
  it.each([
    ["/mcp", "/mcp"],
    ["/mcp/", "/mcp"],
    ["/mcp///", "/mcp"],
    ["//mcp//x/", "//mcp//x"],
    ["///", ""],
    ["", ""],
  ])("turns %j into %j", (text, stripped) => {
    expect(stripTrailingSlashes(text)).toBe(stripped);
  });
});

describe("rootSpellings", () => {
  it.each([
    ["https://mcp.example.com", ["https://mcp.example.com", "https://mcp.example.com/"]],
    ["https://mcp.example.com/", ["https://mcp.example.com/", "https://mcp.example.com"]],
    [
      "https://MCP.example.com:443",
      ["https://MCP.example.com:443", "https://MCP.example.com:443/"],
    ],
    ["https://mcp.example.com/mcp", ["https://mcp.example.com/mcp"]],
    ["https://mcp.example.com/mcp/", ["https://mcp.example.com/mcp/"]],
    ["https://mcp.example.com//", ["https://mcp.example.com//"]],
    ["https://mcp.example.com?x", ["https://mcp.example.com?x"]],
    ["https://mcp.example.com/#", ["https://mcp.example.com/#"]],
    ["urn:acme:mcp", ["urn:acme:mcp"]],
  ])("lists for %s exactly %j", (identifier, spellings) => {
    expect(rootSpellings(identifier)).toEqual(spellings);
  });
});

describe("isLoopbackHost", () => {
  it.each([
    "localhost",
    "a.localhost",
    "a.b.localhost",
    "[::1]",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.254",
  ])("takes %s for this machine", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    "example.com",
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "x127.0.0.1",
    "128.0.0.1",
    "0.0.0.0",
    "[::]",
    "[::2]",
    "10.0.0.1",
    "",
  ])("takes %j for another machine", (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});

describe("isSecureTransport", () => {
  it.each(["https://example.com", "http://localhost:1", "http://127.0.0.1", "http://[::1]:3"])(
    "RS-58: accepts %s",
    (url) => {
      expect(isSecureTransport(new URL(url), new Set())).toBe(true);
    },
  );

  it.each(["http://example.com", "ftp://localhost", "ws://localhost", "file:///etc/passwd"])(
    "RS-58: refuses %s",
    (url) => {
      expect(isSecureTransport(new URL(url), new Set(["other.example"]))).toBe(false);
    },
  );
});

it("parses an absolute URL or says that there is none", () => {
  expect(parseUrl("https://a.example/b")?.href).toBe("https://a.example/b");
  expect(parseUrl("/b")).toBeUndefined();
  expect(parseUrl("")).toBeUndefined();
});

describe("insertWellKnown", () => {
  it.each([
    ["https://h.example", "https://h.example/.well-known/oauth-protected-resource"],
    ["https://h.example/", "https://h.example/.well-known/oauth-protected-resource"],
    ["https://h.example/mcp", "https://h.example/.well-known/oauth-protected-resource/mcp"],
    ["https://h.example/a/mcp", "https://h.example/.well-known/oauth-protected-resource/a/mcp"],
    ["https://h.example/a/", "https://h.example/.well-known/oauth-protected-resource/a/"],
    ["https://h.example/?k=v", "https://h.example/.well-known/oauth-protected-resource?k=v"],
    ["https://h.example/a?k=v", "https://h.example/.well-known/oauth-protected-resource/a?k=v"],
    ["https://h.example:8443/a", "https://h.example:8443/.well-known/oauth-protected-resource/a"],
    ["HTTPS://H.Example/Mcp", "https://h.example/.well-known/oauth-protected-resource/Mcp"],
  ])("RS-05: puts the suffix between host and path of %s", (resource, url) => {
    expect(insertWellKnown(resource, "oauth-protected-resource")).toBe(url);
    expect(protectedResourceMetadataUrl(resource)).toBe(url);
  });

  it("does so for an issuer with a path (RFC 8414 §3.1)", () => {
    expect(authorizationServerMetadataUrl("https://h.example/tenant")).toBe(
      "https://h.example/.well-known/oauth-authorization-server/tenant",
    );
  });
});

// Red on Node 22 with URL.canParse(), which is wrong once it is optimized.
it("parseUrl() parses what is not ASCII however often it was called", () => {
  let refused = 0;
  for (let call = 0; call < 100_000; call += 1) {
    if (parseUrl("https://ü.example/")?.host !== "xn--tda.example") refused += 1;
  }
  expect(refused).toBe(0);
});
