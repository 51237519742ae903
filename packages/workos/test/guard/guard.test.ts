import { describe, expect, it } from "vitest";
import { rawCall, startGuarded } from "../support/guarded-server.js";
import { CLIENT_ID, createTestIssuer, SECONDS, type TestIssuer } from "../support/issuer.js";
import { schemaThatRefuses } from "./schema.js";

const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

/** Name, token, description on the wire, reason, and what the operator's log says. */
const BAD_TOKENS: [string, (issuer: TestIssuer) => string, string, string, string][] = [
  [
    "garbage",
    () => "garbage",
    "The access token is malformed",
    "token_malformed",
    "the token is no signed JWT of AuthKit (at fault: JWS)",
  ],
  [
    "a long token",
    () => "a".repeat(16_385),
    "The access token is too long",
    "token_too_long",
    "the token is longer than 16 KiB",
  ],
  [
    "no kid",
    (i) => i.sign({ header: { kid: undefined } }),
    "The access token is malformed",
    "token_malformed",
    "the token is no signed JWT of AuthKit (at fault: kid)",
  ],
  [
    "another algorithm",
    (i) => i.sign({ header: { alg: "HS256" } }),
    "The access token is signed with an unsupported algorithm",
    "unsupported_algorithm",
    "the token's alg is not RS256, the only one AuthKit signs with; it may be forged",
  ],
  [
    "another type",
    (i) => i.sign({ header: { typ: "logout+jwt" } }),
    "The token is not an access token",
    "unsupported_token_type",
    "the token's typ is that of another kind of JWT; the client must send the access token",
  ],
  [
    "crit",
    (i) => i.sign({ header: { crit: ["exp"] } }),
    "The access token is malformed",
    "critical_header",
    "the token's crit header asks for extensions",
  ],
  [
    "a nonce",
    (i) => i.sign({ claims: { nonce: "n" } }),
    "The token is not an access token",
    "not_an_access_token",
    "by its claim nonce this is an ID token or a security event; the client must send the access token",
  ],
  [
    "an unknown key",
    (i) => i.sign({ header: { kid: "key_9" } }),
    "The access token is signed by an unknown key",
    "unknown_key",
    "the issuer's key set has no key with the token's kid: a withdrawn key, another environment or a forgery",
  ],
  [
    "another's signature",
    () => createTestIssuer().sign(),
    "The access token's signature is wrong",
    "bad_signature",
    "the signature does not fit the key: tampered or forged",
  ],
  [
    "another issuer",
    (i) => i.sign({ claims: { iss: "https://api.workos.com/user_management/client_01" } }),
    "The access token is from another issuer",
    "wrong_issuer",
    "the token's iss is none of the configured AuthKit domains; compare authkitDomain (WORKOS_AUTHKIT_DOMAIN) with the domain in the dashboard. AuthKit session tokens are not for this server",
  ],
  [
    "another audience",
    (i) => i.sign({ claims: { aud: "https://other.example/mcp" } }),
    "The access token is for another audience",
    "wrong_audience",
    "expected aud https://mcp.example.com/mcp, found another audience. If WORKOS_CLIENT_ID is not that of the environment where people sign in, correct it; if this is the right server, add the expected string under Connect > Configuration > MCP resource indicators",
  ],
  [
    "the resource misspelled",
    (i) => i.sign({ claims: { aud: "https://mcp.example.com/mcp/" } }),
    "The access token is for another audience",
    "wrong_audience",
    "expected aud https://mcp.example.com/mcp, found this resource spelled otherwise (scheme, host, letter case or a trailing slash). Make the resource indicator in the dashboard equal to the expected string, byte by byte",
  ],
  [
    "a stranger beside the resource",
    (i) => i.sign({ claims: { aud: ["https://mcp.example.com/mcp", "https://x.example"] } }),
    "The access token is for another audience",
    "wrong_audience",
    "expected aud https://mcp.example.com/mcp, found this resource together with another audience; such a token could be replayed here and is never accepted",
  ],
  [
    "no sub",
    (i) => i.sign({ claims: { sub: undefined } }),
    "The access token lacks a claim",
    "claim_missing",
    "the token has no sub claim",
  ],
  [
    "a wrong claim",
    (i) => i.sign({ claims: { permissions: "all" } }),
    "A claim of the access token is invalid",
    "claim_invalid",
    "the claim permissions has the wrong type or form; if a JWT template sets it, correct the template",
  ],
  [
    "an expired token",
    (i) => i.sign({ claims: { exp: SECONDS - 3_600 } }),
    "The access token expired",
    "token_expired",
    "the token expired 3,600 s ago; the client should refresh it",
  ],
  [
    "nbf ahead",
    (i) => i.sign({ claims: { nbf: SECONDS + 60 } }),
    "The access token is not valid yet",
    "token_not_yet_valid",
    "the token's nbf lies 60 s ahead; check this machine's clock",
  ],
  [
    "iat ahead",
    (i) => i.sign({ claims: { iat: SECONDS + 60 } }),
    "The access token is not valid yet",
    "token_issued_in_future",
    "the token's iat lies 60 s ahead; check this machine's clock",
  ],
  [
    "cnf",
    (i) => i.sign({ claims: { cnf: { jkt: "x" } } }),
    "The access token is bound to a key",
    "sender_constrained",
    "the token carries cnf (DPoP or mTLS), whose proof a bearer request cannot give",
  ],
  [
    "an application",
    (i) => i.sign({ claims: { sub: "client_01APP", client_id: "client_01APP", aud: CLIENT_ID } }),
    "This kind of caller is not accepted",
    "caller_not_accepted",
    'the credential is good in form, but its kind of caller is not in callers; add "application" if it may call',
  ],
];

