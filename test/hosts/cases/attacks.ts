import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { expect } from "vitest";
import { TARGETS } from "../../../packages/workos/test/attacks/targets.ts";
import { BODIES, type Attack } from "../../attacks/access-attacks.ts";
import { rawRequest, statusOf } from "../../support/raw-request.ts";
import { modern } from "../../support/rpc.ts";
import type { Case } from "../case.ts";
import { ADA, ask, call, GRACE, notesDuring, RESOURCE, type World } from "../world.ts";

/**
 * Sends what no client would, as it is, and returns its answer; an empty one when the host closes the connection
 * instead, or waits for more.
 */
async function attack(
  { main: { port } }: World,
  target: string,
  lines: readonly string[],
  body: string | Buffer,
): Promise<string> {
  const head = [
    `${target} HTTP/1.1`,
    ...(lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: 127.0.0.1:${port}`]),
    "Accept: application/json, text/event-stream",
    ...lines,
  ].join("\r\n");
  return rawRequest(port, head, body).catch(() => "");
}

/** What attacks on a tool that Grace may not use achieved: nothing, if all is well. */
async function harmOf(world: World, attacks: readonly Attack[]): Promise<readonly string[]> {
  const harm: string[] = [];
  const notes = await notesDuring(world.main, async () => {
    for (const { method = "POST", headers = {}, body } of attacks) {
      const fields = {
        authorization: `Bearer ${world.grace}`,
        "Content-Type": "application/json",
        ...headers,
      };
      const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
      const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const answer = await attack(world, `${method} /mcp`, lines, bytes);
      if (/purge done|internal_fault/.test(answer)) harm.push(`${String(bytes)} -> ${answer}`);
    }
  });
  // The server is well.
  const { text } = await ask(world.main, { token: world.grace, body: call("read") });
  expect(text).toContain("read done");
  return [...harm, ...notes.filter((note) => note === "purge")];
}

const onPurge = (attacks: readonly Attack[]): readonly Attack[] =>
  attacks.map((one) => JSON.parse(JSON.stringify(one).replaceAll(/panel/g, "purge")) as Attack);

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** Tokens that name Ada, each forged otherwise. */
async function forgedTokens({
  authkit,
  ada,
}: World): Promise<readonly (readonly [string, string])[]> {
  const [, payload = "", signature = ""] = ada.split(".");
  const mine = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = mine.publicKey.export({ format: "jwk" });
  const jwks = (await (await fetch(`${authkit.issuer}/oauth2/jwks`)).json()) as {
    readonly keys: readonly { readonly kid: string; readonly n: string }[];
  };
  const [key] = jwks.keys;
  const kid = key?.kid ?? "";
  const pem = createPublicKey({ key: key as object, format: "jwk" } as never).export({
    type: "spki",
    format: "pem",
  });
  const signed = (header: object): string => {
    const text = `${base64url({ alg: "RS256", ...header })}.${payload}`;
    return `${text}.${sign("sha256", Buffer.from(text), mine.privateKey).toString("base64url")}`;
  };
  const hmac = (alg: string, secret: string | Buffer): string => {
    const text = `${base64url({ alg, kid })}.${payload}`;
    return `${text}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(text)
      .digest("base64url")}`;
  };
  const own = (input: object): Promise<string> => authkit.forgeToken(input);
  const claims = { sub: ADA, aud: RESOURCE };
  return [
    ...["none", "None", "NONE", "nOnE", ""].flatMap((alg) =>
      ["", signature].map(
        (end) => [`alg ${alg}`, `${base64url({ alg, kid })}.${payload}.${end}`] as const,
      ),
    ),
    ...["HS256", "HS384", "HS512"].map((alg) => [alg, hmac(alg, pem)] as const),
    ["HMAC by the modulus", hmac("HS256", Buffer.from(key?.n ?? "", "base64url"))],
    ["a key of the attacker's under a known id", signed({ kid })],
    ["a key in the header", signed({ kid, jwk })],
    ["a key at an address", signed({ kid, jku: "http://127.0.0.1:9/jwks" })],
    ["a certificate in the header", signed({ kid, x5c: ["MIIB"] })],
    ["a path as key id", signed({ kid: "../../../dev/null" })],
    ["a key id that is an object", signed({ kid: { kid } })],
    ["critical extensions", await own({ claims, header: { crit: ["b64"], b64: false } })],
    ["another type", await own({ claims, header: { typ: "logout+jwt" } })],
    [
      "audience of another",
      await own({ claims: { ...claims, aud: [RESOURCE, "https://x.example"] } }),
    ],
    ["no audience", await own({ claims: { ...claims, aud: undefined } })],
    ["no expiry", await own({ claims: { ...claims, exp: undefined } })],
    ["an expiry that is text", await own({ claims: { ...claims, exp: "9999999999" } })],
    ["no subject", await own({ claims: { ...claims, sub: undefined } })],
    ["a confirmation key", await own({ claims: { ...claims, cnf: { jkt: "x" } } })],
    ["an ID token's nonce", await own({ claims: { ...claims, nonce: "x" } })],
    ["a signature cut short", ada.slice(0, -8)],
    ["a fourth part", `${ada}.${signature}`],
    ["10,000 characters more", `${ada}${"A".repeat(10_000)}`],
  ];
}

/** The attack suite, as far as the wire carries it. */
export const attacks: readonly Case[] = [
  {
    id: "attacks.paths",
    title: "T-01: no spelling of a path reaches anything without a token",
    run: async (world) => {
      const answers: (readonly [string, number])[] = [];
      const notes = await notesDuring(world.main, async () => {
        for (const target of TARGETS.map((one) => one.replaceAll(/health/gi, "events"))) {
          for (const method of ["POST", "GET"]) {
            const lines = ["Content-Type: application/json"];
            const answer = await attack(
              world,
              `${method} ${target}`,
              lines,
              JSON.stringify(call("read")),
            );
            answers.push([`${method} ${target}`, answer === "" ? 400 : statusOf(answer)]);
            expect(answer).not.toContain("read done");
          }
        }
      });
      expect(notes).toEqual([]);
      const posts = answers.filter(([what, status]) => what.startsWith("POST") && status < 400);
      // A host may tidy a path up before anything sees it; then the public one is what was asked for.
      expect(posts.map(([what]) => what).filter((what) => !/events/i.test(what))).toEqual([]);
      expect(answers.filter(([, status]) => status >= 500)).toEqual([]);
    },
  },
  {
    id: "attacks.tokens",
    title: "T-15: no forged token gets in",
    run: async (world) => {
      const answers: (readonly [string, number])[] = [];
      const forged = await forgedTokens(world);
      const notes = await notesDuring(world.main, async () => {
        for (const [what, token] of forged) {
          const { status } = await ask(world.main, { token, body: call("read") });
          answers.push([what, status]);
        }
      });
      expect(notes).toEqual([]);
      expect(answers.length).toBeGreaterThan(30);
      // 431 is a host's own, for header fields over its limit.
      expect(answers.filter(([, status]) => ![400, 401, 431].includes(status))).toEqual([]);
    },
  },
  {
    id: "attacks.bodies",
    title: "T-05: no body carries a call past the access map",
    run: async (world) => {
      for (const [what, list] of BODIES) {
        expect([what, await harmOf(world, onPurge(list))]).toEqual([what, []]);
      }
    },
  },
  {
    id: "attacks.fields",
    title: "T-05: no header field changes what was judged",
    run: async (world) => {
      const denied = modern("tools/call", { name: "purge", arguments: {} }, "purge");
      const lies: readonly Readonly<Record<string, string>>[] = [
        { "mcp-name": "read" },
        { "mcp-method": "ping" },
        { "mcp-method": "tools/list" },
        { "mcp-name": "read", "x-mcp-tool-name": "read" },
        { "x-http-method-override": "GET", "x-method-override": "GET" },
        { "x-original-url": "/events", "x-rewrite-url": "/events", "x-forwarded-prefix": "/x" },
        { "x-user-id": ADA, "x-auth-user": ADA, "x-workos-role": "admin", "x-roles": "admin" },
        { "mcp-protocol-version": "9999-12-31" },
        { "mcp-session-id": "of-ada" },
      ];
      const attacksByField = lies.map((lie) => ({
        body: denied.body,
        headers: { ...denied.headers, ...lie },
      }));
      expect(await harmOf(world, attacksByField)).toEqual([]);
    },
  },
  {
    id: "attacks.encodings",
    title: "T-05: neither another method, type nor encoding carries a call past the access map",
    run: async (world) => {
      const body = JSON.stringify(call("purge"));
      const types = ["text/plain", "text/json", "application/json-rpc", "application/vnd.api+json"]
        .concat("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*")
        .concat(
          "application/json;charset=utf-8",
          "APPLICATION/JSON",
          "application/json, text/plain",
        )
        .concat("application/json; charset=utf-7", "application/json; charset=iso-8859-1");
      const harm = await harmOf(world, [
        ...["PUT", "PATCH", "GET", "DELETE", "OPTIONS"].map((method) => ({ method, body })),
        ...types.map((type) => ({ body, headers: { "Content-Type": type } })),
        { body: Buffer.from(body, "utf16le") },
        {
          body: Buffer.from(body, "utf16le"),
          headers: { "Content-Type": "application/json; charset=utf-16" },
        },
        { body: gzipSync(body), headers: { "Content-Encoding": "gzip" } },
        { body: deflateSync(body), headers: { "Content-Encoding": "deflate" } },
        { body: brotliCompressSync(body), headers: { "Content-Encoding": "br" } },
        { body: gzipSync(gzipSync(body)), headers: { "Content-Encoding": "gzip, gzip" } },
      ]);
      expect(harm).toEqual([]);
    },
  },
  {
    id: "attacks.poison",
    title: "T-07: what a caller says of hosts shows in no challenge and no document",
    run: async (world) => {
      for (const lines of [
        ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https"],
        ["Forwarded: host=evil.example;proto=http"],
        ["X-Original-URL: /evil.example", "X-Rewrite-URL: /evil.example"],
        ["Host: evil.example"],
      ]) {
        for (const target of ["POST /mcp", "GET /.well-known/oauth-protected-resource"]) {
          const answer = await attack(world, target, lines, "");
          expect([target, answer]).not.toEqual([target, expect.stringContaining("evil")]);
        }
      }
    },
  },
  {
    id: "attacks.canary",
    title: "RS-57: no part of a token shows in an answer, an event or the log",
    run: async (world) => {
      const canary = "canary0123456789";
      const claims = { sub: GRACE, secret_claim: canary };
      const tokens = await Promise.all(
        [
          { claims },
          { claims: { ...claims, exp: 1 } },
          { claims: { ...claims, aud: canary } },
          { claims: { ...claims, iss: `https://${canary}.example` } },
          { claims, header: { kid: canary } },
        ].map((input) => world.authkit.forgeToken(input)),
      );
      const answers: string[] = [];
      for (const token of [...tokens, `${canary}.${canary}.${canary}`, `${canary} ${canary}`]) {
        const { headers, text } = await ask(world.main, { token, body: call("whoami") });
        answers.push(JSON.stringify([...headers]), text);
      }
      const { text: shown } = await ask(world.main, { method: "GET", path: "/events" });
      const output = [...answers, shown, ...world.main.lines].join("\n");
      expect(output).toContain(GRACE);
      expect(output).toContain("wrong_audience");
      expect(output).not.toContain(canary);
      for (const token of tokens) {
        for (const part of token.split(".")) expect(output).not.toContain(part);
      }
    },
  },
];
