import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { ApiKeyVerdict } from "../../src/workos/api-key-verdicts.js";
import { createApiKeyValidator } from "../../src/workos/api-keys.js";
import {
  ACME,
  ADA,
  API_KEY,
  event,
  membership,
  reasonOf,
  startRevocationServer,
  type RevocationServer,
} from "../support/revocation-server.js";

const KEY = "sk_nightly_export_0123";
const ADAS = { owner: { type: "user", id: ADA, organization_id: ACME } };

const start = (
  key: object,
  handler = (_request: IncomingMessage, response: ServerResponse) => void response.end("{}"),
): Promise<RevocationServer> =>
  startRevocationServer({ api: { key }, config: { callers: ["user", "api-key"] }, handler });

describe("API keys that are remembered", () => {
  it.each([
    ["the person", ADAS, event("user.deleted", { object: "user", id: ADA })],
    [
      "the person's membership",
      ADAS,
      event("organization_membership.deleted", membership("active")),
    ],
    ["the person's organization", ADAS, event("organization.deleted", { id: ACME })],
    ["the organization", {}, event("organization.deleted", { object: "organization", id: ACME })],
    ["the key", {}, event("api_key.revoked", API_KEY)],
  ])("are asked about anew when %s is gone", async (_, key, gone) => {
    const { ask, api, events, poll } = await start(key);
    expect((await ask(KEY)).status).toBe(200);
    expect((await ask(KEY)).status).toBe(200);
    expect(api.asked).toBe(1);
    api.isKeyKnown = false;
    events.push(gone);
    await poll();
    expect(await reasonOf(await ask(KEY))).toBe("api_key_invalid");
    expect(api.asked).toBe(2);
  });

  it.each([
    ["another person", event("user.deleted", { object: "user", id: "user_01BOB" })],
    ["another organization", event("organization.deleted", { id: "org_01GLOBEX" })],
    [
      "the person in another organization",
      event("organization_membership.deleted", {
        ...membership("active"),
        organization_id: "org_01GLOBEX",
      }),
    ],
    ["a session", event("session.revoked", { id: "session_01", user_id: ADA })],
  ])("are not asked about anew when %s is gone", async (_, gone) => {
    const { ask, api, events, poll } = await start(ADAS);
    await ask(KEY);
    events.push(gone);
    await poll();
    expect((await ask(KEY)).status).toBe(200);
    expect(api.asked).toBe(1);
  });
});

describe("a long stream that an API key opened", () => {
  it("ends when the key is revoked, without a question to WorkOS", async () => {
    const { ask, api, events, poll } = await start({}, (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": open\n\n");
    });
    const stream = await ask(KEY, { method: "GET" });
    expect(stream.status).toBe(200);
    events.push(event("api_key.revoked", API_KEY));
    await poll();
    // Looked at every five seconds, in real time.
    expect(await stream.text()).toBe(": open\n\n");
    expect(api.asked).toBe(1);
  });
});

describe("what was forgotten", () => {
  const answers = { isKnown: true };
  const validatorAt = (now: () => number) =>
    createApiKeyValidator(
      () =>
        ({
          apiKeys: {
            createValidation: ({ value }: { value: string }) =>
              Promise.resolve({
                apiKey: answers.isKnown
                  ? {
                      id: `api_key_${value}`,
                      name: value,
                      owner: { type: "organization", id: ACME },
                      permissions: [],
                    }
                  : null,
              }),
          },
        }) as never,
      { digest: (text) => text, now, report: () => undefined },
    );
  const keyOf = (verdict: ApiKeyVerdict) => {
    if (verdict.kind !== "valid") throw new Error(verdict.kind);
    return verdict.key;
  };

  it("is told of a key until it is asked about anew, and of no other", async () => {
    const { validate, forget, isForgotten } = validatorAt(() => 1_000_000);
    const [one, other] = [keyOf(await validate("one")), keyOf(await validate("other"))];
    expect(isForgotten(one)).toBe(false);
    forget("api_key_one");
    expect([isForgotten(one), isForgotten(other)]).toEqual([true, false]);
    expect(isForgotten(keyOf(await validate("one")))).toBe(false);
    expect(isForgotten(one)).toBe(true);
  });

  it("is told of a key that WorkOS no longer knows", async () => {
    const clock = { now: 1_000_000 };
    const { validate, isForgotten } = validatorAt(() => clock.now);
    const key = keyOf(await validate("one"));
    clock.now += 30_000;
    answers.isKnown = false;
    expect(await validate("one")).toEqual({ kind: "invalid" });
    answers.isKnown = true;
    expect(isForgotten(key)).toBe(true);
  });

  it("is no key that was asked about again because it was revoked while it was asked about", async () => {
    const { validate, forgetOwner, isForgotten } = validatorAt(() => 1_000_000);
    const asked = validate("one");
    forgetOwner({ organizationId: ACME });
    expect(isForgotten(keyOf(await asked))).toBe(false);
  });
});
