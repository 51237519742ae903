import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { getSession, getUser } from "../../src/index.js";
import { denyingTool } from "../support/denying-tool.js";
import { rawCall, startGuarded, type GuardedServer } from "../support/guarded-server.js";
import {
  CLIENT_ID,
  createHomeIssuer,
  createTestIssuer,
  SECONDS,
  type TestIssuer,
} from "../support/issuer.js";
import { createOutputRecorder, type OutputRecorder } from "../trail/output-recorder.js";

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

/** A server that every observer listens to. */
async function startRecordedServer(
  config: Parameters<typeof startGuarded>[0] & object = {},
): Promise<GuardedServer & { readonly recorder: OutputRecorder }> {
  const issuer = config.issuer ?? createHomeIssuer();
  const recorder = createOutputRecorder(config.fetch ?? issuer.fetch);
  const server = await startGuarded({
    ...config,
    issuer,
    fetch: recorder.fetch,
    config: { apiKey: API_KEY, log: recorder.log, observers: recorder.observers, ...config.config },
  });
  return { ...server, recorder };
}

async function outputOf(
  server: GuardedServer & { readonly recorder?: OutputRecorder },
  authorization: string,
): Promise<{ status: number; text: string }> {
  const answer = await rawCall(server.port, `POST /mcp?${VALUE}`, [
    `Authorization: ${authorization}`,
    `Cookie: ${VALUE}=${VALUE}`,
    `X-${VALUE}: ${VALUE}`,
  ]);
  return {
    status: answer.status,
    text: [answer.head, answer.body, ...server.lines, await server.recorder?.text()].join("\n"),
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
    const server = await startRecordedServer({ server: { maxHeaderSize: 65_536 } });
    const authorization = make(server.issuer);
    const output = await outputOf(server, authorization);
    expect(output.status).toBe(status);
    // They did hear of it.
    expect(output.text).toContain('"kind":"refused"');
    expect(output.text).toContain('"workos.refusals"');
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
      const server = await startRecordedServer({ config: { claimsSchema: schema } });
      const authorization = claims({})(server.issuer);
      const output = await outputOf(server, authorization);
      expect(output.status).toBe(401);
      search(output.text, authorization);
    }
  });

  it("while the issuer fails with the strangest words", async () => {
    const server = await startRecordedServer();
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
    const server = await startRecordedServer({
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
        return Response.json(
          { message: "no such user", code: "entity_not_found" },
          { status: 404 },
        );
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

  it("in anything that observers write of a call, of a denial and of one inside a tool", async () => {
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: {
        name: "refund",
        arguments: { dollars: 5, card: VALUE, note: { deep: VALUE } },
        _meta: { note: VALUE, baggage: `secret=${VALUE}` },
      },
    };
    let name = "refund";
    const server = await startRecordedServer({
      before: (request) => {
        Object.assign(request, { body: { ...body, params: { ...body.params, name } } });
      },
      handler: denyingTool({ role: "admin" }, { name: "the draft" }, () => VALUE),
      config: {
        access: {
          tools: {
            refund: "authenticated",
            charge: { role: "admin" },
            broken: {
              caller: "user",
              check: ({ caller }) => {
                expect(caller).toMatchObject({ claims: { custom: VALUE } });
                return false;
              },
            },
          },
        },
        recordArguments: { refund: ["dollars"] },
      },
    });
    const token = server.issuer.sign({
      claims: { custom: VALUE, org_id: "org_01ACME", roles: [], nested: { [VALUE]: VALUE } },
    });
    const headers = { cookie: VALUE, [`x-${VALUE}`]: VALUE, "mcp-session-id": VALUE };
    for (name of ["refund", "charge", "broken", "nowhere"]) {
      await (await server.ask(token, { headers, path: `/mcp?${VALUE}` })).text();
    }
    await vi.waitFor(() => expect(server.recorder.sent.length).toBeGreaterThan(0));
    const text = `${server.lines.join("\n")}${await server.recorder.text()}`;
    for (const written of [
      '"kind":"answered"',
      '"isInside":true',
      '"role_missing"',
      '"check_denied"',
      "broken",
    ]) {
      expect(text).toContain(written);
    }
    // In the file, and on its way to WorkOS.
    expect(text).toContain('"argument_dollars":"5"');
    expect(server.recorder.sent[0]).toContain("mcp.tool.");
    search(text, token);
  });

  it("in anything that is written of a webhook, good or bad", async () => {
    const secret = "whsec_canarykey93ab";
    let body: unknown;
    const server = await startRecordedServer({
      before: (request) => void Object.assign(request, { body }),
      config: { revocation: { webhook: { secret, path: "/webhooks/workos" } } },
      schedule: () => () => undefined,
    });
    const deliver = async (key: string, event: object): Promise<number> => {
      body = event;
      const { now } = server.clock;
      const hash = createHmac("sha256", key).update(`${now}.${JSON.stringify(event)}`);
      const answer = await server.ask(undefined, {
        path: `/webhooks/workos`,
        headers: { "workos-signature": `t=${now}, v1=${hash.digest("hex")}`, cookie: VALUE },
      });
      search(`${[...answer.headers].join()}${await answer.text()}`, secret);
      return answer.status;
    };
    const data = { object: "user", id: "user_01ADA", email: `${VALUE}@example.com`, note: VALUE };
    const event = { id: "event_01", event: "user.deleted", data, created_at: new Date() };
    expect(await deliver(secret, event)).toBe(200);
    expect(await deliver("whsec_other", event)).toBe(400);
    expect(await deliver(secret, { ...event, id: "event_02", data: { [VALUE]: VALUE } })).toBe(200);
    expect(await deliver(secret, { [VALUE]: VALUE })).toBeGreaterThanOrEqual(200);
    const text = `${server.lines.join("\n")}${await server.recorder.text()}`;
    expect(text).toContain("webhook_signature");
    search(text, secret);
  });
});
