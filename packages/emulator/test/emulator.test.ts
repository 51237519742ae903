import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, startEmulator, type Emulator } from "../src/index.js";
import {
  ada,
  authorize,
  claimsOf,
  exchange,
  get,
  grace,
  headerOf,
  postForm,
  refresh,
  register,
} from "./support/oauth-client.js";
import { apiKeyHeader, sdkFor } from "./support/sdk.js";

const RESOURCE = "http://127.0.0.1:3002/mcp";
const start = Date.UTC(2026, 0, 1);
const now = (): number => start;

describe("createEmulator", () => {
  it("has an issuer, a client ID and a key that says what it is", () => {
    const emulator = createEmulator();
    expect(emulator.issuer).toBe("http://127.0.0.1:4100");
    expect(emulator.url).toBe("http://127.0.0.1:4100");
    expect(emulator.clientId).toMatch(/^client_01[0-9A-Z]{24}$/u);
    expect(emulator.apiKey).toBe("sk_test_local_emulator_only_not_a_secret");
  });

  it("takes the switches of the seed, and those of the options first", async () => {
    const seed = {
      ...defaultSeed,
      features: { dynamicClientRegistration: false, issuerParameter: true },
    };
    const emulator = createEmulator({ seed, features: { issuerParameter: false } });
    const { body } = await get(emulator, "/.well-known/oauth-authorization-server");
    expect(body).not.toHaveProperty("registration_endpoint");
    expect(body).not.toHaveProperty("authorization_response_iss_parameter_supported");
  });
});

describe("resource", () => {
  it("registers indicators, the first as the default and for BASE_URL", () => {
    const emulator = createEmulator({ resource: [RESOURCE, "https://b.example/mcp"] });
    expect(emulator.seed.resources).toEqual([
      { uri: RESOURCE, default: true },
      { uri: "https://b.example/mcp" },
    ]);
    expect(emulator.env.BASE_URL).toBe("http://127.0.0.1:3002");
  });

  it("leaves the default of the seed, and registers none twice", () => {
    const resources = [{ uri: "https://a.example/mcp", default: true }];
    const emulator = createEmulator({
      seed: { ...defaultSeed, resources },
      resource: ["https://b.example/team/mcp", "https://a.example/mcp"],
    });
    expect(emulator.seed.resources).toEqual([
      { uri: "https://a.example/mcp", default: true },
      { uri: "https://b.example/team/mcp" },
    ]);
    expect(emulator.env.BASE_URL).toBe("https://b.example/team");
  });

  it.each([
    [[], "http://127.0.0.1:3002"],
    [[{ uri: "https://a.example/mcp" }], "https://a.example"],
    [
      [{ uri: "https://a.example/mcp" }, { uri: "https://b.example/mcp", default: true }],
      "https://b.example",
    ],
    [[{ uri: "https://a.example/api/tools" }], "https://a.example"],
  ])("left out, BASE_URL is of the seed's indicators (%j)", (resources, baseUrl) => {
    const emulator = createEmulator({ seed: { ...defaultSeed, resources } });
    expect(emulator.env.BASE_URL).toBe(baseUrl);
  });
});

describe("env and overrides", () => {
  it("are what a server needs, of an emulator that listens", async () => {
    await using emulator = await startEmulator({ resource: RESOURCE });
    expect(emulator.env).toEqual({
      WORKOS_API_KEY: "sk_test_local_emulator_only_not_a_secret",
      WORKOS_CLIENT_ID: "client_01K0ENV1R0NMENT00000000000",
      WORKOS_AUTHKIT_DOMAIN: emulator.url,
      WORKOS_API_URL: emulator.url,
      BASE_URL: "http://127.0.0.1:3002",
    });
    expect(emulator.overrides.env).toEqual(emulator.env);
  });

  it("keep an issuer apart from the address of the API, and fetch reaches both", async () => {
    await using emulator = await startEmulator({ issuer: "https://acme.authkit.app" });
    expect(emulator.env.WORKOS_AUTHKIT_DOMAIN).toBe("https://acme.authkit.app");
    expect(emulator.env.WORKOS_API_URL).toBe(emulator.url);
    for (const origin of ["https://acme.authkit.app", emulator.url])
      expect((await emulator.overrides.fetch(`${origin}/oauth2/jwks`)).status).toBe(200);
  });

  it("fetch reaches no other server", async () => {
    const emulator = createEmulator();
    await expect(emulator.overrides.fetch("https://api.workos.com/users")).rejects.toMatchObject({
      name: "TypeError",
      message:
        "The emulator's fetch reaches only http://127.0.0.1:4100, not https://api.workos.com.",
      cause: { code: "ENOTFOUND" },
    });
    expect(emulator.requests()).toEqual([]);
  });

  it("fetch rejects with the reason of its signal, before and while it waits", async () => {
    const emulator = createEmulator();
    const reason = new Error("enough");
    const url = `${emulator.url}/oauth2/jwks`;
    await expect(emulator.fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const fault of ["hang", { delayMs: 60_000 }] as const) {
      const controller = new AbortController();
      using _ = emulator.fail("jwks", fault);
      const { signal } = controller;
      setTimeout(() => controller.abort(reason), 1);
      await expect(emulator.fetch(url, { signal })).rejects.toBe(reason);
    }
  });

  it("fetch returns a redirect as it is, and rejects where none is allowed", async () => {
    const emulator = createEmulator();
    using _ = emulator.fail("jwks", { redirect: "https://elsewhere.example/" });
    const url = `${emulator.url}/oauth2/jwks`;
    expect((await emulator.fetch(url)).status).toBe(302);
    expect((await emulator.fetch(url, { redirect: "manual" })).status).toBe(302);
    await expect(emulator.fetch(url, { redirect: "error" })).rejects.toThrow(TypeError);
  });

  it("now is the clock that tokens are written by", async () => {
    const emulator = createEmulator({ now });
    emulator.advance({ days: 1, hours: 2, minutes: 3, seconds: 4.5 });
    expect(emulator.overrides.now() - start).toBe(93_784_500);
    expect(claimsOf(await emulator.token())["iat"]).toBe(start / 1000 + 93_784);
  });
});

