import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readKeySet } from "../../src/token/json-web-key-set.js";
import { published } from "../support/issuer.js";

const rsa = (modulusLength = 2048): KeyObject =>
  generateKeyPairSync("rsa", { modulusLength }).publicKey;
const KEY = rsa();
const OTHER = rsa();
const NONE = new Map();
const MODULUS = KEY.export({ format: "jwk" }).n;

const toText = (value: bigint): string => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
};
/** An odd number of 2,048 bits that this odd number divides. */
const multipleOf = (factor: bigint): string => {
  const near = (2n ** 2048n - 1n) / factor;
  return toText(factor * (near % 2n === 0n ? near - 1n : near));
};
/** A number of so many bits that no odd number up to 751 divides, odd or even: nothing else is wrong with it. */
const modulusOf = (bits: bigint, isEven = false): string => {
  const hasSmallFactor = (value: bigint): boolean =>
    Array.from({ length: 375 }, (_, at) => BigInt(2 * at + 3)).some(
      (factor) => value % factor === 0n,
    );
  let value = 2n ** (bits - 1n) + (isEven ? 2n : 1n);
  while (hasSmallFactor(value)) value += 2n;
  return toText(value);
};

const kidsOf = async (document: unknown): Promise<string[] | undefined> => {
  const keys = await readKeySet(document, NONE);
  return keys === undefined ? undefined : [...keys.keys()];
};

