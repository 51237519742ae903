import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { project } from "./folder.js";
import { runCommand } from "./run-command.js";

const KEY = "sk_test_secret1";
const env = { WORKOS_API_KEY: KEY };
const FILE = "access.snapshot.md";
const MAP = `export const access = {
  tools: {
    refund: { permissions: ["refunds:create"], check: () => true },
    list: "authenticated",
    "admin_*": { role: "admin" },
  },
};`;
const PERSONAS = JSON.stringify({
  lead: { organizationId: "org_01ACME", roles: ["lead"], permissions: ["refunds:create"] },
  guest: {},
});

const app = (files: Readonly<Record<string, string>> = {}): string =>
  project({
    "xmcp.config.ts": "export default { http: true };",
    "src/tools/refund.ts": "export default () => 1;",
    "src/tools/list.ts": "export default () => 1;",
    "src/tools/admin_list.ts": "export default () => 1;",
    "access.mjs": MAP,
    "people.json": PERSONAS,
    ...files,
  });
const GIVEN = ["access", "--map", "access.mjs", "--personas", "people.json"];

const TABLE = `## Tools

| tool         | rule      | lead  | guest        |
| ------------ | --------- | ----- | ------------ |
| \`admin_list\` | \`admin_*\` | no    | organization |
| \`list\`       | \`list\`    | yes   | yes          |
| \`refund\`     | \`refund\`  | check | organization |

- yes: may use it
- check: may use it when the rule's check agrees
- organization: may use it in another organization
- no: may not use it

## Who

- lead: user; in org_01ACME; roles lead; permissions refunds:create
- guest: user
`;

/** WorkOS with these roles. */
const workos =
  (answer?: () => Response): typeof fetch =>
  async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${KEY}`);
    if (answer !== undefined) return answer();
    const role = (slug: string, permissions: string[], type = "EnvironmentRole"): object => ({
      object: "role",
      slug,
      type,
      permissions,
    });
    const data: Readonly<Record<string, object[]>> = {
      "/authorization/roles": [role("lead", ["refunds:create"]), role("admin", [])],
      "/organizations": [{ id: "org_1" }],
      "/authorization/organizations/org_1/roles": [role("org-own", [], "OrganizationRole")],
    };
    return Response.json({
      object: "list",
      data: data[pathname] ?? [],
      list_metadata: { before: null, after: null },
    });
  };

describe("access", () => {
  it("prints who of a file may use what", async () => {
    expect(await runCommand(GIVEN, { cwd: app() })).toEqual({ code: 0, out: [TABLE], err: [] });
  });

  it("prints who may use what by the roles of WorkOS, organizations' own last", async () => {
    const { code, out } = await runCommand(["access", "--map", "access.mjs"], {
      cwd: app(),
      env,
      fetch: workos(),
    });
    expect(code).toBe(0);
    expect(out.join())
      .toContain(`| tool         | rule      | no role | admin | lead  | org-own of org_1 |
