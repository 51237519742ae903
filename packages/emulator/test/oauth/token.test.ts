import { describe, expect, it } from "vitest";
import { authorize, callback, exchange, postForm } from "../support/oauth-client.js";
import { useEmulator, SHORT_LIVED } from "../support/fixture.js";

const shared = useEmulator(SHORT_LIVED);

describe("the form of a token request", () => {
  it.each([
    ["another media type", { "content-type": "application/json" }, "{}"],
    ["no grant type", { "content-type": "application/x-www-form-urlencoded" }, "client_id=x"],
    [
      "a repeated parameter",
      { "content-type": "application/x-www-form-urlencoded" },
      "grant_type=a&grant_type=b",
    ],
    [
      "a body that is too large",
      { "content-type": "application/x-www-form-urlencoded" },
      `grant_type=${"x".repeat(70_000)}`,
    ],
  ])("%s is an invalid request", async (_name, headers, body) => {
    const response = await shared.emulator.fetch(
      new Request(`${shared.emulator.url}/oauth2/token`, { method: "POST", headers, body }),
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
    "toString",
    "__proto__",
  ])("the grant type %s is unsupported", async (grantType) => {
    const { body } = await postForm(shared.emulator, "/oauth2/token", {
      grant_type: grantType,
      client_id: shared.clientId,
    });
    expect(body["error"]).toBe("unsupported_grant_type");
  });

  it("AS-10: no token response may be cached", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId, {
      parameters: { redirect_uri: callback },
    });
    const { headers } = await exchange(shared.emulator, shared.clientId, authorization);
    expect([headers.get("cache-control"), headers.get("pragma")]).toEqual(["no-store", "no-cache"]);
  });
});
