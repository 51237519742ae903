import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, EmulatorError } from "../src/index.js";
import { acme, ada, claimsOf, get, grace, headerOf, postForm } from "./support/oauth-client.js";

const start = Date.UTC(2026, 0, 1);
const now = (): number => start;

describe("createEmulator", () => {
  it("has an issuer, a client ID and a key that says what it is", async () => {
    const emulator = await createEmulator();
    expect(emulator.issuer).toBe("http://127.0.0.1:4100");
    expect(emulator.url).toBe("http://127.0.0.1:4100");
    expect(emulator.clientId).toMatch(/^client_01[0-9A-Z]{24}$/u);
    expect(emulator.apiKey).toBe("sk_test_local_emulator_only_not_a_secret");
  });

  it("refuses production", async () => {
    const refusal = createEmulator({ env: { NODE_ENV: "production" } });
    await expect(refusal).rejects.toThrow(EmulatorError);
    await expect(refusal).rejects.toMatchObject({
      code: "production",
      message: expect.stringContaining("NODE_ENV=production"),
    });
  });

  it.each(["0.0.0.0", "::", "192.168.1.2", "example.com"])(
    "refuses to listen on %s unless told",
    async (host) => {
      await expect(createEmulator({ host })).rejects.toMatchObject({ code: "not_loopback" });
      await expect(createEmulator({ host, allowNonLoopback: true })).resolves.toHaveProperty(
        "issuer",
      );
    },
  );

  it.each([
    "http://acme.authkit.app",
    "https://acme.authkit.app/",
    "https://acme.authkit.app/path",
    "acme.authkit.app",
    "ftp://x",
  ])("refuses the issuer %s", async (issuer) => {
    await expect(createEmulator({ issuer })).rejects.toMatchObject({ code: "invalid_option" });
  });

  it.each([{ accessTokenLifetime: 0 }, { accessTokenLifetime: 1.5 }, { refreshTokenLifetime: -1 }])(
    "refuses %j",
    async (options) => {
      await expect(createEmulator(options)).rejects.toMatchObject({ code: "invalid_option" });
    },
  );

  it("takes the switches of the seed, and those of the options first", async () => {
    const seed = {
      ...defaultSeed,
      features: { dynamicClientRegistration: false, issuerParameter: true },
    };
    const emulator = await createEmulator({ seed, features: { issuerParameter: false } });
    const { body } = await get(emulator, "/.well-known/oauth-authorization-server");
    expect(body).not.toHaveProperty("registration_endpoint");
    expect(body).not.toHaveProperty("authorization_response_iss_parameter_supported");
  });
});

