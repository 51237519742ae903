import { hash } from "node:crypto";
import { base64url, importJWK, jwtVerify, type JWTPayload } from "jose";
import { expect, it } from "vitest";
import {
  CLIENT_ID,
  createHomeIssuer,
  goodClaims,
  NOW,
  RESOURCE,
  SECONDS,
} from "../support/issuer.js";
import { createTokenVerifier, type TokenVerifier } from "../../src/token/token-verifier.js";
import { policyFor } from "../token/verifying.js";

/**
 * Two judges for the same tokens: ours, and `jose.jwtVerify` with the written rules
 * of RFC 9068 and of this package laid over it, stated here a second time.
 */
const TOKENS = 100_000;
/** Of each signed token so many damaged ones. */
const TWISTS = 11;

const random = generator(20_261_123);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

const TIMES = [
  SECONDS - 400,
  SECONDS - 6,
  SECONDS - 5,
  SECONDS - 4.5,
  SECONDS,
  SECONDS + 4,
  SECONDS + 5,
  SECONDS + 6,
  SECONDS + 300,
];
const ODD = [
  null,
  true,
  0,
  -1,
  Infinity,
  "",
  "x",
  [],
  {},
  [1],
  ["x"],
  "1",
  Number.MAX_SAFE_INTEGER,
];
const AUDIENCES = [
  RESOURCE,
  CLIENT_ID,
  [RESOURCE],
  [CLIENT_ID],
  [RESOURCE, CLIENT_ID],
  [RESOURCE, "https://stranger.example"],
  [CLIENT_ID, "x"],
  `${RESOURCE}/`,
  "https://stranger.example",
  [[RESOURCE]],
  [RESOURCE, ""],
];

/** Changes of one claim; each value may be good, bad or absurd. */
const CLAIMS: Readonly<Record<string, () => unknown>> = {
  iss: () =>
    pick(["https://acme.authkit.app", "https://acme.authkit.app/", "https://evil.example", ...ODD]),
  sub: () =>
    pick(["user_01ADA", "user_", "user_01-X", "client_01APP", "agent_01X", "usér_01", ...ODD]),
  aud: () => pick([...AUDIENCES, ...ODD]),
  exp: () => pick([...TIMES, ...ODD]),
  nbf: () => pick([...TIMES, ...ODD]),
  iat: () => pick([...TIMES, ...ODD]),
  jti: () => pick(["jti", ...ODD]),
  sid: () => pick(["app_consent_01", ...ODD]),
  scope: () => pick(["openid", "a  b", ...ODD]),
  client_id: () => pick(["client_01APP", "https://c.example/m.json", "user_01ADA", ...ODD]),
  org_id: () => pick(["org_01ACME", "org_../x", "acme", ...ODD]),
  role: () => pick(["admin", ...ODD]),
  roles: () => pick([["admin"], ["admin", 1], ...ODD]),
  permissions: () => pick([["reports:read"], [null], ...ODD]),
  act: () => pick([{ sub: "admin@example.com" }, { sub: 1 }, ...ODD]),
  cnf: () => pick([{ jkt: "x" }, ...ODD]),
  nonce: () => pick(["n", ...ODD]),
  at_hash: () => pick(["h", ...ODD]),
  events: () => pick([{}, ...ODD]),
  unrelated: () => pick(ODD),
};
const HEADERS: Readonly<Record<string, () => unknown>> = {
  typ: () =>
    pick([
      "JWT",
      "jwt",
      "at+jwt",
      "AT+JWT",
      "application/at+jwt",
      "dpop+jwt",
      "logout+jwt",
      "secevent+jwt",
      ...ODD,
    ]),
  kid: () => pick(["key_1", "key_2", "../key_1", "k".repeat(300), ...ODD]),
  alg: () => pick(["RS256", "rs256", "none", "HS256", "RS512", ...ODD]),
  crit: () => pick([["exp"], ["b64"], ...ODD]),
  jku: () => "https://evil.example/jwks",
  b64: () => pick([true, false]),
};

/** What a server is configured to take, for both judges. */
interface Taken {
  readonly acceptsEnvironment: boolean;
  readonly applications: boolean;
}

