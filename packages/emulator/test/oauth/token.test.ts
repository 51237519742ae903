import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, type Emulator } from "../../src/index.js";
import { authorize, callback, exchange, postForm, register } from "../support/oauth-client.js";

const resource = "http://127.0.0.1:3002/mcp";
const other = "http://127.0.0.1:3003/mcp";
const start = Date.UTC(2026, 0, 1);

let time = start;
let emulator: Emulator;
let clientId: string;

beforeAll(async () => {
  const seed = { ...defaultSeed, resources: [{ uri: resource, default: true }, { uri: other }] };
  emulator = createEmulator({
    seed,
    now: () => time,
    accessTokenLifetimeSeconds: 120,
    refreshTokenLifetimeSeconds: 3_600,
  });
  clientId = await register(emulator);
});

beforeEach(() => {
  time = start;
});

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
    const response = await emulator.fetch(
      new Request(`${emulator.url}/oauth2/token`, { method: "POST", headers, body }),
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
    const { body } = await postForm(emulator, "/oauth2/token", {
      grant_type: grantType,
      client_id: clientId,
    });
    expect(body["error"]).toBe("unsupported_grant_type");
  });

  it("AS-10: no token response may be cached", async () => {
    const authorization = await authorize(emulator, clientId, {
      parameters: { redirect_uri: callback },
    });
    const { headers } = await exchange(emulator, clientId, authorization);
    expect([headers.get("cache-control"), headers.get("pragma")]).toEqual(["no-store", "no-cache"]);
  });
});