| ------------ | --------- | ------- | ----- | ----- | ---------------- |
| \`admin_list\` | \`admin_*\` | no      | yes   | no    | no               |
| \`list\`       | \`list\`    | yes     | yes   | yes   | yes              |
| \`refund\`     | \`refund\`  | no      | no    | check | no               |`);
    expect(out.join()).toContain(
      "- lead: user; in org_EXAMPLE; roles lead; permissions refunds:create",
    );
  });

  it("writes a snapshot, finds it up to date, and shows what a change changes", async () => {
    const cwd = app();
    expect(await runCommand([...GIVEN, "--check"], { cwd })).toMatchObject({
      code: 1,
      err: expect.arrayContaining([
        `There is no ${FILE}: run npx @xmcp-dev/workos access --snapshot, and look at what changed.`,
      ]) as string[],
    });
    expect(existsSync(join(cwd, FILE))).toBe(false);
    expect(await runCommand([...GIVEN, "--snapshot"], { cwd })).toEqual({
      code: 0,
      out: [`Wrote ${FILE}.`],
      err: [],
    });
    const written = readFileSync(join(cwd, FILE), "utf8");
    expect(written).toBe(
      `<!-- Written by \`npx @xmcp-dev/workos access --snapshot\`; do not edit it. -->\n\n# Who may use what\n\n${TABLE}`,
    );
    expect(await runCommand([...GIVEN, "--check"], { cwd })).toEqual({
      code: 0,
      out: [`${FILE} is up to date.`],
      err: [],
    });
    // As a formatter may lay it out.
    writeFileSync(join(cwd, FILE), written.replaceAll(/ +\|/g, " |").replaceAll(/-{4,}/g, "---"));
    expect((await runCommand([...GIVEN, "--check"], { cwd })).code).toBe(0);

    writeFileSync(
      join(cwd, "people.json"),
      PERSONAS.replace('"permissions":["refunds:create"]', '"permissions":[]'),
    );
    expect(await runCommand([...GIVEN, "--check"], { cwd })).toEqual({
      code: 1,
      out: [],
      err: [
        "- | `refund` | `refund` | check | organization |",
        "- - check: may use it when the rule's check agrees",
        "- - lead: user; in org_01ACME; roles lead; permissions refunds:create",
        "+ | `refund` | `refund` | no | organization |",
        "+ - lead: user; in org_01ACME; roles lead",
        `${FILE} is not up to date: run npx @xmcp-dev/workos access --snapshot, and look at what changed.`,
      ],
    });
  });

  it("leaves a file alone that it did not write", async () => {
    const cwd = app({ [FILE]: "# Mine\n" });
    for (const what of ["--check", "--snapshot"]) {
      expect(await runCommand([...GIVEN, what], { cwd })).toEqual({
        code: 1,
        out: [],
        err: [`${FILE} was not written by this command: delete it, or give another --out.`],
      });
    }
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe("# Mine\n");
  });

  it("without xmcp has the names that the map writes out", async () => {
    const cwd = project({ "access.mjs": MAP, "people.json": PERSONAS });
    const { code, out } = await runCommand(GIVEN, { cwd });
    expect(code).toBe(0);
    expect(out[0]).toContain("No xmcp.config.ts here");
    expect(out[1]).toContain("| `list`   | `list`   | yes");
    expect(out[1]).not.toContain("admin_");
  });

  it.each([
    [
      "that is not there",
      undefined,
      "there is no access.mjs: name the module of the access map with --map",
    ],
    ["that exports none", "export const map = {};", "access.mjs exports no access map"],
    [
      "that throws",
      'throw new Error("DATABASE_URL is missing");',
      "access.mjs cannot be loaded: DATABASE_URL is missing",
    ],
    ["that is no module", "export const = ;", "access.mjs cannot be loaded: "],
    [
      "with a mistake",
      'export const access = { tools: { x: { rolse: "a" } } };',
      'access.tools["x"].rolse is unknown',
    ],
  ])("needs a map, and not one %s", async (_, map, problem) => {
    const files = map === undefined ? {} : { "broken.mjs": map };
    const given = GIVEN.map((one) => (one === "access.mjs" ? "broken.mjs" : one));
    const { code, out, err } = await runCommand(given, { cwd: app(files) });
    expect([code, out]).toEqual([1, []]);
    expect(err.join("\n")).toContain(problem.replace("access.mjs", "broken.mjs"));
  });

  it("takes a map that is the default export", async () => {
    const cwd = app({ "access.mjs": MAP.replace("export const access =", "export default") });
    expect(await runCommand(GIVEN, { cwd })).toMatchObject({ code: 0, out: [TABLE] });
  });

  it.each([
    ["no JSON", "{", "people.json is no JSON"],
    ["no personas", "{}", "people.json must name one persona at least"],
    [
      "a misspelled member",
      '{ "a": { "permisions": [] } }',
      'people.json["a"].permisions is unknown: is permissions meant?',
    ],
    [
      "another form",
      '{ "a": { "roles": "admin" } }',
      'people.json["a"].roles must be a list of role slugs',
    ],
  ])("needs personas, and not %s", async (_, people, problem) => {
    const { code, err } = await runCommand(GIVEN, { cwd: app({ "people.json": people }) });
    expect([code, err.join("\n")]).toEqual([1, expect.stringContaining(problem)]);
  });

  it("names the file of personas that is not there", async () => {
    const given = ["access", "--map", "access.mjs", "--personas", "none.json"];
    expect(await runCommand(given, { cwd: app() })).toEqual({
      code: 1,
      out: [],
      err: ["there is no none.json"],
    });
  });

  it("says so when the names of the project cannot be read", async () => {
    const cwd = app({ "src/tools/list.ts": "export const metadata = about;\nexport default 1;" });
    const { code, err } = await runCommand(GIVEN, { cwd });
    expect([code, err.join()]).toEqual([
      1,
      expect.stringContaining("src/tools/list.ts: metadata is no object literal"),
    ]);
  });

  it.each([
    [
      "refuses the key",
      Response.json({ message: `bad key ${KEY}` }, { status: 401 }),
      "WorkOS answered 401",
    ],
    ["answers with another form", Response.json({ data: 1 }), "something else than a list of"],
  ])("says so when WorkOS %s, without the key", async (_, answer, message) => {
    const { code, out, err } = await runCommand(["access", "--map", "access.mjs"], {
      cwd: app(),
      env,
      fetch: workos(() => answer),
    });
    expect([code, out]).toEqual([1, []]);
    expect(err.join("\n")).toContain(message);
    expect(err.join("\n")).not.toContain(KEY);
  });

  it("says that there is --personas when there is no key", async () => {
    const { code, err } = await runCommand(["access", "--map", "access.mjs"], { cwd: app() });
    expect([code, err.at(-1)]).toEqual([
      1,
      "--personas <file.json> gives who is asked about instead of WorkOS's roles.",
    ]);
  });

  it.each([
    [["access", "src"], "Unexpected argument 'src'"],
    [["access", "--forse"], "Unknown option '--forse'."],
    [["access", "--snapshot", "--check"], "--snapshot and --check are two commands."],
    [["access", "--out", "x.txt"], "--out must be a file that ends in .md."],
    [["access", "--organization", "acme"], "--organization must be an ID, org_…"],
    [
      ["access", "--personas", "x.json", "--organization", "org_1"],
      "--organization is for roles of WorkOS, not for --personas.",
    ],
  ])("answers %j with what is wrong and how it is used", async (given, problem) => {
    const { code, out, err } = await runCommand(given, { cwd: app() });
    expect([code, out]).toEqual([2, []]);
    expect(err[0]).toContain(problem);
    expect(err.join("\n")).toContain("Usage: npx @xmcp-dev/workos <command>");
  });
});
