import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { workosProvider } from "../../src/index.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";
import { base64url, createHomeIssuer, goodClaims, NOW, SECONDS } from "../support/issuer.js";
import { callInProcess } from "./in-process.js";

const issuer = createHomeIssuer();
const middleware = workosProvider(
  { ...GOOD_CONFIG, log: false },
  { env: {}, fetch: issuer.fetch, now: () => NOW },
);
const GOOD = issuer.sign();
const OTHER = issuer.sign({ claims: { sub: "user_01BOB", jti: "jti_02" } });
const mine = generateKeyPairSync("rsa", { modulusLength: 2048 });

const forge = (header: object, claims: object): string => {
  const text = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  return `${text}.${sign("sha256", Buffer.from(text), mine.privateKey).toString("base64url")}`;
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~+/";
const position = fc.nat(GOOD.length - 1);
const letter = fc.constantFrom(...Array.from(ALPHABET));
const segments = [...GOOD.split("."), ...OTHER.split(".")];

/** Bytes of one segment with some bits turned. */
const flipped = fc
  .tuple(fc.nat(2), fc.array(fc.tuple(fc.nat(399), fc.nat(7)), { minLength: 1, maxLength: 4 }))
  .map(([index, flips]) => {
    const parts = GOOD.split(".");
    const bytes = Buffer.from(parts[index] ?? "", "base64url");
    for (const [at, bit] of flips)
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
    parts[index] = bytes.toString("base64url");
    return parts.join(".");
  });

const edits = fc.oneof(
  { weight: 4, arbitrary: flipped },
  {
    weight: 4,
    arbitrary: fc
      .tuple(position, letter)
      .map(([at, to]) => GOOD.slice(0, at) + to + GOOD.slice(at + 1)),
  },
  fc.tuple(position, letter).map(([at, extra]) => GOOD.slice(0, at) + extra + GOOD.slice(at)),
  fc
    .tuple(position, fc.integer({ min: 1, max: 40 }))
    .map(([at, count]) => GOOD.slice(0, at) + GOOD.slice(at + count)),
  fc
    .array(fc.constantFrom(...segments, ""), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(".")),
);

/** Header and claims changed at will and signed again, by a key that is not the issuer's. */
const resigned = fc
  .tuple(
    fc.dictionary(fc.constantFrom("alg", "kid", "typ", "crit", "jwk", "b64", "x"), fc.jsonValue()),
    fc.dictionary(
      fc.constantFrom(
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "sid",
        "client_id",
        "org_id",
        "role",
        "act",
        "cnf",
      ),
      fc.jsonValue(),
    ),
  )
  .map(([header, claims]) =>
    forge({ alg: "RS256", kid: "key_1", ...header }, { ...goodClaims(), ...claims }),
  );

it("RS-40 RS-53: no changed token is accepted, and none causes a 5xx", async () => {
  expect(await callInProcess(middleware, `Bearer ${GOOD}`)).toEqual({
    status: 200,
    isReached: true,
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(edits, resigned), async (token) => {
      fc.pre(token !== GOOD && token !== OTHER);
      const { status, isReached } = await callInProcess(middleware, `Bearer ${token}`);
      expect(isReached).toBe(false);
      expect([400, 401]).toContain(status);
    }),
    { numRuns: 3_000 },
  );
});

it("RS-53: whatever claims the issuer itself signs, the answer is 200 or 401", async () => {
  const claims = fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        "exp",
        "nbf",
        "iat",
        "sub",
        "aud",
        "sid",
        "org_id",
        "role",
        "roles",
        "permissions",
        "act",
        "scope",
        "__proto__",
        "toString",
        "constructor",
      ),
      fc.string({ maxLength: 12 }),
    ),
    fc.oneof(fc.jsonValue(), fc.integer({ min: SECONDS - 10, max: SECONDS + 10 })),
  );
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(claims, async (changes) => {
      const { status, isReached } = await callInProcess(
        middleware,
        `Bearer ${issuer.sign({ claims: changes })}`,
      );
      statuses.add(status);
      expect(isReached).toBe(status === 200);
      expect([200, 401]).toContain(status);
    }),
    { numRuns: 400 },
  );
  expect(statuses).toEqual(new Set([200, 401]));
});

it("RS-53: no Authorization header whatsoever crashes it or gets in", async () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCodePoint(code)),
    maxLength: 80,
  });
  const header = fc.oneof(
    text,
    text.map((rest) => `Bearer ${rest}`),
    fc.array(letter, { maxLength: 200 }).map((letters) => `Bearer ${letters.join("")}`),
    fc.constantFrom(
      "Bearer",
      "bearer ",
      "Bearer ..",
      `Bearer ${"a".repeat(100_000)}`,
      `Bearer ${".".repeat(20_000)}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(header, async (authorization) => {
      const { status, isReached } = await callInProcess(middleware, authorization);
      expect(isReached).toBe(false);
      expect([400, 401]).toContain(status);
    }),
    { numRuns: 3_000 },
  );
});
