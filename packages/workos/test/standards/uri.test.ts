import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalUri,
  comparable,
  decodePercent,
  isUnder,
  uriReadings,
} from "../../src/standards/uri.js";

describe("decodePercent()", () => {
  it.each([
    ["s%65cret", "secret"],
    ["HR%20files", "HR files"],
    ["a%2Fb%2fc", "a/b/c"],
    ["%C3%BC%c3%bc", "üü"],
    ["%F0%9F%98%80", "😀"],
    ["100%", "100%"],
    ["100%2", "100%2"],
    ["%%36%35", "%65"],
    ["%2573", "%73"],
    // No UTF-8: overlong, cut short, a surrogate, above U+10FFFF, a stray continuation.
    ["%C0%AFx", "%C0%AFx"],
    ["%c3x", "%C3x"],
    ["%ED%A0%80", "%ED%A0%80"],
    ["%F4%90%80%80", "%F4%90%80%80"],
    ["%80%41", "%80A"],
    ["%E2%82", "%E2%82"],
  ])("decodes %s to %s", (text, expected) => {
    expect(decodePercent(text)).toBe(expected);
  });

  it("decodes to what decodeURIComponent() does, wherever that does not throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), (plain, odd) => {
        for (const text of [encodeURIComponent(plain), encodeURI(plain), plain]) {
          let expected: string;
          try {
            expected = decodeURIComponent(text);
          } catch {
            continue;
          }
          expect(decodePercent(text)).toBe(expected);
        }
        expect(() => decodePercent(odd)).not.toThrow();
      }),
    );
  });
});

describe("comparable() and canonicalUri()", () => {
  it.each([
    ["files://t/HR%20files/7", "files://t/HR files/7"],
    ["files://t/HR files/7", "files://t/HR files/7"],
    ["FILES://t/s%65cret/7", "files://t/secret/7"],
    ["files://t/a%2fb%5cc%3fd%23e", "files://t/a%2Fb%5Cc%3Fd%23e"],
    ["files://t/100%/x", "files://t/100%25/x"],
    ["files://t/100%25/x", "files://t/100%25/x"],
    ["files://t/%2565", "files://t/%2565"],
    ["files://t/a%0ab%09%7f", "files://t/a%0Ab%09%7F"],
    ["files://t/%C3%BC", "files://t/ü"],
    ["files://t/x/%2e%2E/a", "files://t/a"],
    ["https://bücher.example:443/a", "https://xn--bcher-kva.example/a"],
    ["https://Example.COM\\a", "https://example.com/a"],
    ["files://Example.com\\a", "files://Example.com\\a"],
    ["files://@t:/a", "files://t/a"],
    ["no uri %41", "no uri A"],
  ])("%s is %s", (text, expected) => {
    expect(canonicalUri(text)).toBe(expected);
    expect(comparable(comparable(text))).toBe(comparable(text));
  });
});

describe("readingsOf()", () => {
  it.each<[string, readonly string[] | undefined]>([
    ["docs://1", ["docs://1"]],
    ["docs://1#part", ["docs://1#part", "docs://1"]],
    ["HTTP://Example.com", ["HTTP://Example.com", "http://example.com/"]],
    ["files://t/HR%20files", ["files://t/HR%20files", "files://t/HR files"]],
    ["files://t/%2573", ["files://t/%2573", "files://t/%73", "files://t/s"]],
    ["files://t/a%2F..%2Fb", ["files://t/a%2F..%2Fb", "files://t/a/../b", "files://t/b"]],
    ["files://t/s%09e", ["files://t/s%09e", "files://t/s\te", "files://t/se"]],
    ["plain", ["plain"]],
    ["", [""]],
    ["files://t/%252573", undefined],
    // Encoded twice and not more, but with over twelve readings.
    ["HTTPS://H:443\\a/%2509#x%09", undefined],
  ])("of %s are %j", (text, expected) => {
    expect(uriReadings(text)).toEqual(expected);
  });

  const piece = fc.constantFrom(
    ..."/ \\ ? # % : @ . .. // ../ %2e %2F %5c %3f %23 %25 %2573 %252f %00 %09 \t \n %C3%BC ü %FF a A 1 {x} * :80".split(" "), // prettier-ignore
    " ",
  );
  const text = fc
    .tuple(
      fc.constantFrom(
        "files://t/",
        "FILES://T/",
        "https://h/",
        "https:h\\",
        "files:",
        "file:/",
        "x",
      ),
      fc.array(piece, { maxLength: 8 }),
    )
    .map(([start, pieces]) => start + pieces.join(""));

  it("hold what URL and decodeURIComponent() make of the text, in either order, or are none", () => {
    const href = (one: string): string => (URL.canParse(one) ? new URL(one).href : one);
    const decoded = (one: string): string => {
      try {
        return decodeURIComponent(one);
      } catch {
        return one;
      }
    };
    fc.assert(
      fc.property(text, (given) => {
        const readings = uriReadings(given);
        if (readings === undefined) return;
        expect(readings.length).toBeLessThanOrEqual(12);
        for (const one of [given, href(given), decoded(given), decoded(href(given))]) {
          expect(readings).toContain(one);
          expect(readings).toContain(href(one));
          expect(readings).toContain(decoded(decoded(one)));
          expect(readings).toContain(href(one).split("#")[0]);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("isUnder", () => {
  it.each([
    ["/mcp", "/mcp"],
    ["/MCP", "/mcp"],
    ["/mcp", "/Mcp"],
    ["/mcp/", "/mcp"],
    ["/mcp/o/org_01", "/mcp"],
    ["/mcp%2f", "/mcp"],
    ["/mcp;x", "/mcp"],
    ["/mcp%3bx", "/mcp"],
    ["/anything", "/"],
    ["/", "/"],
  ])("a router could take %s for %s", (path, endpoint) => {
    expect(isUnder(path, endpoint)).toBe(true);
  });

  it.each([
    ["/mcp2", "/mcp"],
    ["/mc", "/mcp"],
    ["/a/mcp", "/mcp"],
    ["/x/mcp/", "/mcp"],
    ["/", "/mcp"],
    ["", "/mcp"],
  ])("no router takes %s for %s", (path, endpoint) => {
    expect(isUnder(path, endpoint)).toBe(false);
  });
});