describe("advance", () => {
  it("ends what has a lifetime: access tokens, codes and refresh tokens", async () => {
    const emulator = createEmulator({ now, refreshTokenLifetimeSeconds: 3600 });
    const clientId = await register(emulator);
    const parameters = { scope: "openid offline_access" };
    const late = await authorize(emulator, clientId, { parameters });
    emulator.advance({ minutes: 1 });
    expect((await exchange(emulator, clientId, late)).body["error"]).toBe("invalid_grant");

    const authorized = await authorize(emulator, clientId, { parameters });
    const { body } = await exchange(emulator, clientId, authorized);
    const userinfo = async (): Promise<number> =>
      (await get(emulator, "/oauth2/userinfo", { authorization: `Bearer ${body["access_token"]}` }))
        .status;
    expect(await userinfo()).toBe(200);
    emulator.advance({ seconds: 300 });
    expect(await userinfo()).toBe(401);
    emulator.advance({ hours: 1 });
    const refreshed = await refresh(emulator, clientId, body["refresh_token"]);
    expect(refreshed.body["error"]).toBe("invalid_grant");
  });

  it("finds tokens that live 300 seconds, and refresh tokens 30 days, unless told otherwise", async () => {
    const emulator = createEmulator({ now });
    const first = await emulator.signIn({ as: "grace@acme.test" });
    const { exp, iat } = claimsOf(first.accessToken);
    expect(exp - iat).toBe(300);
    emulator.advance({ days: 29, hours: 23 });
    const second = await first.refresh();
    emulator.advance({ days: 30 });
    await expect(second.refresh()).rejects.toThrow("invalid_grant");
  });

  it.each([
    [{ minutes: -1 }, "minutes", "minutes must be a number of 0 or more: time never goes back."],
    [{ hours: Number.NaN }, "hours", "hours must be a number of 0 or more: time never goes back."],
    [
      { minute: 5 },
      "minute",
      "minute is not an option of advance(). Did you mean minutes? Known: seconds, minutes, hours, days.",
    ],
    [60, "", "The argument of advance() must be an object."],
    [{ days: 1e9 }, "", "advance() leads past the year 9999, where the clock ends."],
    [{}, "", "advance() needs seconds, minutes, hours, days, or several of them."],
  ])("refuses %j", (span, path, message) => {
    const emulator = createEmulator({ now });
    expect(() => emulator.advance(span as { minutes: number })).toThrow(
      expect.objectContaining({ code: "invalid_argument", problems: [{ path, message }] }),
    );
    expect(emulator.overrides.now()).toBe(start);
  });
});

