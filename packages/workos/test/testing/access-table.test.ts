import { describe, expect, it } from "vitest";
import type { AccessMap } from "../../src/index.js";
import { accessTable } from "../../src/testing/access-table.js";

const map: AccessMap = {
  tools: {
    whoami: "authenticated",
    summarize: { permissions: ["read"], featureFlags: ["summaries"] },
    refund: { permissions: ["refund"], check: () => true },
    scoped: { scopes: ["tickets"] },
    "admin_*": { role: "admin", organization: "required" },
  },
  resources: { "tickets://{id}": { permissions: ["read"] } },
};

describe("accessTable", () => {
  it("writes who may use what, and what they have", async () => {
    expect(
      await accessTable(
        map,
        {
          guest: { organizations: ["org_01ACME"] },
          agent: {
            organizationId: "org_01ACME",
            roles: ["agent"],
            permissions: ["refund", "read"],
          },
          admin: { organizationId: "org_01ACME", roles: ["admin"], scopes: ["tickets"] },
          key: { kind: "api-key", permissions: ["read"], featureFlags: ["summaries"] },
        },
        {
          tools: ["whoami", "refund", "summarize", "admin_list_team", "scoped", "extra", "refund"],
          resources: ["tickets://{id}"],
        },
      ),
    ).toBe(`## Tools

| tool              | rule        | guest        | agent | admin | key |
| ----------------- | ----------- | ------------ | ----- | ----- | --- |
| \`admin_list_team\` | \`admin_*\`   | organization | no    | yes   | no  |
| \`extra\`           | not named   | no           | no    | no    | no  |
| \`refund\`          | \`refund\`    | organization | check | no    | no  |
| \`scoped\`          | \`scoped\`    | scope        | scope | yes   | no  |
| \`summarize\`       | \`summarize\` | organization | flag  | no    | yes |
| \`whoami\`          | \`whoami\`    | yes          | yes   | yes   | yes |

## Resources

| resource         | rule             | guest        | agent | admin | key |
| ---------------- | ---------------- | ------------ | ----- | ----- | --- |
| \`tickets://{id}\` | \`tickets://{id}\` | organization | yes   | no    | yes |

- yes: may use it
- check: may use it when the rule's check agrees
- flag: may use it where its feature flag is on
- scope: may use it after granting a scope to the client
- organization: may use it in another organization
- no: may not use it

## Who

- guest: user; member of org_01ACME
- agent: user; in org_01ACME; roles agent; permissions read, refund
- admin: user; in org_01ACME; roles admin; scopes tickets
- key: api-key; permissions read; feature flags summaries
`);
  });

  it("is the same whatever the order of names, and shows no name as markup", async () => {
    const people = { "a|b": { roles: ["x"] } };
    const names = ["who|ami", "b\u202ea"];
    const table = await accessTable(map, people, { tools: names });
    expect(await accessTable(map, people, { tools: names.toReversed() })).toBe(table);
    expect(table).toContain("| `who\\|ami`   |");
    expect(table).toContain("a\\|b");
    expect(table).toContain("`b&#x202e;a`");
  });

  it.each<[unknown, unknown, string[]]>([
    [{}, {}, ["personas"]],
    [[], {}, ["personas"]],
    [{ a: { rolse: [] } }, {}, ['personas["a"].rolse']],
    [{ a: {} }, { tools: "x" }, ["names.tools"]],
    [{ a: {} }, { tools: [1] }, ["names.tools"]],
  ])("refuses %j, %j", async (personas, names, paths) => {
    const asked = accessTable(map, personas as never, names as never);
    await expect(asked).rejects.toMatchObject({
      problems: paths.map((path) => expect.objectContaining({ path }) as object),
    });
  });
});
