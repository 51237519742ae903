import { UriTemplate } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAccessControl } from "../../src/access/access-control.js";
import { compileAccessMap, type AccessMap, type Rules } from "../../src/access/access-map.js";
import type { Check } from "../../src/access/rule.js";
import type { Problem } from "../../src/errors.js";

const ADMIN = { role: "admin" };
const MEMBER = {
  kind: "access-token",
  claims: { iat: 1, jti: "j" },
  principal: { kind: "user", id: "user_1", sessionId: "s" },
  authkit: { organizationId: "org_1", scopes: [], roles: ["member"], permissions: [] },
} as never;

function problemsOf(resources: Rules): readonly string[] {
  const problems: Problem[] = [];
  compileAccessMap({ resources }, new Set(["user"]), problems);
  return problems.map(({ message }) => message);
}

function controlBy(access: AccessMap) {
  const problems: Problem[] = [];
  const policy = compileAccessMap(access, new Set(["user"]), problems);
  expect(problems).toEqual([]);
  const control = createAccessControl({
    policy,
    callers: new Set(["user", "application", "api-key"]),
    sources: {
      memberships: { find: () => ({ kind: "known", value: undefined }) },
    } as never,
    workos: () => ({}) as never,
    mayHelp: () => true,
    reportCheck: () => undefined,
  });
  const judge = async (method: string, params: object): Promise<string> =>
    (await control(MEMBER, { jsonrpc: "2.0", id: 1, method, params })).kind;
  const shows = async (method: string) => {
    const judgement = await control(MEMBER, { jsonrpc: "2.0", id: 1, method });
    if (judgement.kind !== "admitted" || judgement.shows === undefined) throw new Error("no list");
    return judgement.shows;
  };
  return {
    read: (uri: string) => judge("resources/read", { uri }),
    complete: (uri: string) =>
      judge("completion/complete", { ref: { type: "ref/resource", uri }, argument: {} }),
    shows,
  };
}

