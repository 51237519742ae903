import { defaultSeed } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp, whatRan } from "../support/access-app.ts";
import { call, inBothEras, read, request, spellings, type Attack } from "./access-attacks.ts";
import { startVictim, type Victim } from "./access-victim.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

/** Rules of which only a check, which goes by the name, tells whose it is. */
const CONFIGURATION = `{
  access: {
    tools: {
      "*": "authenticated",
      panel: { check: ({ caller, name }) => name !== "ui://app/panel.html" || caller.id === "${ADA}" },
    },
    resources: {
      "*": "authenticated",
      "files://t/{org}/{id}": {
        check: ({ caller, name }) => name.startsWith("files://t/" + caller.organizationId + "/"),
      },
      "vault://{id}": {
        check: hasPermissionOn("safe:open", ({ name }) => ({
          resourceTypeSlug: "safe",
          resourceExternalId: name.slice("vault://".length),
        })),
      },
    },
    prompts: { "*": "authenticated", audit: { check: ({ caller }) => caller.id === "${ADA}" } },
  },
}`;

/** What must never run for Grace: files of another organization, the safe that she has no key of. */
const FORBIDDEN = new RegExp(`^(files:.* ${GLOBEX} .*|vault://{id} 8|panel|prompt audit)$`, "i");
const LOOT = new RegExp(
  `"text":"(file ${GLOBEX}|safe 8)|panel of the caller|Please do: audit`,
  "i",
);

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim("access-check-attacks", {
    files: accessApp(CONFIGURATION, ["hasPermissionOn"]),
    attacker: { userId: GRACE, organizationId: ACME },
    forbidden: FORBIDDEN,
    loot: LOOT,
    seed: {
      permissions: [...defaultSeed.permissions, { slug: "safe:open", name: "Open a safe" }],
      roles: [
        ...defaultSeed.roles,
        { slug: "safe-keeper", name: "Safe keeper", permissions: ["safe:open"] },
      ],
      authorizationResources: ["7", "8"].map((externalId) => ({
        id: `authz_resource_01K0SAFE${externalId}`,
        typeSlug: "safe",
        externalId,
        name: `Safe ${externalId}`,
        organizationId: ACME,
      })),
      roleAssignments: [
        ["om_01K0GRACEATACME00000000000", "7"],
        ["om_01K0ADAATACME0000000000000", "8"],
      ].map(([membershipId = "", externalId = ""]) => ({
        membershipId,
        roleSlug: "safe-keeper",
        resourceId: `authz_resource_01K0SAFE${externalId}`,
      })),
    },
  });
});
afterAll(async () => {
  await victim?.stop();
});

const reads = (uris: readonly string[]): readonly Attack[] =>
  uris
    .flatMap((uri) => [
      ...inBothEras("resources/read", { uri }, uri.trim()),
      ...inBothEras("resources/subscribe", { uri }),
      { body: [read("config://app"), read(uri)] },
    ])
    .filter(
      ({ headers }) => headers === undefined || /^[\x20-\x7e]*$/.test(headers["mcp-name"] ?? ""),
    );

