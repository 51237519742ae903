import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readKeySet } from "../../src/token/json-web-key-set.js";
import { published } from "../issuer.js";

const rsa = (modulusLength = 2048): KeyObject =>
  generateKeyPairSync("rsa", { modulusLength }).publicKey;
const KEY = rsa();
const OTHER = rsa();
const NONE = new Map();
const MODULUS = KEY.export({ format: "jwk" }).n;

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
  ])("RS-45: passes over a key with %s and keeps its neighbour", async (_, change) => {
    const document = { keys: [{ ...published("bad", KEY), ...change }, published("good", OTHER)] };
    expect(await kidsOf(document)).toEqual(["good"]);
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
    const after = await readKeySet({ keys: [{ ...published("a", KEY), e: "Aw" }] }, before ?? NONE);
    expect(after?.get("a")?.exponent).toBe("Aw");
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