describe("minted tokens", () => {
  it("are what a sign-in gives", async () => {
    const emulator = await createEmulator({ now });
    const token = await emulator.mintAccessToken({
      userId: grace,
      organizationId: acme,
      clientId: "client_01TEST",
      resource: "https://mcp.example/mcp",
    });
    expect(headerOf(token)).toEqual({ alg: "RS256", kid: expect.any(String) });
    expect(claimsOf(token)).toEqual({
      iss: "http://127.0.0.1:4100",
      aud: "https://mcp.example/mcp",
      sub: grace,
      client_id: "client_01TEST",
      org_id: acme,
      sid: expect.stringMatching(/^app_consent_01/u),
      scope: "openid profile email",
      jti: expect.any(String),
      iat: 1_767_225_600,
      exp: 1_767_225_900,
    });
  });

  it("have the audience that a client without resource gets", async () => {
    const without = await createEmulator();
    expect(claimsOf(await without.mintAccessToken())).toMatchObject({
      aud: "client_01K0ENV1R0NMENT00000000000",
      sub: ada,
    });
    const seed = { ...defaultSeed, resources: [{ uri: "https://mcp.example/mcp", default: true }] };
    const withDefault = await createEmulator({ seed });
    expect(claimsOf(await withDefault.mintAccessToken())["aud"]).toBe("https://mcp.example/mcp");
    const off = await createEmulator({ seed, features: { resourceIndicators: false } });
    expect(claimsOf(await off.mintAccessToken())["aud"]).toBe("client_01K0ENV1R0NMENT00000000000");
  });

  it("take any claim and header member, and lose those that are undefined", async () => {
    const emulator = await createEmulator({ now });
    const token = await emulator.mintAccessToken({
      claims: {
        iss: "https://other.example",
        sid: undefined,
        permissions: ["reports:read"],
        aud: ["a", "b"],
      },
      header: { typ: "JWT", kid: undefined, alg: "none" },
      expiresIn: -10,
    });
    expect(headerOf(token)).toEqual({ typ: "JWT", alg: "none" });
    expect(claimsOf(token)).toMatchObject({
      iss: "https://other.example",
      permissions: ["reports:read"],
      aud: ["a", "b"],
      exp: 1_767_225_590,
    });
    expect(claimsOf(token)).not.toHaveProperty("sid");
  });

  it("for an application are those of the client credentials grant", async () => {
    const emulator = await createEmulator({ now });
    const id = "client_01K0REP0RTER00000000000000";
    const claims = claimsOf(await emulator.mintApplicationToken(id));
    expect(claims).toMatchObject({
      sub: id,
      client_id: id,
      org_id: acme,
      aud: "client_01K0ENV1R0NMENT00000000000",
    });
    expect(claims).not.toHaveProperty("sid");
    for (const other of ["client_01NONE", "client_01K0DASHB0ARD0000000000000"]) {
      await expect(emulator.mintApplicationToken(other)).rejects.toMatchObject({
        code: "unknown_application",
      });
    }
  });

  it("need somebody to be for", async () => {
    const emulator = await createEmulator({ seed: { ...defaultSeed, users: [], memberships: [] } });
    await expect(emulator.mintAccessToken()).rejects.toMatchObject({ code: "unknown_user" });
  });
});

describe("keys", () => {
  async function isGood(
    emulator: Awaited<ReturnType<typeof createEmulator>>,
    token: string,
  ): Promise<boolean> {
    const { body } = await get(emulator, "/oauth2/jwks");
    return jwtVerify(token, createLocalJWKSet(body as { keys: [] })).then(
      () => true,
      () => false,
    );
  }

  it("are published as RS256 signature keys of 2048 bits, without the private part", async () => {
    const emulator = await createEmulator();
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
    expect(await isGood(emulator, await emulator.mintAccessToken())).toBe(true);
  });

  it("rotate, and the old ones stay unless told otherwise", async () => {
    const emulator = await createEmulator();
    const before = await emulator.mintAccessToken();
    const { kid } = await emulator.rotateKeys();
    const after = await emulator.mintAccessToken();
    expect(headerOf(after)["kid"]).toBe(kid);
    expect(headerOf(before)["kid"]).not.toBe(kid);
    expect([await isGood(emulator, before), await isGood(emulator, after)]).toEqual([true, true]);
    await emulator.rotateKeys({ keepOld: false });
    expect([await isGood(emulator, before), await isGood(emulator, after)]).toEqual([false, false]);
  });
});

describe("what is remembered and said", () => {
  it("is method, path and status of each request, and nothing that could be a secret", async () => {
    const lines: string[] = [];
    const emulator = await createEmulator({ log: (line) => lines.push(line) });
    await get(emulator, "/oauth2/jwks?canary=1", { authorization: "Bearer canary" });
    await postForm(emulator, "/oauth2/token", { grant_type: "canary", client_secret: "canary" });
    await emulator.fetch(
      new Request(`${emulator.url}/oauth2/authorize?client_id=canary&state=canary`),
    );
    expect(emulator.requests).toEqual([
      { method: "GET", path: "/oauth2/jwks", status: 200 },
      { method: "POST", path: "/oauth2/token", status: 400 },
      { method: "GET", path: "/oauth2/authorize", status: 400 },
    ]);
    expect(lines.join("\n")).not.toContain("canary");
    emulator.resetRequests();
    expect(emulator.requests).toEqual([]);
  });

  it("is bounded", async () => {
    const emulator = await createEmulator();
    for (let index = 0; index < 10_001; index += 1)
      await emulator.fetch(new Request(`${emulator.url}/?${index}`));
    expect(emulator.requests).toHaveLength(10_000);
  });
});