describe("T-13: refusals", () => {
  it.each(BAD_TOKENS)(
    "RS-20 RS-23 RS-27 RS-35 RS-42: %s: 401, its exact challenge and body, a line for the operator, nothing behind the guard",
    async (_, token, description, reason, detail) => {
      const server = await startGuarded({ server: { maxHeaderSize: 65_536 } });
      const answer = await server.ask(token(server.issuer), { body: '{"jsonrpc":"2.0"}' });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer error="invalid_token", resource_metadata="${METADATA}", error_description="${description}"`,
      );
      expect(await answer.text()).toBe(
        `{"error":"invalid_token","error_description":"${description}","reason":"${reason}"}`,
      );
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(server.lines.at(-1)).toBe(`warn [workos] Refused POST with 401 ${reason}: ${detail}`);
      expect(server.reached.count).toBe(0);
    },
  );

  it("RS-03 RS-20 RS-21 RS-24 RS-27: no credentials: where to get some, and no error code", async () => {
    const server = await startGuarded();
    const answer = await server.ask();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    expect(await answer.text()).toBe(
      '{"message":"This resource needs an access token","reason":"credentials_missing","resource_metadata":"https://mcp.example.com/.well-known/oauth-protected-resource/mcp"}',
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    // How every client begins is no event for the log.
    expect(server.lines).toHaveLength(1);
  });

  it.each(["Basic dXNlcjpwYXNz", "DPoP abc", "Negotiate abc", "Digest username=x"])(
    "RS-24: another scheme (%s): no error code",
    async (authorization) => {
      const server = await startGuarded();
      const answer = await server.ask(undefined, { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe(`Bearer resource_metadata="${METADATA}"`);
      expect(await answer.text()).toBe(
        `{"message":"This resource takes bearer tokens only","reason":"scheme_unsupported","resource_metadata":"${METADATA}"}`,
      );
      expect(server.lines.at(-1)).toBe(
        "warn [workos] Refused POST with 401 scheme_unsupported: the Authorization header uses another scheme than Bearer",
      );
    },
  );

  it.each(["Bearer", "Bearer a b", 'Bearer token="x"', "Bearer a, Bearer b", "@"])(
    "RS-30 RS-33: a malformed header (%s): 400",
    async (authorization) => {
      const server = await startGuarded();
      const answer = await server.ask(undefined, { headers: { authorization } });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer error="invalid_request", resource_metadata="${METADATA}", error_description="The Authorization header is malformed"`,
      );
      expect(await answer.text()).toBe(
        '{"error":"invalid_request","error_description":"The Authorization header is malformed","reason":"credentials_malformed"}',
      );
      expect(server.lines.at(-1)).toBe(
        "warn [workos] Refused POST with 400 credentials_malformed: the Authorization header is not `Bearer <token>`; the client must send it so",
      );
    },
  );

  it("RS-30: repeated headers over a raw socket: 400, even when each is good", async () => {
    const server = await startGuarded();
    const header = `Authorization: Bearer ${server.issuer.sign()}`;
    for (const second of [header, "authorization: Basic eDp5", "AUTHORIZATION:"]) {
      const answer = await rawCall(server.port, "POST /mcp", [header, second]);
      expect(answer.status).toBe(400);
      expect(answer.head).toContain(
        `WWW-Authenticate: Bearer error="invalid_request", resource_metadata="${METADATA}", error_description="The request carries more than one Authorization header"\r\n`,
      );
      expect(answer.body).toBe(
        '{"error":"invalid_request","error_description":"The request carries more than one Authorization header","reason":"credentials_repeated"}',
      );
    }
    expect(server.reached.count).toBe(0);
    expect(server.lines.at(-1)).toBe(
      "warn [workos] Refused POST with 400 credentials_repeated: several Authorization headers; look for a proxy that adds its own",
    );
  });

  it("RS-56: no keys: 503 with Retry-After and no challenge, for the token may be good", async () => {
    const server = await startGuarded();
    server.issuer.answer = () => new Response(null, { status: 502 });
    const answer = await server.ask(server.issuer.sign());
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.has("www-authenticate")).toBe(false);
    expect(await answer.text()).toBe(
      '{"error":"temporarily_unavailable","error_description":"Access tokens cannot be verified at the moment","reason":"keys_unavailable"}',
    );
    expect(server.lines.slice(1)).toEqual([
      "warn [workos] The key set of https://acme.authkit.app is unreachable: answered with status 502",
      "error [workos] Refused POST with 503 keys_unavailable: the issuer's keys cannot be fetched, or a thousand tokens with unknown key IDs wait for them already, so this token cannot be judged; see the line about its key set",
    ]);
  });

  it("the claims schema refuses: 401, and the operator learns where", async () => {
    const server = await startGuarded({
      config: { claimsSchema: schemaThatRefuses(["team"], ["a", 0]) },
    });
    const answer = await server.ask(server.issuer.sign());
    expect(answer.status).toBe(401);
    expect(await answer.text()).toBe(
      '{"error":"invalid_token","error_description":"The access token\'s claims were not accepted","reason":"custom_claims_invalid"}',
    );
    expect(server.lines.at(-1)).toBe(
      "warn [workos] Refused POST with 401 custom_claims_invalid: the claims schema refused the token at: team, a.0",
    );
  });

  it("RS-41: the environment's audience is refused with a hint when only the resource is accepted", async () => {
    const server = await startGuarded({ config: { audience: "resource" } });
    const answer = await server.ask(server.issuer.sign({ claims: { aud: CLIENT_ID } }));
    expect(answer.status).toBe(401);
    expect(server.lines.at(-1)).toBe(
      "warn [workos] Refused POST with 401 resource_not_requested: expected aud https://mcp.example.com/mcp, found the environment client ID. Add the expected string under Connect > Configuration > MCP resource indicators, unless it is there, and connect the client again; it has to send the resource parameter (RFC 8707)",
    );
  });

  it("RS-26: the same refusal gives the same bytes", async () => {
    const server = await startGuarded();
    const token = server.issuer.sign({ claims: { exp: 1 } });
    const [first, second] = await Promise.all([server.ask(token), server.ask(token)]);
    expect(first.headers.get("www-authenticate")).toBe(second.headers.get("www-authenticate"));
    expect(await first.text()).toBe(await second.text());
  });

  it("RS-12 RS-25: no challenge names a scope, least of all offline_access", async () => {
    const server = await startGuarded();
    for (const token of [undefined, "x", server.issuer.sign({ claims: { scope: "", aud: "x" } })]) {
      const challenge = (await server.ask(token)).headers.get("www-authenticate") ?? "";
      expect(challenge).toContain("Bearer ");
      expect(challenge).not.toMatch(/scope|offline_access/);
    }
  });
});

