import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { findClientAddress } from "../../../src/hosts/node/client-address.js";

function address(remoteAddress: string | undefined, chain?: string, proxies = 1): unknown {
  const headers = chain === undefined ? {} : { "x-forwarded-for": chain };
  return findClientAddress(
    { socket: { remoteAddress }, headers } as unknown as IncomingMessage,
    proxies,
  );
}

describe("addressOf", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:41234", "203.0.113.7"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:80", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%eth0]:443", "fe80::1"],
    ["198.51.100.1, 203.0.113.7:1", "203.0.113.7"],
    [" 203.0.113.7 ", "203.0.113.7"],
  ])("reads %j of a proxy as %s", (chain, expected) => {
    expect(address("10.0.0.1", chain)).toBe(expected);
  });

  it.each([
    "",
    "unknown",
    "_hidden",
    "203.0.113.7:",
    "203.0.113.7:x",
    "203.0.113.7:123456",
    "203.0.113.256:80",
    "[203.0.113.7]:80",
    "[2001:db8::1",
    "2001:db8::1]",
    "[2001:db8::1]x",
    "[2001:db8::1]:",
    "[]:80",
    "%eth0",
    "203.0.113.7 :80",
    `203.0.113.7${" ".repeat(100)}`,
    `fe80::1%${"a".repeat(100)}`,
    "evil.example",
    "203.0.113.7%eth0",
    "::1%",
    "fe80::1%a b",
    "fe80::1%a%b",
  ])("takes the connection's peer for %j", (chain) => {
    expect(address("10.0.0.1", chain)).toBe("10.0.0.1");
  });

  it.each([
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::1", "::1"],
    [undefined, undefined],
    ["a pipe", "a pipe"],
  ])("writes the peer %s as %s", (peer, expected) => {
    expect(address(peer, "203.0.113.7", 0)).toBe(expected);
    expect(address(peer, "203.0.113.7", 2)).toBe(expected);
  });
});
