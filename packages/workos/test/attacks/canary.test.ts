import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { getSession, getUser } from "../../src/index.js";
import { rawCall, startGuarded, type GuardedServer } from "../guarded-server.js";
import { CLIENT_ID, createTestIssuer, SECONDS, type TestIssuer } from "../issuer.js";

const VALUE = "canaryvalue7d1f";
const API_KEY = "sk_test_canarykey93ab";
const deep = { depth: Infinity, showHidden: true } as const;

/** Fails when a text holds a canary, or a piece of the token that is long enough to matter. */
function search(text: string, token: string): void {
  expect(text).not.toContain(VALUE);
  expect(text).not.toContain("canarykey93ab");
  for (const part of token.split(/[.\s,]/)) {
    for (let at = 0; part.length >= 16 && at + 16 <= part.length; at += 8) {
      expect(text).not.toContain(part.slice(at, at + 16));
    }
  }
}

async function outputOf(
  server: GuardedServer,
  authorization: string,
): Promise<{ status: number; text: string }> {
  const answer = await rawCall(server.port, `POST /mcp?${VALUE}`, [
    `Authorization: ${authorization}`,
    `Cookie: ${VALUE}=${VALUE}`,
    `X-${VALUE}: ${VALUE}`,
  ]);
  return {
    status: answer.status,
    text: `${answer.head}\n${answer.body}\n${server.lines.join("\n")}`,
  };
}

const other = createTestIssuer();
const jwt = (make: (issuer: TestIssuer) => string) => (issuer: TestIssuer) =>
  `Bearer ${make(issuer)}`;
const claims = (changes: Readonly<Record<string, unknown>>) =>
  jwt((issuer) => issuer.sign({ claims: { custom: VALUE, ...changes } }));
const header = (changes: Readonly<Record<string, unknown>>) =>
  jwt((issuer) => issuer.sign({ header: changes, claims: { custom: VALUE } }));

const REFUSALS: [string, (issuer: TestIssuer) => string, number][] = [
  ["another scheme", () => `Basic ${VALUE}`, 401],
  ["a malformed header", () => `Bearer ${VALUE} ${VALUE}`, 400],
  ["an API key", () => `Bearer ${API_KEY}`, 401],
  ["an opaque token", () => `Bearer ${VALUE}${VALUE}`, 401],
  ["a long token", () => `Bearer ${VALUE.repeat(1_200)}`, 401],
  ["a foreign algorithm", header({ alg: VALUE }), 401],
  ["a foreign type", header({ typ: VALUE }), 401],
  ["crit", header({ crit: [VALUE] }), 401],
  ["an unknown key", header({ kid: VALUE }), 401],
  ["a key ID that is none", header({ kid: { [VALUE]: VALUE } }), 401],
  ["a foreign signature", jwt(() => other.sign({ claims: { custom: VALUE } })), 401],
  ["a foreign issuer", claims({ iss: `https://${VALUE}.example` }), 401],
  ["a foreign audience", claims({ aud: `https://${VALUE}.example` }), 401],
  ["our audience misspelled", claims({ aud: `https://mcp.example.com/mcp?${VALUE}` }), 401],
  ["our audience and another", claims({ aud: ["https://mcp.example.com/mcp", VALUE] }), 401],
  ["no sub", claims({ sub: undefined }), 401],
  ["a sub that is none", claims({ sub: VALUE }), 401],
  ["an organization that is none", claims({ org_id: VALUE }), 401],
  ["a role that is none", claims({ role: { [VALUE]: VALUE } }), 401],
  ["exp that is text", claims({ exp: VALUE }), 401],
  ["an expired token", claims({ exp: SECONDS - 60 }), 401],
  ["nbf ahead", claims({ nbf: SECONDS + 60 }), 401],
  ["iat ahead", claims({ iat: SECONDS + 60 }), 401],
  ["cnf", claims({ cnf: { jkt: VALUE } }), 401],
  ["a nonce", claims({ nonce: VALUE }), 401],
  ["an application", claims({ sub: `client_${VALUE}`, aud: CLIENT_ID }), 401],
];

describe("RS-57 RS-35: no token, claim value or key shows", () => {
  it.each(REFUSALS)("in the refusal of %s", async (_, make, status) => {
    const server = await startGuarded({
      config: { apiKey: API_KEY },
      server: { maxHeaderSize: 65_536 },
    });
    const authorization = make(server.issuer);
    const output = await outputOf(server, authorization);
    expect(output.status).toBe(status);
    search(output.text, authorization);
  });

  it("in a refusal by the operator's schema, or by one that throws what it saw", async () => {
    const schemas = [
      z.object({ custom: z.enum(["other"]) }),
      z.object({
        custom: z.string().transform((value) => {
          throw new Error(`no ${value}`);
        }),
      }),
    ];
    for (const schema of schemas) {
      const server = await startGuarded({ config: { apiKey: API_KEY, claims: schema } });
      const authorization = claims({})(server.issuer);
      const output = await outputOf(server, authorization);
      expect(output.status).toBe(401);
      search(output.text, authorization);
    }
  });

  it("while the issuer fails with the strangest words", async () => {
    const server = await startGuarded({ config: { apiKey: API_KEY } });
    server.issuer.answer = () => Promise.reject(new Error(VALUE, { cause: VALUE }));
    const authorization = claims({})(server.issuer);
    const failing = await outputOf(server, authorization);
    expect(failing.status).toBe(503);
    search(failing.text, authorization);
    for (const body of [`<html>${VALUE}`, `{"keys":"${VALUE}"}`, `{"keys":[{"kid":"${VALUE}"}]}`]) {
      server.issuer.answer = () => new Response(body);
      server.clock.now += 2_000;
      search((await outputOf(server, authorization)).text, authorization);
    }
  });

  it("in a fault of ours, whose stack is logged", async () => {
    const server = await startGuarded({
      config: { apiKey: API_KEY },
      before: (request) => {
        Object.defineProperty(request, "rawHeaders", {
          get: () => {
            throw new TypeError("planted");
          },
        });
      },
    });
    const authorization = claims({})(server.issuer);
    const output = await outputOf(server, authorization);
    expect(output.status).toBe(500);
    expect(output.text).toContain("planted");
    search(output.text, authorization);
  });

  it("in what an accepted request shows: authInfo, results, errors; claims only where they belong", async () => {
    const shown: string[] = [];
    const issuer = createTestIssuer();
    const server = await startGuarded({
      issuer,
      config: { apiKey: API_KEY },
      fetch: async (input, init) => {
        const url = input instanceof Request ? input.url : String(input);
        if (url.startsWith("https://acme.")) return issuer.fetch(input, init);
        return Response.json({ message: "no such user" }, { status: 404 });
      },
      handler: (request, response) => {
        const { claims: own, ...session } = getSession();
        expect(own["custom"]).toBe(VALUE);
        shown.push(inspect(session, deep));
        shown.push(inspect((request as { auth?: unknown }).auth, deep));
        void getUser().catch((error: unknown) => {
          shown.push(inspect(error, deep));
          response.end();
        });
      },
    });
    const token = issuer.sign({ claims: { custom: VALUE } });
    const answer = await server.ask(token);
    expect(answer.status).toBe(200);
    expect(shown).toHaveLength(3);
    expect(shown[2]).toContain("NotFoundException");
    search(`${shown.join("\n")}${[...answer.headers].join()}${server.lines.join()}`, token);
  });
});