describe("acceptance", () => {
  it("RS-28: lets a good token through, however the scheme is written", async () => {
    const server = await startGuarded();
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      const headers = { authorization: `${scheme} ${server.issuer.sign()}` };
      expect((await server.ask(undefined, { headers })).status).toBe(200);
    }
  });

  it("RS-29: ignores a token in the query, a form or a cookie", async () => {
    const server = await startGuarded();
    const token = server.issuer.sign();
    const asked = [
      server.ask(undefined, { path: `/mcp?access_token=${token}` }),
      server.ask(undefined, {
        headers: { cookie: `access_token=${token}; authorization=Bearer ${token}` },
      }),
      server.ask(undefined, {
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `access_token=${token}`,
      }),
      server.ask(undefined, {
        headers: { "x-authorization": `Bearer ${token}`, "proxy-authorization": `Bearer ${token}` },
      }),
    ];
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(server.reached.count).toBe(0);
    // With a good header, a token elsewhere changes nothing.
    expect((await server.ask(token, { path: "/mcp?access_token=other" })).status).toBe(200);
  });

  it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY"])(
    "RS-31 RS-73: %s needs a token, with or without an MCP session",
    async (method) => {
      const server = await startGuarded();
      const headers = { "mcp-session-id": "5d4a9c1e", "last-event-id": "1" };
      expect((await server.ask(undefined, { method, headers })).status).toBe(401);
      expect(server.reached.count).toBe(0);
      expect((await server.ask(server.issuer.sign(), { method, headers })).status).toBe(200);
    },
  );

  it("T-11 RS-77: a session ID is no credential: the token alone says who calls", async () => {
    const server = await startGuarded();
    const headers = { "mcp-session-id": "user_01ADA:5d4a9c1e" };
    await server.ask(server.issuer.sign(), { headers });
    const bob = server.issuer.sign({ claims: { sub: "user_01BOB" } });
    const answer = (await (await server.ask(bob, { headers })).json()) as { userId: string };
    expect(answer.userId).toBe("user_01BOB");
    expect((await server.ask(undefined, { headers })).status).toBe(401);
  });

  it("RS-32: answers before a body is read, however it looks", async () => {
    const server = await startGuarded();
    for (const body of ["{", "\u0000", '[{"method":"tools/call"}]', "x".repeat(1_000_000)]) {
      expect((await server.ask(undefined, { body })).status).toBe(401);
    }
    expect(server.reached.count).toBe(0);
  });

  it("lets every client call a public path, compared byte by byte, without a caller", async () => {
    const server = await startGuarded({
      config: { publicPaths: ["/health"] },
      handler: (_, response) => response.end("fine"),
    });
    const open = await server.ask(undefined, { path: "/health?verbose=1" });
    expect(open.status).toBe(200);
    // Who may read it across origins stays the host's business.
    expect(open.headers.has("access-control-allow-origin")).toBe(false);
    for (const path of [
      "/Health",
      "/health/",
      "/health/x",
      "/%68ealth",
      "//health",
      "/health%2f",
      "/healthy",
    ]) {
      expect([path, (await server.ask(undefined, { path })).status]).toEqual([path, 401]);
    }
  });
});