const SERVERS: readonly Taken[] = [
  { acceptsEnvironment: true, applications: false },
  { acceptsEnvironment: false, applications: false },
  { acceptsEnvironment: true, applications: true },
  { acceptsEnvironment: false, applications: true },
];

it(
  "RS-40: on 100,000 different tokens our verdict is that of jose plus the written rules",
  { timeout: 240_000 },
  async () => {
    const issuer = createHomeIssuer();
    const key = await importJWK(issuer.keys[0] as never, "RS256");
    const digest = (token: string): string => hash("sha256", token, "base64");
    const verifiers = new Map(
      SERVERS.map((taken): [Taken, TokenVerifier] => {
        const { acceptsEnvironment, applications } = taken;
        const callers = new Set(
          applications ? (["user", "application"] as const) : ["user" as const],
        );
        const policy = {
          ...policyFor([issuer], { environment: acceptsEnvironment ? "accepted" : "refused" }),
          callers,
        };
        return [taken, createTokenVerifier({ ...policy, digest })];
      }),
    );
    const seen = new Set<string>();
    let accepted = 0;
    while (seen.size < TOKENS) {
      const token = someToken((header, payload) => issuer.signText(header, payload));
      for (let twist = 0; twist <= TWISTS && seen.size < TOKENS; twist += 1) {
        const candidate = twist === 0 ? token : twisted(token);
        const id = digest(candidate);
        if (seen.has(id)) continue;
        seen.add(id);
        const taken = pick(SERVERS);
        const verify = verifiers.get(taken);
        const theirs = await isAcceptable(candidate, key, taken);
        // Twice, since what was accepted is remembered.
        const ours = [(await verify?.(candidate))?.ok, (await verify?.(candidate))?.ok];
        if (ours[0] !== theirs || ours[1] !== theirs) {
          // Printed in parts: this token is ours, made for the test.
          const parts = candidate.split(".").map(show).join(" . ");
          throw new Error(
            `ours ${ours.join(" and ")}, theirs ${theirs}, ${JSON.stringify(taken)}: ${parts}`,
          );
        }
        if (theirs) accepted += 1;
      }
    }
    // Both verdicts must be frequent, or agreement would say little.
    expect(accepted).toBeGreaterThan(1_000);
    expect(seen.size - accepted).toBeGreaterThan(10_000);
    expect(seen.size).toBe(100_000);
  },
);

let signed = 0;

function someToken(signText: (header: string, payload: string) => string): string {
  const claims: Record<string, unknown> = { ...goodClaims(), jti: `jti_${(signed += 1)}` };
  if (random() < 0.1) Object.assign(claims, { sub: "client_01APP", client_id: "client_01APP" });
  const header: Record<string, unknown> = { alg: "RS256", kid: "key_1" };
  for (const [target, changes] of [
    [claims, CLAIMS],
    [header, HEADERS],
  ] as const) {
    const count = pick(target === claims ? [0, 1, 1, 2] : [0, 0, 0, 1]);
    for (let change = 0; change < count; change += 1) {
      const name = pick(Object.keys(changes));
      if (random() < 0.15) delete target[name];
      else target[name] = changes[name]?.();
    }
  }
  // JSON has no infinity, but a number too large to hold reads as one.
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, member: unknown) => (member === Infinity ? "∞" : member)).replaceAll(
      '"∞"',
      "1e400",
    );
  return signText(text(header), text(claims));
}

/** Damages a token somewhere: a letter, a cut, a segment, a spelling, a claim after it was signed. */
function twisted(token: string): string {
  const at = Math.floor(random() * token.length);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const odd = Math.floor(random() * 1e9).toString(36);
  switch (Math.floor(random() * 10)) {
    case 0:
      return token.slice(0, at);
    case 1:
      return `${header}.${payload}.${pick(["", signature.slice(at % signature.length), odd])}`;
    case 2:
      return pick([`${header}..${signature}`, `${payload}.${header}.${signature}`, payload]);
    case 3:
      return `${token}${pick(["=", ".", "A", ".A", `.${odd}`, odd])}`;
    case 4:
      return `${header}.${base64url.encode(JSON.stringify({ ...goodClaims(), role: odd }))}.${signature}`;
    case 5:
      return `${base64url.encode(JSON.stringify({ alg: "RS256", kid: "key_1", odd }))}.${payload}.${signature}`;
    default:
      return `${token.slice(0, at)}${pick(["A", "_", "-", "9", "q", "Z", ".", "=", "é", " "])}${token.slice(at + 1)}`;
  }
}

