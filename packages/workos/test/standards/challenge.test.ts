import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeChallenge, type Challenge } from "../../src/standards/challenge.js";
import { parseChallenge } from "./challenge-parser.js";

const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

const charactersBut = (first: number, last: number, ...without: string[]): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) =>
    String.fromCodePoint(first + index),
  ).filter((character) => !without.includes(character));
const descriptions = fc.string({
  unit: fc.constantFrom(...charactersBut(0x20, 0x7e, '"', "\\")),
  maxLength: 60,
});
const scopes = fc.array(
  fc.string({ unit: fc.constantFrom(...charactersBut(0x21, 0x7e, '"', "\\")), minLength: 1 }),
  { minLength: 1, maxLength: 5 },
);
const challenges: fc.Arbitrary<Challenge> = fc.record(
  {
    error: fc.constantFrom("invalid_request", "invalid_token", "insufficient_scope"),
    scopes,
    resourceMetadata: fc.webUrl({ withQueryParameters: true }).filter((url) => !/["\\]/.test(url)),
    errorDescription: descriptions,
  },
  { requiredKeys: ["resourceMetadata"] },
);

describe("writeChallenge", () => {
  it("RS-21: writes the scheme and at least one parameter", () => {
    expect(writeChallenge({ resourceMetadata: METADATA })).toBe(
      'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
  });

  it("writes error, scope, metadata and description in the order that deployed clients read", () => {
    expect(
      writeChallenge({
        errorDescription: "The access token expired",
        resourceMetadata: METADATA,
        scopes: ["a:read", "b"],
        error: "insufficient_scope",
      }),
    ).toBe(
      'Bearer error="insufficient_scope", scope="a:read b", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", error_description="The access token expired"',
    );
  });

  it("RS-25: leaves scope out rather than send an empty one", () => {
    expect(writeChallenge({ resourceMetadata: METADATA, scopes: [] })).not.toContain("scope");
  });

  it("RS-22: whatever it writes, an independent RFC 9110 parser reads back, each parameter once", () => {
    fc.assert(
      fc.property(challenges, (challenge) => {
        const { scheme, parameters } = parseChallenge(writeChallenge(challenge));
        expect(scheme).toBe("Bearer");
        const names = parameters.map(([name]) => name);
        expect(new Set(names).size).toBe(names.length);
        expect(Object.fromEntries(parameters)).toEqual({
          ...(challenge.error === undefined ? {} : { error: challenge.error }),
          ...(challenge.scopes === undefined ? {} : { scope: challenge.scopes.join(" ") }),
          resource_metadata: challenge.resourceMetadata,
          ...(challenge.errorDescription === undefined
            ? {}
            : { error_description: challenge.errorDescription }),
        });
      }),
      { numRuns: 500 },
    );
  });

  it("RS-26: the same challenge gives the same bytes", () => {
    fc.assert(
      fc.property(challenges, (challenge) => {
        expect(writeChallenge({ ...challenge })).toBe(writeChallenge({ ...challenge }));
      }),
    );
  });

  it.each([
    ["a quote", 'x" , error="none'],
    ["a backslash", "x\\"],
    ["a line break", "x\r\nSet-Cookie: a=b"],
    ["a tab", "x\ty"],
    ["a letter beyond ASCII", "Zugriff verweigert für alle"],
    ["DEL", "x\u007F"],
  ])("RS-22: throws on %s in a description", (_, errorDescription) => {
    expect(() => writeChallenge({ resourceMetadata: METADATA, errorDescription })).toThrow(
      "The challenge parameter error_description holds a character RFC 6750 forbids",
    );
  });

  it.each(["", "two words", 'quo"te', "back\\slash", "é", "new\nline"])(
    "RS-22: throws on the scope token %j",
    (scope) => {
      expect(() => writeChallenge({ resourceMetadata: METADATA, scopes: ["ok", scope] })).toThrow(
        "The challenge parameter scope holds a character RFC 6750 forbids",
      );
    },
  );

  it.each(["", "https://x/ y", 'https://x/"', "https://x/\n"])(
    "RS-22: throws on the metadata URL %j",
    (resourceMetadata) => {
      expect(() => writeChallenge({ resourceMetadata })).toThrow(TypeError);
    },
  );

  it("quotes no value in what it throws", () => {
    expect(() => writeChallenge({ resourceMetadata: 'canary"value' })).toThrow(/^(?!.*canary)/s);
  });
});

describe("the parser of these tests", () => {
  it.each([
    "Bearer",
    "Bearer ",
    'Bearer a="b',
    "Bearer a",
    'Bearer a="b" c="d"',
    'Bearer a="b",',
    "",
  ])("refuses %j", (text) => {
    expect(() => parseChallenge(text)).toThrow(/expected|closed/);
  });
});