describe("the marks are real", () => {
  it("what is forbidden to one runs for another, so that the attacks below could be seen to succeed", async () => {
    const atAcme = await victim.mint({ userId: ADA, organizationId: ACME });
    const atGlobex = await victim.mint({ userId: ADA, organizationId: GLOBEX });
    const before = whatRan(victim.app).length;
    for (const [body, token] of [
      [read(`files://t/${GLOBEX}/1`), atGlobex],
      [read("vault://8"), atAcme],
      [read("ui://app/panel.html"), atAcme],
      [request("prompts/get", { name: "audit", arguments: {} }), atAcme],
    ] as const) {
      const { status, text } = await victim.send({ body }, token);
      expect(status).toBe(200);
      expect(text).toMatch(LOOT);
    }
    const lines = (await victim.ran()).slice(before, -1);
    expect(lines).toEqual([
      `files://t/{org}/{id} ${GLOBEX} 1`,
      "vault://{id} 8",
      "panel",
      "prompt audit",
    ]);
    for (const line of lines) expect(line).toMatch(FORBIDDEN);
  });

  it("T-06: each is denied by its plain name, and what is hers is not", async () => {
    for (const body of [
      read(`files://t/${GLOBEX}/1`),
      read("vault://8"),
      read("vault://9"),
      read("ui://app/panel.html"),
      request("prompts/get", { name: "audit", arguments: {} }),
    ]) {
      expect((await victim.send({ body })).text).toContain('"reason":"check_denied"');
    }
    const before = whatRan(victim.app).length;
    for (const body of [
      read(`files://t/${ACME}/1`),
      read(`files://t/${ACME}/1#part`),
      read(`files://t/${ACME}/./2`),
      read("vault://7"),
    ]) {
      expect((await victim.send({ body })).text).not.toContain('"error"');
    }
    expect((await victim.ran()).slice(before, -1)).toEqual([
      `files://t/{org}/{id} ${ACME} 1`,
      // The fragment reaches the handler, so that the check is asked with it too.
      `files://t/{org}/{id} ${ACME} 1#part`,
      `files://t/{org}/{id} ${ACME} 2`,
      "vault://{id} 7",
    ]);
    expect((await victim.send({ body: call("panel") })).text).not.toContain("check_denied");
  });
});

describe("T-05: a check judges what is dispatched", () => {
  it.each([
    ["a file of another organization", spellings("files", `t/${GLOBEX}/1`)],
    [
      "a file of another organization, from her own",
      [
        ...["..", ".%2e", "%2e.", "%2E%2e", ".\t.", "..\n", "./..", "x/../.."].flatMap((up) => [
          `files://t/${ACME}/${up}/${GLOBEX}/1`,
          `files://t/${ACME}/${up}/${GLOBEX}/1#${ACME}`,
          `FILES://t/${ACME}/${up}/${GLOBEX}/1`,
          `files://t/${ACME}/1/../${up}/${GLOBEX}/1`,
          `files://t/${ACME}/1/${up}/${up}/${GLOBEX}/1`,
        ]),
        `files://t/${ACME}/..\\${GLOBEX}/1`,
        `files://t/${GLOBEX}/1#/../../${ACME}/`,
        `files://t/${ACME}@t/${GLOBEX}/1`,
        `files://t/${ACME}/?/../${GLOBEX}/1`,
      ],
    ],
    ["a safe without a key", spellings("vault", "8")],
    [
      "a safe without a key, from one with",
      ["vault://7/../8", "vault://7/..//8", "vault://7@8", "vault://7#/../8", "vault://8#7"].concat(
        "vault://7/../../8",
        "vault:7/../8",
        "vault://7\\@8",
      ),
    ],
    ["the UI of a tool", spellings("ui", "app/panel.html")],
  ])("%s is not read by any spelling", async (_what, uris) => {
    expect(await victim.harmOf(reads(uris))).toEqual([]);
  });

  it("a template is completed for no caller whom its rule's check denies", async () => {
    for (const uri of ["files://t/{org}/{id}", "vault://{id}"]) {
      for (const attack of inBothEras("completion/complete", {
        ref: { type: "ref/resource", uri },
        argument: { name: "id", value: "" },
      })) {
        const { text } = await victim.send(attack);
        expect(JSON.parse(text)).toMatchObject({
          error: { code: -32_003, data: { reason: "check_denied" } },
        });
      }
    }
  });

  it("refuses a template of twenty thousand letters unread", async () => {
    const { text } = await victim.send({
      body: request("completion/complete", {
        ref: { type: "ref/resource", uri: `files://${"*a".repeat(10_000)}` },
        argument: { name: "id", value: "" },
      }),
    });
    expect(JSON.parse(text)).toMatchObject({ error: "content_too_large", reason: "name_too_long" });
  });
});
