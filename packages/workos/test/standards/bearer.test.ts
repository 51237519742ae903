import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAuthorization } from "../../src/standards/bearer.js";

const prefixes = fc.constantFrom("Bearer ", "bearer  ", "Bearer", "BEARER\t", "Basic ", "");
const tails = fc.string({
  unit: fc.constantFrom(...Array.from('aZ09-._~+/= \t,"\\\u0000\u00E9\u{1F600}')),
  maxLength: 24,
});

describe("parseAuthorization", () => {
  it.each([
    ["no field", [], { kind: "absent" }],
    ["a token", ["Bearer abc"], { kind: "bearer", token: "abc" }],
    ["all of token68", ["Bearer aZ0-._~+/="], { kind: "bearer", token: "aZ0-._~+/=" }],
    ["several spaces", ["Bearer   abc"], { kind: "bearer", token: "abc" }],
    ["spaces behind", ["Bearer abc  "], { kind: "bearer", token: "abc" }],
    ["an empty field", [""], { kind: "malformed" }],
    ["only the scheme", ["Bearer"], { kind: "malformed" }],
    ["only the scheme and spaces", ["Bearer   "], { kind: "malformed" }],
    ["a tab as separator", ["Bearer\tabc"], { kind: "malformed" }],
    ["two tokens", ["Bearer abc def"], { kind: "malformed" }],
    ["two credentials in a list", ["Bearer abc, Bearer def"], { kind: "malformed" }],
    ["a parameter", ['Bearer token="abc"'], { kind: "malformed" }],
    ["= inside", ["Bearer a=b"], { kind: "malformed" }],
    ["a control character", ["Bearer a\u0000b"], { kind: "malformed" }],
    ["a letter beyond ASCII", ["Bearer äbc"], { kind: "malformed" }],
    ["a leading space", [" Bearer abc"], { kind: "malformed" }],
    ["a comma first", [",Bearer abc"], { kind: "malformed" }],
    ["a quoted token", ['Bearer "abc"'], { kind: "malformed" }],
    ["Basic", ["Basic YWxhZGRpbjpvcGVu"], { kind: "other-scheme" }],
    ["DPoP", ["DPoP abc"], { kind: "other-scheme" }],
    ["a longer word", ["Bearerabc"], { kind: "other-scheme" }],
    ["a naked token", ["eyJhbGciOiJSUzI1NiJ9.e30.c2ln"], { kind: "other-scheme" }],
    ["two fields", ["Bearer abc", "Bearer def"], { kind: "repeated" }],
    ["the same field twice", ["Bearer abc", "Bearer abc"], { kind: "repeated" }],
    ["a second, empty field", ["Bearer abc", ""], { kind: "repeated" }],
    ["another scheme second", ["Bearer abc", "Basic abc"], { kind: "repeated" }],
  ])("RS-30: reads %s", (_, fields, expected) => {
    expect(parseAuthorization(fields)).toEqual(expected);
  });

  it.each(["bearer", "BEARER", "bEaReR"])("RS-28: takes the scheme as %s", (scheme) => {
    expect(parseAuthorization([`${scheme} abc`])).toEqual({ kind: "bearer", token: "abc" });
  });

  it("never throws, and gives back a token only when the field holds exactly that token", () => {
    fc.assert(
      fc.property(prefixes, tails, (prefix, tail) => {
        const field = `${prefix}${tail}`;
        const result = parseAuthorization([field]);
        const parts = [field.slice(0, 6).toLowerCase(), field.slice(6).trim()];
        expect(result.kind === "bearer" ? ["bearer", result.token] : parts).toEqual(parts);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads a hostile field in time linear in its length", () => {
    const field = `Bearer ${"=".repeat(200_000)} ${" ".repeat(200_000)}x`;
    expect(parseAuthorization([field])).toEqual({ kind: "malformed" });
  });
});