describe("readKeySet", () => {
  it("takes every usable key", async () => {
    const document = { keys: [published("a", KEY), published("b", OTHER)], extra: 1 };
    expect(await kidsOf(document)).toEqual(["a", "b"]);
  });

  it("takes a key without use, alg and key_ops", async () => {
    const { kty, n, e } = KEY.export({ format: "jwk" });
    expect(await kidsOf({ keys: [{ kid: "a", kty, n, e }] })).toEqual(["a"]);
    expect(await kidsOf({ keys: [{ kid: "a", kty, n, e, key_ops: ["verify"] }] })).toEqual(["a"]);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a string", "keys"],
    ["a list", [published("a", KEY)]],
    ["no member keys", {}],
    ["keys that are an object", { keys: { a: published("a", KEY) } }],
    ["keys that are null", { keys: null }],
    ["an empty set", { keys: [] }],
    ["members that are no objects", { keys: [null, 1, "a", []] }],
  ])("gives nothing for %s", async (_, document) => {
    expect(await kidsOf(document)).toBeUndefined();
  });

  it.each([
    ["another type", { kty: "EC" }],
    ["a symmetric key", { kty: "oct", k: "c2VjcmV0" }],
    ["no kid", { kid: undefined }],
    ["an empty kid", { kid: "" }],
    ["a number as kid", { kid: 1 }],
    ["another use", { use: "enc" }],
    ["RS512", { alg: "RS512" }],
    ["PS256", { alg: "PS256" }],
    ["HS256", { alg: "HS256" }],
    ["key_ops without verify", { key_ops: ["encrypt"] }],
    ["key_ops that are no list", { key_ops: "verify" }],
    ["no modulus", { n: undefined }],
    ["a modulus that is no text", { n: 7 }],
    ["no exponent", { e: undefined }],
    ["a modulus that is no base64url", { n: "!".repeat(400) }],
    ["a modulus that ends in padding", { n: `${MODULUS}=` }],
    ["a modulus that begins with a space", { n: ` ${MODULUS}` }],
    ["an exponent that ends in padding", { e: "AQAB=" }],
    ["the exponent 0", { e: "AA" }],
    ["the exponent 1", { e: "AQ" }],
    ["the exponent 1 behind zeros", { e: "AAAB" }],
    ["the exponent 2", { e: "Ag" }],
    ["the exponent 3", { e: "Aw" }],
    ["the exponent 17", { e: "EQ" }],
    ["the exponent 65,535", { e: "__8" }],
    ["the exponent 65,536", { e: "AQAA" }],
    ["the even exponent 65,538", { e: "AQAC" }],
    [
      "an exponent of 257 bits",
      { e: Buffer.from(`01${"00".repeat(31)}01`, "hex").toString("base64url") },
    ],
    ["an exponent as long as the modulus", { e: MODULUS }],
    ["an even modulus", { n: modulusOf(2_048n, true) }],
    [
      "a modulus of 2,048 ones, which has small factors",
      { n: Buffer.alloc(256, 0xff).toString("base64url") },
    ],
    ["a modulus of 2,047 bits", { n: modulusOf(2_047n) }],
    [
      "a modulus of 1,024 bits behind zeros",
      {
        n: Buffer.concat([
          Buffer.alloc(128),
          Buffer.from(rsa(1024).export({ format: "jwk" }).n ?? "", "base64url"),
        ]).toString("base64url"),
      },
    ],
    ["a modulus of 8,193 bits", { n: modulusOf(8_193n) }],
    ["a modulus divisible by 751", { n: multipleOf(751n) }],
  ])("RS-45: passes over a key with %s and keeps its neighbour", async (_, change) => {
    const document = { keys: [{ ...published("bad", KEY), ...change }, published("good", OTHER)] };
    expect(await kidsOf(document)).toEqual(["good"]);
  });

  it.each([2_048n, 8_192n])("takes a modulus of %i bits", async (bits) => {
    expect(await kidsOf({ keys: [{ ...published("a", KEY), n: modulusOf(bits) }] })).toEqual(["a"]);
  });

  it("takes a set in which no key is usable for what it says: the usable ones were withdrawn", async () => {
    expect(await kidsOf({ keys: [{ kty: "EC", kid: "a", crv: "P-256", alg: "ES256" }] })).toEqual(
      [],
    );
    expect(await kidsOf({ keys: [{ kid: "a" }, { kty: 1 }] })).toBeUndefined();
  });

  it("RS-45: passes over a key of 1024 bits", async () => {
    expect(await kidsOf({ keys: [published("short", rsa(1024))] })).toEqual([]);
  });

  it("takes a key whose modulus or exponent has zeros in front", async () => {
    const { kty, n = "", e = "" } = KEY.export({ format: "jwk" });
    const padded = (text: string): string =>
      Buffer.concat([Buffer.alloc(1), Buffer.from(text, "base64url")]).toString("base64url");
    expect(await kidsOf({ keys: [{ kid: "a", kty, n: padded(n), e: padded(e) }] })).toEqual(["a"]);
  });

  it("lets the first of two keys with the same kid count", async () => {
    const keys = await readKeySet({ keys: [published("a", KEY), published("a", OTHER)] }, NONE);
    expect(keys?.get("a")?.modulus).toBe(KEY.export({ format: "jwk" }).n);
    expect(keys?.size).toBe(1);
  });

  it("lets the usable one of two keys with the same kid count", async () => {
    const keys = await readKeySet(
      { keys: [{ ...published("a", KEY), use: "enc" }, published("a", OTHER)] },
      NONE,
    );
    expect(keys?.get("a")?.modulus).toBe(OTHER.export({ format: "jwk" }).n);
  });

  it("keeps the identity of an unchanged key and gives a changed one a new one", async () => {
    const before = await readKeySet({ keys: [published("a", KEY), published("b", KEY)] }, NONE);
    const after = await readKeySet(
      { keys: [published("a", KEY), published("b", OTHER)] },
      before ?? NONE,
    );
    expect(after?.get("a")).toBe(before?.get("a"));
    expect(after?.get("b")).not.toBe(before?.get("b"));
  });

  it("takes a key whose exponent alone has changed for another", async () => {
    const before = await readKeySet({ keys: [published("a", KEY)] }, NONE);
    const after = await readKeySet(
      { keys: [{ ...published("a", KEY), e: "AQAD" }] },
      before ?? NONE,
    );
    expect(after?.get("a")?.exponent).toBe("AQAD");
    expect(after?.get("a")).not.toBe(before?.get("a"));
  });

  it("passes over members that are no objects", async () => {
    expect(await kidsOf({ keys: [null, "a", 7, published("a", KEY)] })).toEqual(["a"]);
  });

  it("reads sixty-four keys of a hostile set and no more", async () => {
    const keys = Array.from({ length: 200 }, (_, index) => published(`k${index}`, KEY));
    expect(await kidsOf({ keys })).toHaveLength(64);
  });

  it("makes a public key even of a document that leaks the private one", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const keys = await readKeySet({ keys: [published("a", privateKey)] }, NONE);
    expect(keys?.get("a")?.key.type).toBe("public");
    expect(keys?.get("a")?.key.usages).toEqual(["verify"]);
  });
});
