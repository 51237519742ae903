import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStepUpMemory } from "../../src/access/step-up.js";
import { createAccessControl } from "../../src/access/access-control.js";
import { compileAccessMap } from "../../src/access/access-map.js";
import { hasPermissionOn } from "../../src/access/permission-on.js";
import type { Check } from "../../src/access/rule.js";
import type { Problem } from "../../src/errors.js";

const uri = fc
  .tuple(
    fc.constantFrom(
      "files://t/acme/",
      "files://t/globex/",
      "FILES://t/acme/",
      "files://acme/",
      "files:acme",
      "ui://app/",
      "UI://app/",
      "ui://",
      "other://",
      "",
    ),
    fc.array(
      fc.oneof(
        fc.constantFrom("..", "../", "/..", "%2e%2E/", "./", "/", "\\", "#", "?x", "\t", " ", "@"),
        fc.constantFrom(":80", "*", "{id}", "1", "acme/", "globex/", "files://t/acme/"),
        fc.constantFrom("panel.html", "p%61nel.html"),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([start, parts]) => start + parts.join(""));

const person = {
  kind: "access-token",
  claims: { iat: 1, jti: "j" },
  principal: { kind: "user", id: "user_1", sessionId: "s" },
  authkit: { organizationId: "org_1", scopes: [] },
} as never;

const OURS = "files://t/acme/";
const byName: Check = (call) => call.name.startsWith(OURS);
const byPermission = hasPermissionOn("files:read", ({ name }) => ({
  resourceTypeSlug: "file",
  resourceExternalId: name,
}));

/** Files are for whom the check allows; the UI of a tool for no caller, by a check that goes by its URI. */
function controlBy(check: Check) {
  const problems: Problem[] = [];
  const policy = compileAccessMap(
    {
      tools: { panel: { check: (call) => call.name !== "ui://app/panel.html" } },
      resources: { "files:*": { check }, "*": "authenticated" },
    },
    new Set(["user"]),
    problems,
  );
  expect(problems).toEqual([]);
  return createAccessControl({
    policy,
    callers: new Set(["user", "application", "api-key"]),
    sources: {
      memberships: { find: () => ({ kind: "known", value: { id: "om_1" } }) },
    } as never,
    workos: () =>
      ({
        authorization: {
          check: ({ resourceExternalId }: { resourceExternalId: string }) =>
            Promise.resolve({ authorized: resourceExternalId.startsWith(OURS) }),
        },
      }) as never,
    mayHelp: createStepUpMemory(
      () => 0,
      () => false,
      10,
    ).shouldChallenge,
    reportCheck: () => undefined,
  });
}

/** As the MCP SDK looks a resource up, with and without the fragment. */
function readAs(text: string): readonly string[] {
  const url = URL.canParse(text) ? new URL(text).toString() : text;
  return [url, url.split("#", 1)[0] ?? ""];
}

describe("T-05: a check on a resource, however its URI is spelled", () => {
  it.each([
    ["a function of the name", byName],
    ["a permission on the resource that the name says", byPermission],
  ])("by %s holds for what a server reads", async (_, check) => {
    const control = controlBy(check);
    await fc.assert(
      fc.asyncProperty(uri, async (text) => {
        for (const message of [
          { method: "resources/read", params: { uri: text } },
          { method: "resources/subscribe", params: { uri: text } },
          {
            method: "subscriptions/listen",
            params: { notifications: { resourceSubscriptions: ["other://1", text] } },
          },
        ]) {
          const judgement = await control(person, message);
          const reached = judgement.kind === "admitted" ? readAs(text) : [];
          expect(
            reached.filter((one) => one.startsWith("files:") && !one.startsWith(OURS)),
          ).toEqual([]);
          expect(reached).not.toContain("ui://app/panel.html");
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("holds for the text of a template, which is asked about as it is and judged as a server reads it", async () => {
    const control = controlBy(byName);
    await fc.assert(
      fc.asyncProperty(uri, async (text) => {
        // What names nothing is refused before it is judged.
        fc.pre(text !== "");
        const { kind } = await control(person, {
          method: "completion/complete",
          params: { ref: { type: "ref/resource", uri: text } },
        });
        const isOfFiles = readAs(text).some((one) => one.startsWith("files:"));
        const isTheirs = isOfFiles && !text.startsWith(OURS);
        expect([isTheirs, kind]).not.toEqual([true, "admitted"]);
      }),
      { numRuns: 1_000 },
    );
  });
});