describe("T-17: a rule holds for every spelling of the name it is for", () => {
  const { read, shows } = controlBy({
    resources: {
      "files://t/HR files/*": ADMIN,
      "files://t/secret/*": ADMIN,
      "files://t/100%/*": ADMIN,
      "files://t/straße/*": ADMIN,
      "https://xn--bcher-kva.example/*": ADMIN,
      "https://docs.example/secret/*": ADMIN,
      "files://*": "authenticated",
      "https://*": "authenticated",
    },
  });

  it.each([
    "files://t/HR files/7",
    "files://t/HR%20files/7",
    "files://t/HR%2520files/7",
    "files://t/%48R%20files/7",
    "files://t/secret/7",
    "files://t/s%65cret/7",
    "files://t/s%2565cret/7",
    "files://t/secret%2F7",
    "files://t/secret%2f7",
    "files://t/x/../secret/7",
    "files://t/x/%2e%2E/secret/7",
    "files://t/x%2F..%2Fsecret/7",
    "files://t/./secret/7",
    "files://t/sec\tret/7",
    "files://t/sec%09ret/7",
    "files://t/sec%0aret/7",
    "files://@t:/secret/7",
    "files://t/secret/7#x",
    "files://t/secret/7?x",
    "files://t/secret/%FF",
    "files://t/s%65cret/%",
    "files://t/secret/%C0%AF",
    "files://t/100%/1",
    "files://t/100%25/1",
    "files://t/stra%C3%9Fe/1",
    "files://t/stra%c3%9fe/1",
    "https://bücher.example/1",
    "https://B%C3%BCcher.example/1",
    "https://ｂücher.example/1",
    "https://xn--bcher-kva.example:443/1",
    "https://docs.example:443/secret/1",
    "https://docs.example:/secret/1",
    "https://DOCS.example/secret/1",
    "https:docs.example/secret/1",
    "https:\\\\docs.example\\secret\\1",
    "https://docs.example/x/..\\secret/1",
    "https://docs.example/secret%5C..%5Csecret/1",
    "https://docs%2Eexample/secret/1",
    "https://docs。example/secret/1",
  ])("%j is for admins", async (uri) => {
    expect(await read(uri)).toBe("refused");
    expect((await shows("resources/list")).resource(uri)).toBe(false);
  });

  it.each([
    "files://t/open/7",
    "files://t/op%65n/HR%20files",
    "files://t/100/1",
    "files://t/a%2Fb",
    "files://t/%E2%82%AC",
    "https://docs.example/open?q=%20",
  ])("%j is for every caller", async (uri) => {
    expect(await read(uri)).toBe("admitted");
    expect((await shows("resources/list")).resource(uri)).toBe(true);
  });

  it("denies a URI that is encoded more often than any server decodes", async () => {
    expect(await read("files://t/%25%32%35")).toBe("admitted");
    expect(await read("files://t/%252541")).toBe("refused");
  });

  it("asks the check of a rule about every form of the name", async () => {
    const names: string[] = [];
    const check: Check = ({ name }) => names.push(name) > 0;
    const files = controlBy({ resources: { "files://t/*": { check } } });
    expect(await files.read("files://t/HR%20files/../s%65cret")).toBe("admitted");
    expect(names).toEqual([
      "files://t/HR%20files/../s%65cret",
      "files://t/s%65cret",
      "files://t/HR files/../secret",
      "files://t/secret",
    ]);
  });

  it("compares the names of tools and prompts as they are sent", async () => {
    const control = controlBy({ tools: { "a%20b": "authenticated" }, resources: {} });
    const list = await control.shows("tools/list");
    expect([list.tool("a%20b"), list.tool("a b"), list.tool("A%20b")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("T-17: completing and listing templates follow the rules of reading", () => {
  const { complete, shows } = controlBy({
    tools: { open: "authenticated", panel: ADMIN },
    resources: { "hr://*": ADMIN, "docs://HR files/*": ADMIN, "*": "authenticated" },
  });
  it.each([
    ["HR://{id}", "refused", false],
    ["hr://{id}", "refused", false],
    ["docs://HR%20files/{id}", "refused", false],
    ["docs://HR files/{+path}", "refused", false],
    ["docs://HR%20files/x/../{id}", "refused", false],
    ["ui://app/panel.html", "refused", false],
    ["UI://app/panel.html", "refused", false],
    // No rule covers every tool, and a caller may use one of them.
    ["ui://app/{tool}.html", "refused", true],
    ["ui://app/{tool}", "refused", true],
    ["ui://app/open.html", "admitted", true],
    ["ui://app/p{rest}.html", "refused", false],
    ["other://{id}{?q}{#part}", "admitted", true],
    ["https://example.com{/path}", "admitted", true],
  ])("%s: %s to complete, shown: %s", async (uri, kind, isShown) => {
    expect(await complete(uri)).toBe(kind);
    expect((await shows("resources/templates/list")).template(uri)).toBe(isShown);
  });

  it("a template of every tool's UI is completed by a caller whom the tools' own pattern allows", async () => {
    const every = controlBy({ tools: { "*": "authenticated" }, resources: {} });
    expect(await every.complete("ui://app/{tool}.html")).toBe("admitted");
    expect(await every.complete("ui://{host}/{page}")).toBe("refused");
  });
});

describe("T-17: a pattern that no URI fits does not start", () => {
  const nothing = (key: string, form?: string): string =>
    form === undefined
      ? `access.resources[${JSON.stringify(key)}] can match nothing: servers read every URI that fits it as another one`
      : `access.resources[${JSON.stringify(key)}] can match nothing: written as servers read it, it is ${form}`;
  it.each<[string, string?]>([
    ["FILES://t/*", "files://t/*"],
    ["https://bücher.example/*", "https://xn--bcher-kva.example/*"],
    ["https://Docs.example/{id}", "https://docs.example/*"],
    ["https://docs.example:443/*", "https://docs.example/*"],
    ["https://docs.example:/*", "https://docs.example/*"],
    ["https://docs.example\\x\\*", "https://docs.example/x/*"],
    ["https://docs.example", "https://docs.example/"],
    ["files://t/x/../secret/*", "files://t/secret/*"],
    ["files://t/%2e%2e/secret/*", "files://t/secret/*"],
    ["files://t/secret/*#part", "files://t/secret/*"],
    ["npm://x/@scope%2Fpkg", "npm://x/@scope/pkg"],
    ["files://t/%2573ecret/*", "files://t/secret/*"],
    ["files://t/a%09b/*", "files://t/ab/*"],
    ["files://t/*/../x"],
    ["*/../x"],
    ["*#x", "*"],
  ])("%s", (key, form) => {
    expect(problemsOf({ [key]: "authenticated" })).toEqual([nothing(key, form)]);
  });

  it.each([
    "*",
    "*://docs/*",
    "*.html",
    "https:*",
    "https://*",
    "https://*.example/*",
    "https://docs.example*",
    "https://docs.example:*/x",
    "https://docs.example/{+path}{?q}{#part}",
    "files:*",
    "files:///a/*",
    "files:/a/*",
    "files://u:p@t/*",
    "files://t:443/*",
    "files://t/HR files/*",
    "files://t/HR%20files/*",
    "files://t/100%/*",
    "files://t/100%25*",
    "files://t/%C3%BC*",
    "files://t/\u00fc*",
    "files://t/%ff/*",
    "files://t/a?b=*",
    "npm://x/@scope*pkg",
  ])("%s starts", (key) => {
    expect(problemsOf({ [key]: "authenticated" })).toEqual([]);
  });

  it("nor does a key that names what another one does", () => {
    expect(
      problemsOf({ "files://HR files": "authenticated", "files://HR%20files": "authenticated" }),
    ).toEqual([
      'access.resources["files://HR%20files"] is unreachable: access.resources["files://HR files"] matches the same names',
    ]);
  });
});

const SEGMENTS = ["secret", "open", "HR files", "straße", "100%", "a"];
const key = fc
  .tuple(
    fc.constantFrom("files://t/", "https://h.example/", "files://*/"),
    fc.array(fc.constantFrom(...SEGMENTS, ...SEGMENTS.map(encodeURIComponent), "*", "{id}"), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([start, segments]) => start + segments.join("/"));
const rule = fc.constantFrom(ADMIN, "authenticated" as const);
const resources = fc
  .dictionary(key, rule, { minKeys: 1, maxKeys: 5 })
  .map((some): Rules => ({ ...some, "*": "authenticated" }))
  .filter((some) => problemsOf(some).length === 0);

/** Writes a letter as a client may that wants it to be read and not recognized. */
const disguise = (letter: string, how: number): string => {
  const encoded = [...new TextEncoder().encode(letter)]
    .map((octet) => `%${octet.toString(16).padStart(2, "0")}`)
    .join("");
  const forms = [letter, letter, letter, encoded, encoded.toUpperCase()];
  return forms[how % 6] ?? encoded.replaceAll("%", "%25");
};
const uri = fc
  .tuple(
    fc.constantFrom(
      "files://t/",
      "FILES://t/",
      "files://@t/",
      "https://H.example:443/",
      "https:\\\\h.example\\",
    ),
    fc.array(fc.constantFrom(...SEGMENTS, "x/..", "."), { minLength: 1, maxLength: 4 }),
    fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat()), {
      minLength: 20,
      maxLength: 20,
    }),
    fc.constantFrom("", "#x", "\t"),
  )
  .map(
    ([start, segments, how, end]) =>
      start +
      Array.from(segments.join("/"))
        .map((letter, at) => disguise(letter, how[at % how.length] ?? 0))
        .join("") +
      end,
  );

/** What no URI can hold without encoding, so that a key with and without it is one: blank, sharp s, percent sign. */
const NEEDS_ENCODING = /%(?=20|C3%9F|25)[0-9A-F]{2}(%9F)?/g;

/** What decides about a text as it stands: the longest key of the map that fits, by a regular expression. */
function plainRule(rules: Rules, text: string): unknown {
  const fits = Object.entries(rules)
    .map(([written, given]) => {
      const plain = written
        .replaceAll(/\{\w+\}/g, "*")
        .replaceAll(NEEDS_ENCODING, (one) => decodeURIComponent(one));
      return { plain, given, length: plain.replaceAll("*", "").length };
    })
    .filter(({ plain }) =>
      new RegExp(
        `^${plain.replaceAll(/[.*+?^${}()|[\]\\]/g, (one) => (one === "*" ? "[^]*" : `\\${one}`))}$`,
      ).test(text.replaceAll(NEEDS_ENCODING, (one) => decodeURIComponent(one))),
    )
    .toSorted(
      (one, other) =>
        Number(one.plain.includes("*")) - Number(other.plain.includes("*")) ||
        other.length - one.length,
    );
  return fits[0]?.given;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

describe("T-17: property", () => {
  it("whatever URL or decodeURIComponent() makes of a URI gets the stricter verdict", async () => {
    let admitted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(resources, uri, async (rules, text) => {
        const { read } = controlBy({ resources: rules });
        const kind = await read(text);
        if (kind === "refused") refused += 1;
        if (kind !== "admitted") return;
        admitted += 1;
        const href = new URL(text).href;
        for (const one of [text, href, decoded(text), decoded(href), decoded(decoded(href))]) {
          for (const form of [one, decoded(URL.canParse(one) ? new URL(one).href : one)]) {
            expect([form, plainRule(rules, form)]).not.toEqual([form, ADMIN]);
          }
        }
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(admitted, refused)).toBeGreaterThan(100);
  });

  it("what the SDK serves by a rule's template, or by a wider one whose handler decodes, met that rule", async () => {
    const guarded = controlBy({
      resources: {
        "files://t/secret/{id}": ADMIN,
        "files://t/HR%20files/{+path}": ADMIN,
        "https://h.example/secret/{id}": ADMIN,
        "*": "authenticated",
      },
    });
    const served = { byRule: 0, byWider: 0 };
    // As McpServer does: `match(new URL(uri).toString())`.
    const variables = (template: string, text: string) =>
      new UriTemplate(template).match(new URL(text).toString());
    await fc.assert(
      fc.asyncProperty(uri, async (text) => {
        const byRule = [
          "files://t/secret/{id}",
          "files://t/HR%20files/{+path}",
          "https://h.example/secret/{id}",
        ].some((template) => variables(template, text) !== null);
        const wider = ["files://t/{folder}/{id}", "https://h.example/{folder}/{id}"].map(
          (template) => variables(template, text)?.["folder"],
        );
        const byWider = wider.some((folder) => decoded(String(folder)) === "secret");
        if (byRule) served.byRule += 1;
        if (byWider && !byRule) served.byWider += 1;
        const kind = byRule || byWider ? await guarded.read(text) : "refused";
        expect(kind).toBe("refused");
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(served.byRule, served.byWider)).toBeGreaterThan(20);
  });
});
