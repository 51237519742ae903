import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createEmulator,
  defaultSeed,
  parseSeed,
  SeedError,
  type Seed,
  type SeedProblem,
} from "../../src/index.js";

function problemsOf(seed: unknown): readonly SeedProblem[] {
  try {
    parseSeed(JSON.stringify(seed), "json");
    return [];
  } catch (error) {
    if (error instanceof SeedError) return error.problems;
    throw error;
  }
}

describe("parseSeed", () => {
  it("reads the default seed back from JSON", () => {
    expect(parseSeed(JSON.stringify(defaultSeed), "json")).toEqual(defaultSeed);
  });

  it("reads YAML, and fills in what is left out", () => {
    const seed = parseSeed(
      `
users:
  - id: user_01ADA
    email: ada@acme.test
organizations:
  - { id: org_01ACME, name: Acme }
roles:
  - { slug: admin, name: Admin, permissions: [] }
memberships:
  - { id: om_01ADA, userId: user_01ADA, organizationId: org_01ACME, roles: [admin] }
resources:
  - uri: http://127.0.0.1:3002/mcp
    default: true
`,
      "yaml",
    );
    expect(seed).toEqual({
      clientId: "client_01K0ENV1R0NMENT00000000000",
      apiKey: "sk_test_local_emulator_only_not_a_secret",
      users: [{ id: "user_01ADA", email: "ada@acme.test" }],
      organizations: [{ id: "org_01ACME", name: "Acme" }],
      memberships: [
        { id: "om_01ADA", userId: "user_01ADA", organizationId: "org_01ACME", roles: ["admin"] },
      ],
      roles: [{ slug: "admin", name: "Admin", permissions: [] }],
      permissions: [],
      applications: [],
      resources: [{ uri: "http://127.0.0.1:3002/mcp", default: true }],
      directories: [],
      directoryGroups: [],
      directoryUsers: [],
      connections: [],
    });
  });

  it.each<[string, unknown, SeedProblem[]]>([
    ["a list", [], [{ path: "", message: "must be an object" }]],
    ["a list that is no list", { users: {} }, [{ path: "users", message: "must be a list" }]],
    [
      "fields that are missing",
      { users: [{ id: "user_01A", email: "a@b.test" }, {}] },
      [
        { path: "users[1].id", message: "is missing" },
        { path: "users[1].email", message: "is missing" },
      ],
    ],
    [
      "an e-mail that is none",
      { users: [{ id: "user_01A", email: "a" }] },
      [{ path: "users[0].email", message: "must be an e-mail address" }],
    ],
    [
      "a misspelt field",
      { users: [{ id: "user_01A", email: "a@b.test", fristName: "A" }], organisations: [] },
      [
        {
          path: "users[0].fristName",
          message: expect.stringMatching(
            /^is not a field of a seed\. Did you mean firstName\? Known: id, email, .*\.$/u,
          ),
        },
        {
          path: "organisations",
          message: expect.stringMatching(
            /^is not a field of a seed\. Did you mean organizations\? Known: clientId, apiKey, .*\.$/u,
          ),
        },
      ],
    ],
    [
      "an identifier of another kind",
      { organizations: [{ id: "user_01A", name: "Acme" }] },
      [
        {
          path: "organizations[0].id",
          message:
            "must be an identifier such as org_01… (capital letters and digits after the prefix)",
        },
      ],
    ],
    [
      "a flag that is a text",
      { features: { issuerParameter: "yes" } },
      [{ path: "features.issuerParameter", message: "must be true or false" }],
    ],
    [
      "an unknown kind of application",
      { applications: [{ kind: "saml", clientId: "client_01A", name: "A", redirectUris: [] }] },
      [{ path: "applications[0].kind", message: "must be one of oauth, m2m" }],
    ],
    [
      "a redirect URI that is not allowed",
      {
        applications: [
          { kind: "oauth", clientId: "client_01A", name: "A", redirectUris: ["http://a.example/"] },
        ],
      },
      [
        {
          path: "applications[0].redirectUris[0]",
          message:
            "must be an https URI, a loopback http URI or a private-use scheme such as com.example.app:/, without a fragment",
        },
      ],
    ],
    [
      "metadata of other than texts",
      { users: [{ id: "user_01A", email: "a@b.test", metadata: { age: 3 } }] },
      [{ path: "users[0].metadata.age", message: "must be a non-empty text" }],
    ],
    [
      "a resource with a fragment",
      { resources: [{ uri: "https://a.example/#x" }] },
      [{ path: "resources[0].uri", message: "must be an absolute URI without a fragment" }],
    ],
    [
      "an API key that is none",
      { apiKey: "secret" },
      [{ path: "apiKey", message: "must be an API key that starts with sk_" }],
    ],
  ])("names what is wrong with %s", (_name, seed, problems) => {
    expect(problemsOf(seed)).toEqual(problems);
  });

  it("finds references that lead nowhere, and what is there twice", () => {
    const seed: Seed = {
      ...defaultSeed,
      users: [...defaultSeed.users, { id: "user_01NEW", email: "ADA@acme.test" }],
      memberships: [
        { id: "om_01A", userId: "user_01X", organizationId: "org_01X", roles: ["x", "admin"] },
      ],
      roles: [
        ...defaultSeed.roles,
        { slug: "x2", name: "X", permissions: ["nothing:read"], organizationId: "org_01X" },
      ],
      applications: [
        { kind: "oauth", clientId: defaultSeed.clientId, name: "A", redirectUris: [] },
      ],
      resources: [
        { uri: "https://a.example/", default: true },
        { uri: "https://b.example/", default: true },
        { uri: "https://a.example/" },
      ],
    };
    expect(
      problemsOf(seed)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      "applications[0].clientId",
      "memberships[0].organizationId",
      "memberships[0].roles[0]",
      "memberships[0].userId",
      "resources[1].default",
      "resources[2].uri",
      "roles[2].organizationId",
      "roles[2].permissions[0]",
      "users[3].email",
    ]);
  });

  it("wants a role for each membership", () => {
    const [membership] = defaultSeed.memberships;
    expect(problemsOf({ ...defaultSeed, memberships: [{ ...membership, roles: [] }] })).toEqual([
      { path: "memberships[0].roles", message: "must name at least one role" },
    ]);
  });

  it("says everything at once in its message", () => {
    expect(() => parseSeed('{"users":[{"id":"x","email":"y"}]}', "json")).toThrow(
      "The seed cannot be used:\n  users[0].id: must be an identifier such as user_01… (capital letters and digits after the prefix)\n  users[0].email: must be an e-mail address",
    );
  });

  it.each<["json" | "yaml", string]>([
    ["json", "{"],
    ["yaml", "users: [\n"],
    ["yaml", "a: &a [x]\nb: *c\n"],
  ])("refuses broken %s: %j", (format, text) => {
    expect(() => parseSeed(text, format)).toThrow(SeedError);
  });

  it("says where a file is broken, and quotes nothing of it", () => {
    const errorOf = (text: string, format: "json" | "yaml"): string => {
      try {
        parseSeed(text, format);
      } catch (error) {
        return (error as Error).message;
      }
      return "no error";
    };
    expect(errorOf('{\n"apiKey": "sk_canary"\n"users": []}', "json")).toBe(
      "The seed cannot be used:\n  is not JSON: see line 3",
    );
    expect(errorOf("apiKey: sk_canary\nusers: [\n", "yaml")).toMatch(
      /^The seed cannot be used:\n {2}is not YAML: see line [23]$/u,
    );
    expect(errorOf("sk_canary", "json")).toBe("The seed cannot be used:\n  is not JSON");
  });

  it("whatever the JSON, gives a seed or names problems with paths, and never fails otherwise", () => {
    const lists = [
      "users",
      "organizations",
      "memberships",
      "roles",
      "applications",
      "resources",
      "features",
      "auditLogSchemas",
    ];
    const seeds = fc.dictionary(
      fc.constantFrom(...lists),
      fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
    );
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const { path, message } of problemsOf(seed)) {
          expect(path).toMatch(/^[a-zA-Z]+/u);
          expect(message).not.toBe("");
        }
      }),
      { numRuns: 300 },
    );
  });

  it("whatever a well-formed seed holds, it comes back from JSON and from YAML the same", () => {
    const slug = fc.stringMatching(/^[A-Z0-9]{1,12}$/u);
    const text = fc.string({ minLength: 1 }).filter((name) => name.isWellFormed());
    const users = fc.uniqueArray(fc.record({ id: slug, name: text }), { selector: ({ id }) => id });
    fc.assert(
      fc.property(users, (people) => {
        const seed = {
          ...defaultSeed,
          memberships: [],
          users: people.map(({ id, name }) => ({
            id: `user_${id}`,
            email: `${id}@a.test`,
            firstName: name,
          })),
        };
        expect(parseSeed(JSON.stringify(seed), "json")).toEqual(seed);
        // JSON is YAML too.
        expect(parseSeed(JSON.stringify(seed), "yaml")).toEqual(seed);
      }),
    );
  });
});

describe("a seed that was built in code", () => {
  it("is checked as a file is", async () => {
    const seed = { ...defaultSeed, users: [{ id: "ada", email: "ada" }] };
    expect(() => createEmulator({ seed })).toThrow(
      /^seed\.users\[0\]\.id must be an identifier .*\nseed\.users\[0\]\.email must be an e-mail address\.$/u,
    );
  });

  it("is copied and frozen", async () => {
    const users = [{ id: "user_01A", email: "a@b.test" }];
    const emulator = createEmulator({ seed: { ...defaultSeed, users, memberships: [] } });
    users.push({ id: "user_01B", email: "b@b.test" });
    expect(emulator.seed.users).toHaveLength(1);
    expect(Object.isFrozen(emulator.seed.users[0])).toBe(true);
  });
});
