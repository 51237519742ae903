import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { project } from "./folder.js";
import { runCommand } from "./run-command.js";

const KEY = "sk_test_secret1";
const env = { WORKOS_API_KEY: KEY };
const FILE = "src/workos-types.d.ts";

const app = (): string =>
  project({
    "xmcp.config.ts": "export default { http: true };",
    "src/tools/refund.ts":
      'export const metadata = { name: "give_back" };\nexport default () => 1;',
    "src/tools/list.ts": "export default () => 1;",
  });

const slugs = (...all: string[]): object[] => all.map((slug) => ({ slug }));

/** WorkOS's answers by path, as it lists names; an answer may be replaced. */
function workos(
  replaced: Readonly<Record<string, (url: URL) => Response | Promise<Response>>> = {},
): { fetch: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  const list = (data: unknown, after: string | null = null): Response =>
    Response.json({ object: "list", data, list_metadata: { before: null, after } });
  const role = (slug: string, type = "EnvironmentRole"): object => ({
    object: "role",
    slug,
    type,
    permissions: [],
  });
  const answers: typeof replaced = {
    "/authorization/permissions": ({ searchParams }) =>
      searchParams.get("after") === null ? list(slugs("b:write"), "perm_1") : list(slugs("a:read")),
    "/authorization/roles": () => list([role("member"), role("admin")]),
    "/organizations": () => list([{ id: "org_1" }, { id: "org_2" }]),
    "/authorization/organizations/org_1/roles": () =>
      list([role("admin"), role("org-desk-lead", "OrganizationRole")]),
    "/authorization/organizations/org_2/roles": () => list([role("admin")]),
    "/feature-flags": () => list(slugs("beta")),
    ...replaced,
  };
  return {
    asked,
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      asked.push(url.pathname + url.search);
      expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${KEY}`);
      return (
        answers[url.pathname]?.(url) ?? Response.json({ message: "Not Found" }, { status: 404 })
      );
    },
  };
}

const WRITTEN = `// Written by \`npx @xmcp-dev/workos types\`; do not edit it, run the command again.
import "@xmcp-dev/workos";

// prettier-ignore
declare module "@xmcp-dev/workos" {
  interface Register {
    tools:
      | "give_back"
      | "list";
    prompts: never;
    permissions:
      | "a:read"
      | "b:write";
    roles:
      | "admin"
      | "member"
      | "org-desk-lead";
    featureFlags:
      | "beta";
  }
}
`;

describe("types", () => {
  it("writes the names of the project and of WorkOS, and finds them up to date", async () => {
    const cwd = app();
    const { fetch, asked } = workos();
    const wrote = await runCommand(["types"], { cwd, env, fetch });
    expect(wrote).toEqual({
      code: 0,
      out: [`${FILE}: 2 tools, 0 prompts, 2 permissions, 3 roles, 1 feature flag`],
      err: [],
    });
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe(WRITTEN);
    expect(readdirSync(join(cwd, "src")).toSorted()).toEqual(["tools", "workos-types.d.ts"]);
    expect(asked).toEqual([
      "/authorization/permissions?limit=100",
      "/authorization/permissions?limit=100&after=perm_1",
      "/authorization/roles",
      "/organizations?limit=100",
      "/authorization/organizations/org_1/roles",
      "/authorization/organizations/org_2/roles",
      "/feature-flags?limit=100",
    ]);
    expect(await runCommand(["types", "--check"], { cwd, env, fetch })).toMatchObject({
      code: 0,
      out: [expect.stringContaining("is up to date: 2 tools") as string],
    });
  });

  it("--check tells what differs, writes nothing and ends with 1", async () => {
    const cwd = app();
    const { fetch } = workos();
    expect(await runCommand(["types", "--check"], { cwd, env, fetch })).toMatchObject({
      code: 1,
      err: expect.arrayContaining([
        '+ tools "list"',
        `There is no ${FILE}: run npx @xmcp-dev/workos types.`,
      ]) as string[],
    });
    expect(existsSync(join(cwd, FILE))).toBe(false);
    await runCommand(["types"], { cwd, env, fetch });
    writeFileSync(join(cwd, "src/tools/refund.ts"), "export default () => 1;");
    expect(await runCommand(["types", "--check"], { cwd, env, fetch })).toEqual({
      code: 1,
      out: [],
      err: [
        '- tools "give_back"',
        '+ tools "refund"',
        `${FILE} is not up to date: run npx @xmcp-dev/workos types.`,
      ],
    });
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe(WRITTEN);
  });

  it("--check sees what was added by hand, and not how a formatter laid it out", async () => {
    const cwd = app();
    const { fetch } = workos();
    await runCommand(["types"], { cwd, env, fetch });
    writeFileSync(
      join(cwd, FILE),
      WRITTEN.replace(/tools:\s+\| "give_back"\s+/, 'tools: "give_back" '),
    );
    expect((await runCommand(["types", "--check"], { cwd, env, fetch })).code).toBe(0);
    writeFileSync(join(cwd, FILE), WRITTEN.replace("prompts:", "claims: any;\n    prompts:"));
    expect(await runCommand(["types", "--check"], { cwd, env, fetch })).toMatchObject({
      code: 1,
      err: [`${FILE} is not up to date, although its names are: run npx @xmcp-dev/workos types.`],
    });
  });

  it("--no-workos asks nothing, and leaves the names of WorkOS as they are", async () => {
    const cwd = app();
    expect(await runCommand(["types", "--no-workos"], { cwd })).toMatchObject({
      code: 0,
      out: [`${FILE}: 2 tools, 0 prompts`],
    });
    expect(readFileSync(join(cwd, FILE), "utf8")).not.toContain("permissions");
    writeFileSync(join(cwd, FILE), WRITTEN.replace('"list"', '"lits"'));
    expect(await runCommand(["types", "--check", "--no-workos"], { cwd })).toMatchObject({
      code: 1,
      err: [
        '- tools "lits"',
        '+ tools "list"',
        expect.stringContaining("not up to date") as string,
      ],
    });
    await runCommand(["types", "--no-workos"], { cwd });
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe(WRITTEN);
  });

  it("asks the organizations that are named alone", async () => {
    const cwd = app();
    const { fetch, asked } = workos();
    const given = [
      "types",
      "--organization",
      "org_2",
      "--organization=org_1",
      "--out",
      "types.d.ts",
    ];
    expect((await runCommand(given, { cwd, env, fetch })).code).toBe(0);
    expect(existsSync(join(cwd, "types.d.ts"))).toBe(true);
    expect(asked.filter((path) => path.includes("organizations"))).toEqual([
      "/authorization/organizations/org_2/roles",
      "/authorization/organizations/org_1/roles",
    ]);
  });

  it("does not ask more than a hundred organizations, and says what to do", async () => {
    const { fetch } = workos({
      "/organizations": () =>
        Response.json({
          object: "list",
          data: [{ id: "org_1" }],
          list_metadata: { before: null, after: "org_1" },
        }),
    });
    expect(await runCommand(["types"], { cwd: app(), env, fetch })).toMatchObject({
      code: 1,
      err: [
        "WorkOS has more than 100 organizations: name those whose own roles count with --organization org_…",
      ],
    });
  });

  it("does not follow a list that never ends", async () => {
    const { fetch, asked } = workos({
      "/feature-flags": () =>
        Response.json({
          object: "list",
          data: slugs("beta"),
          list_metadata: { before: null, after: "flag_1" },
        }),
    });
    expect(await runCommand(["types"], { cwd: app(), env, fetch })).toMatchObject({
      code: 1,
      err: ["WorkOS has more than 5000 feature flags"],
    });
    expect(asked.filter((path) => path.startsWith("/feature-flags"))).toHaveLength(50);
  });

  it("leaves a file alone that it did not write", async () => {
    const cwd = app();
    writeFileSync(join(cwd, FILE), "export {};\n");
    for (const given of [["types"], ["types", "--check"], ["types", "--no-workos"]]) {
      expect(await runCommand(given, { cwd, env, fetch: workos().fetch })).toEqual({
        code: 1,
        out: [],
        err: [`${FILE} was not written by this command: delete it, or give another --out.`],
      });
    }
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe("export {};\n");
  });

  it("leaves what was there when WorkOS or a name cannot be read", async () => {
    const cwd = app();
    writeFileSync(join(cwd, FILE), WRITTEN);
    writeFileSync(
      join(cwd, "src/tools/refund.ts"),
      "export const metadata = { name: NAME };\nexport default 1;",
    );
    const { code, err } = await runCommand(["types"], { cwd, env, fetch: workos().fetch });
    expect([code, err[0]]).toEqual([
      1,
      expect.stringContaining("src/tools/refund.ts: the name in its metadata cannot be read"),
    ]);
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe(WRITTEN);
  });

  it("without xmcp writes the names of WorkOS alone, and says so", async () => {
    const cwd = project({ "src/index.ts": "" });
    const { code, out } = await runCommand(["types"], { cwd, env, fetch: workos().fetch });
    expect(code).toBe(0);
    expect(out[0]).toContain("No xmcp.config.ts here");
    expect(readFileSync(join(cwd, FILE), "utf8")).not.toContain("tools");
  });

  it("names the folder that is not there", async () => {
    const cwd = project({ "xmcp.config.ts": "export default {};" });
    expect(await runCommand(["types", "--no-workos"], { cwd })).toEqual({
      code: 1,
      out: [],
      err: [`there is no ${join(cwd, FILE)}, or no folder for it`],
    });
  });

  it("names the file that cannot be there", async () => {
    const cwd = project({ "xmcp.config.ts": "export default {};", src: "a file" });
    expect(await runCommand(["types", "--no-workos"], { cwd })).toMatchObject({
      code: 1,
      err: [`${join(cwd, FILE)} cannot be used: ENOTDIR`],
    });
  });

  it("names the file that is a folder", async () => {
    const cwd = app();
    mkdirSync(join(cwd, FILE));
    const { code, err } = await runCommand(["types", "--no-workos"], { cwd });
    expect([code, err.join()]).toEqual([1, expect.stringContaining("is a folder")]);
  });

  it.each([
    [
      "refuses the key",
      () => Response.json({ message: `bad key ${KEY}` }, { status: 401 }),
      "WorkOS answered 401",
    ],
    [
      "knows no such list",
      () => Response.json({ message: "Not Found" }, { status: 404 }),
      "WorkOS answered 404",
    ],
    [
      "is busy",
      () => Response.json({ message: "Slow down" }, { status: 429 }),
      "WorkOS answered 429",
    ],
    [
      "redirects",
      () => new Response(null, { status: 302, headers: { location: "https://x.example" } }),
      "a redirect",
    ],
    [
      "is a page",
      () => new Response("<html>"),
      "WorkOS at https://api.workos.com answered 200 with something else",
    ],
    [
      "answers with another form",
      () => Response.json({ data: [{ slug: 1 }] }),
      "something else than a list of roles",
    ],
    [
      "cannot be reached",
      async () => Promise.reject(new TypeError("fetch failed")),
      "cannot be reached",
    ],
  ])("says so when WorkOS %s, without the key", async (_, answer, message) => {
    const cwd = app();
    const { fetch } = workos({ "/authorization/roles": answer });
    const { code, out, err } = await runCommand(["types"], { cwd, env, fetch });
    expect([code, out]).toEqual([1, []]);
    expect(err.join("\n")).toContain(message);
    expect(err.join("\n")).not.toContain(KEY);
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });

  it.each([
    [{}],
    [{ WORKOS_API_KEY: "secret" }],
    [{ WORKOS_API_KEY: "sk_secret", WORKOS_API_URL: "http://x.example" }],
  ])("says what is wrong with %j, and that there is --no-workos", async (wrong) => {
    const { code, err } = await runCommand(["types"], { cwd: app(), env: wrong });
    expect(code).toBe(1);
    expect(err.at(-1)).toBe("--no-workos writes and checks the names of tools and prompts alone.");
    expect(err.join("\n")).not.toContain("secret");
  });

  it.each([
    [["types", "src"], "Unexpected argument 'src'"],
    [["types", "--force"], "Unknown option '--force'."],
    [["types", "--out"], "Option '--out <value>' argument missing."],
    [["types", "--out", "types.ts"], "--out must be a file that ends in .d.ts."],
    [["types", "--organization", "acme"], "--organization must be an ID, org_…"],
    [["types", "--organization", "org_1/../x"], "--organization must be an ID, org_…"],
  ])("answers %j with what is wrong and how it is used", async (given, problem) => {
    const { code, out, err } = await runCommand(given, { cwd: app() });
    expect([code, out]).toEqual([2, []]);
    expect(err[0]).toContain(problem);
    expect(err.join("\n")).toContain("Usage: npx @xmcp-dev/workos <command>");
  });

  it("explains itself", async () => {
    for (const given of [
      ["types", "--help"],
      ["types", "--check", "-h"],
    ]) {
      const { code, out } = await runCommand(given);
      expect([code, out.join()]).toEqual([0, expect.stringContaining("--no-workos")]);
    }
  });
});