/** The second judge. */
async function isAcceptable(
  token: string,
  key: Awaited<ReturnType<typeof importJWK>>,
  taken: Taken,
): Promise<boolean> {
  if (token.length > 16_384 || token.split(".").some((part) => !/^[\w-]+$/.test(part)))
    return false;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      algorithms: ["RS256"],
      issuer: "https://acme.authkit.app",
      audience: [RESOURCE, CLIENT_ID],
      clockTolerance: 10,
      currentDate: new Date(NOW),
      requiredClaims: ["iss", "sub", "aud", "exp"],
    });
    const { typ, kid, crit } = protectedHeader as Record<string, unknown>;
    const isTyp =
      typ === undefined ||
      (typeof typ === "string" && /^(jwt|at\+jwt|application\/at\+jwt)$/i.test(typ));
    return (
      crit === undefined &&
      isTyp &&
      kid === "key_1" &&
      isCanonical(token) &&
      obeysTheRules(payload, taken)
    );
  } catch {
    return false;
  }
}

function obeysTheRules(claims: JWTPayload & Record<string, unknown>, taken: Taken): boolean {
  const { sub, aud, exp, nbf, iat, sid, client_id, scope, org_id, act } = claims as Record<
    string,
    unknown
  >;
  const text = (value: unknown): boolean =>
    value === undefined || (typeof value === "string" && value !== "");
  const date = (value: unknown): boolean =>
    value === undefined || (typeof value === "number" && value >= 0 && value <= 8.64e12);
  const maybe = (value: unknown, type: (value: unknown) => boolean): boolean =>
    value === undefined || value === null || type(value);
  const strings = (value: unknown): boolean =>
    Array.isArray(value) && value.every((one) => typeof one === "string");
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  const namesResource = audiences.every((one) => one === RESOURCE);
  const isApplication =
    typeof sub === "string" &&
    /^client_[0-9A-Za-z]+$/.test(sub) &&
    (client_id === undefined || client_id === sub);
  const isPerson =
    typeof sub === "string" &&
    /^user_[0-9A-Za-z]+$/.test(sub) &&
    sub !== client_id &&
    typeof sid === "string" &&
    sid !== "";
  const acceptsEnvironment = taken.acceptsEnvironment || isApplication;
  const actor = act as { sub?: unknown } | null | undefined;
  return (
    ["cnf", "nonce", "at_hash", "c_hash", "s_hash", "events"].every(
      (claim) => claims[claim] === undefined,
    ) &&
    date(exp) &&
    date(nbf) &&
    iat !== undefined &&
    date(iat) &&
    (iat as number) <= SECONDS + 10 &&
    text(claims["jti"]) &&
    text(client_id) &&
    (scope === undefined || typeof scope === "string") &&
    (isApplication ? taken.applications : isPerson) &&
    maybe(sid, (id) => typeof id === "string") &&
    maybe(org_id, (id) => typeof id === "string" && /^org_[0-9A-Za-z]+$/.test(id)) &&
    maybe(claims["role"], (role) => typeof role === "string") &&
    maybe(claims["roles"], strings) &&
    maybe(claims["permissions"], strings) &&
    maybe(
      actor,
      (one) =>
        typeof one === "object" &&
        !Array.isArray(one) &&
        // An actor without a name would be taken for none (RFC 8693 section 4.1).
        typeof actor?.sub === "string" &&
        actor.sub.trim() !== "",
    ) &&
    audiences.length > 0 &&
    audiences.every((one) => one === RESOURCE || (acceptsEnvironment && one === CLIENT_ID)) &&
    (namesResource || client_id !== undefined || scope !== undefined)
  );
}

function isCanonical(token: string): boolean {
  return token.split(".").every((part) => base64url.encode(base64url.decode(part)) === part);
}

function show(part: string): string {
  try {
    return new TextDecoder().decode(base64url.decode(part)).slice(0, 600);
  } catch {
    return part;
  }
}

/** mulberry32: the same tokens in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