describe("reset", () => {
  it("goes back to the seed, and ends what was begun", async () => {
    await using emulator = await startEmulator({ resource: RESOURCE });
    const workos = sdkFor(emulator, emulator.apiKey);
    await workos.userManagement.deleteUser(grace);
    await workos.userManagement.updateUser({ userId: ada, firstName: "Augusta" });
    const clientId = await register(emulator);
    const authorized = await authorize(emulator, clientId);
    const { refreshToken = "" } = await emulator.signIn({
      as: "ada@acme.test",
      organization: "Acme",
    });
    emulator.fail("jwks");
    expect(emulator.events).not.toEqual([]);

    emulator.reset();
    expect(emulator.requests()).toEqual([]);
    expect(emulator.events).toEqual([]);
    expect(emulator.auditLogEvents).toEqual([]);
    expect((await workos.userManagement.getUser(grace)).email).toBe("grace@acme.test");
    expect((await workos.userManagement.getUser(ada)).firstName).toBe("Ada");
    expect((await get(emulator, "/oauth2/jwks")).status).toBe(200);
    expect((await exchange(emulator, clientId, authorized)).body["error"]).toBe("invalid_client");
    const refreshed = await refresh(emulator, await register(emulator), refreshToken);
    expect(refreshed.body["error"]).toBe("invalid_grant");
    const path = `/user_management/users/${ada}/authorized_applications`;
    expect((await get(emulator, path, apiKeyHeader)).body["data"]).toEqual([]);
  });

  it("leaves the keys and the clock of a running server alone", async () => {
    const emulator = createEmulator({ now });
    const { kid } = await emulator.rotateKeys();
    emulator.advance({ hours: 1 });
    emulator.reset();
    expect(headerOf(await emulator.token())["kid"]).toBe(kid);
    expect(emulator.overrides.now()).toBe(start + 3_600_000);
  });

  it("lets events go on: webhooks, and a reader that goes on from a forgotten one", async () => {
    await using emulator = await startEmulator();
    const workos = sdkFor(emulator, emulator.apiKey);
    const rename = async (firstName: string): Promise<void> =>
      void (await workos.userManagement.updateUser({ userId: ada, firstName }));
    const read = async (after: string): Promise<unknown> => {
      const list = await workos.events.listEvents({ events: ["user.updated"], after });
      return list.data.map(({ data }) => (data as { firstName?: string }).firstName);
    };
    await rename("One");
    const cursor = emulator.events[0]?.id ?? "";
    emulator.reset();
    expect(await read(cursor)).toEqual([]);
    await rename("Two");
    await rename("Three");
    expect(await read(cursor)).toEqual(["Two", "Three"]);
    expect(await read(emulator.events[0]?.id ?? "")).toEqual(["Three"]);
  });
});

describe("keys", () => {
  async function isGood(emulator: Emulator, token: string): Promise<boolean> {
    const { body } = await get(emulator, "/oauth2/jwks");
    return jwtVerify(token, createLocalJWKSet(body as { keys: [] })).then(
      () => true,
      () => false,
    );
  }

  it("are published as RS256 signature keys of 2048 bits, without the private part", async () => {
    const emulator = createEmulator();
    const { body } = await get(emulator, "/oauth2/jwks");
    expect(body).toEqual({
      keys: [
        {
          kty: "RSA",
          alg: "RS256",
          use: "sig",
          e: "AQAB",
          n: expect.any(String),
          kid: expect.any(String),
        },
      ],
    });
    expect(Buffer.from(body["keys"][0].n, "base64url")).toHaveLength(256);
    expect(await isGood(emulator, await emulator.token())).toBe(true);
  });

  it("rotate, and the old ones stay unless told otherwise", async () => {
    const emulator = createEmulator();
    const before = await emulator.token();
    const { kid } = await emulator.rotateKeys();
    const after = await emulator.token();
    expect(headerOf(after)["kid"]).toBe(kid);
    expect(headerOf(before)["kid"]).not.toBe(kid);
    expect([await isGood(emulator, before), await isGood(emulator, after)]).toEqual([true, true]);
    await emulator.rotateKeys({ keepOld: false });
    expect([await isGood(emulator, before), await isGood(emulator, after)]).toEqual([false, false]);
  });

  it("rotate for no misspelt option", async () => {
    const emulator = createEmulator();
    await expect(emulator.rotateKeys({ keepold: false } as object)).rejects.toMatchObject({
      problems: [
        {
          path: "keepold",
          message:
            "keepold is not an option of rotateKeys(). Did you mean keepOld? Known: keepOld.",
        },
      ],
    });
  });
});

describe("what is remembered and said", () => {
  it("is method, path and status of each request, and nothing that could be a secret", async () => {
    const lines: string[] = [];
    const emulator = createEmulator({ log: (line) => lines.push(line) });
    await get(emulator, "/oauth2/jwks?canary=1", { authorization: "Bearer canary" });
    await postForm(emulator, "/oauth2/token", { grant_type: "canary", client_secret: "canary" });
    await emulator.fetch(`${emulator.url}/oauth2/authorize?client_id=canary&state=canary`);
    await get(emulator, "/events", { authorization: "Bearer canary" });
    expect(emulator.requests()).toEqual([
      { method: "GET", path: "/oauth2/jwks", status: 200 },
      { method: "POST", path: "/oauth2/token", status: 400 },
      { method: "GET", path: "/oauth2/authorize", status: 400 },
      { method: "GET", path: "/events", status: 401 },
    ]);
    expect(emulator.requests("api")).toEqual([{ method: "GET", path: "/events", status: 401 }]);
    expect(emulator.requests("events")).toHaveLength(1);
    expect(emulator.requests("audit-logs")).toEqual([]);
    expect(lines.join("\n")).not.toContain("canary");
    const before = emulator.requests();
    emulator.clearRequests();
    expect(emulator.requests()).toEqual([]);
    expect(before).toHaveLength(4);
  });

  it("is bounded", async () => {
    const emulator = createEmulator();
    for (let index = 0; index < 10_001; index += 1)
      await emulator.fetch(`${emulator.url}/?${index}`);
    expect(emulator.requests()).toHaveLength(10_000);
  });
});
