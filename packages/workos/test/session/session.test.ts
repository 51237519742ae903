import { describe, expect, it } from "vitest";
import { getCaller, getSession, getUser, type Session } from "../../src/index.js";
import { startGuarded } from "../support/guarded-server.js";

/** The session that a handler behind the guard sees. */
async function sessionOf(claims: Readonly<Record<string, unknown>>): Promise<Session> {
  const sessions: Session[] = [];
  const server = await startGuarded({
    handler: (_, response) => {
      sessions.push(getSession());
      response.end();
    },
  });
  await server.ask(server.issuer.sign({ claims }));
  const [session] = sessions;
  if (session === undefined) throw new Error("nothing behind the guard ran");
  return session;
}

describe("outside a request", () => {
  it("names the function that was called", async () => {
    expect(() => getSession()).toThrow(/^getSession\(\) was called outside/);
    expect(() => getCaller()).toThrow(/^getCaller\(\) was called outside/);
    await expect(getUser()).rejects.toThrow(/^getUser\(\) was called outside/);
  });
});

describe("getSession() in a request", () => {
  it("has every field that AuthKit may tell", async () => {
    const session = await sessionOf({
      org_id: "org_01ACME",
      role: "admin",
      roles: ["admin", "auditor"],
      permissions: ["reports:read"],
      act: { sub: "dashboard_01EVE" },
      custom: { team: "blue" },
    });
    expect(session).toMatchObject({
      userId: "user_01ADA",
      sessionId: "app_consent_01ADA",
      organizationId: "org_01ACME",
      role: "admin",
      roles: ["admin", "auditor"],
      permissions: ["reports:read"],
      clientId: "https://client.example.com/metadata.json",
      scopes: ["openid", "profile"],
      impersonator: "dashboard_01EVE",
    });
    expect(session.expiresAt.toISOString()).toBe("2026-01-15T12:04:50.000Z");
    expect(session.issuedAt.toISOString()).toBe("2026-01-15T11:59:50.000Z");
    expect(session.claims["custom"]).toEqual({ team: "blue" });
    expect(session.claims.jti).toBe("jti_01");
  });

  it("leaves out what AuthKit did not tell", async () => {
    const session = await sessionOf({ client_id: undefined, scope: undefined });
    expect([
      session.organizationId,
      session.role,
      session.roles,
      session.permissions,
      session.clientId,
      session.impersonator,
    ]).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(session.scopes).toEqual([]);
  });

  it("gives a single role as a list too", async () => {
    expect((await sessionOf({ role: "member" })).roles).toEqual(["member"]);
  });

  it("is frozen, and its dates cannot be spoiled", async () => {
    const session = await sessionOf({ role: "member", permissions: ["a"], custom: { list: [1] } });
    expect(
      [
        session,
        session.claims,
        session.scopes,
        session.roles,
        session.permissions,
        session.claims["custom"],
      ].map((part) => Object.isFrozen(part)),
    ).toEqual([true, true, true, true, true, true]);
    session.expiresAt.setFullYear(2099);
    expect(session.expiresAt.getUTCFullYear()).toBe(2026);
    session.issuedAt?.setFullYear(2099);
    expect(session.issuedAt?.getUTCFullYear()).toBe(2026);
  });

  it("is polluted by no claim named as a part of every object", async () => {
    const server = await startGuarded();
    const token = server.issuer.signText(
      '{"alg":"RS256","kid":"key_1","__proto__":{"polluted":true}}',
      `{"iss":"https://acme.authkit.app","sub":"user_01ADA","aud":"https://mcp.example.com/mcp","exp":1768478690,"iat":1768478390,"sid":"s","__proto__":{"polluted":true,"role":"admin"},"constructor":{"prototype":{"polluted":true}}}`,
    );
    const answer = await server.ask(token);
    expect(answer.status).toBe(200);
    const session = (await answer.json()) as Record<string, unknown>;
    expect(session["role"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
