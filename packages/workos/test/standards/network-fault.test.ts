import { expect, it } from "vitest";
import { describeNetworkFault } from "../../src/standards/network-fault.js";

it.each<[string, unknown, string]>([
  [
    "a name that does not resolve",
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("getaddrinfo ENOTFOUND secret.example"), {
        code: "ENOTFOUND",
      }),
    }),
    "cannot be reached (ENOTFOUND)",
  ],
  [
    "one of several addresses",
    new TypeError("fetch failed", {
      cause: new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })]),
    }),
    "cannot be reached (ECONNREFUSED)",
  ],
  [
    "an exception of the SDK around it",
    new Error("x", {
      cause: new TypeError("fetch failed", {
        cause: Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" }),
      }),
    }),
    "cannot be reached (CERT_HAS_EXPIRED)",
  ],
  ["a time limit", new DOMException("x", "TimeoutError"), "cannot be reached (no answer in time)"],
  ["no code", new TypeError("fetch failed"), "cannot be reached"],
  ["a code that is a text of another kind", { code: "sk_live_secret 1" }, "cannot be reached"],
  ["no error", "down", "cannot be reached"],
])("%s is named by its code and nothing else", (_, error, text) => {
  expect(describeNetworkFault(error)).toBe(text);
});

it("a chain of causes without an end costs five looks", () => {
  const looks: number[] = [];
  const error: { readonly cause: unknown } = {
    get cause() {
      looks.push(1);
      return error;
    },
  };
  expect(describeNetworkFault(error)).toBe("cannot be reached");
  expect(looks).toHaveLength(5);
});
