import { describe, expect, it } from "vitest";
import type { KeyLookup } from "../../src/token/key-set.js";
import { NOW } from "../support/issuer.js";
import { down, settle, startKeySet } from "./key-set-setup.js";

const SECOND = 1000;
const HOUR = 3_600_000;

describe("createKeySet", () => {
  it("asks no issuer until a token needs a key, then once for all of them", async () => {
    const { issuer, kind } = startKeySet();
    expect(issuer.keySetFetches()).toBe(0);
    const kinds = await Promise.all(Array.from({ length: 100 }, () => kind("key_1")));
    expect(new Set(kinds)).toEqual(new Set(["found"]));
    expect(issuer.requests).toEqual(["https://acme.authkit.app/oauth2/jwks"]);
  });

  it("asks again in the background after 30 seconds while the old keys serve", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    clock.now += 29_999;
    await kind("key_1");
    expect(issuer.keySetFetches()).toBe(1);
    clock.now += 1;
    let letAnswer = (): void => {};
    issuer.answer = () =>
      new Promise((resolve) => {
        letAnswer = () => {
          resolve(Response.json({ keys: issuer.keys }));
        };
      });
    expect(await kind("key_1")).toBe("found");
    expect(await kind("key_1")).toBe("found");
    expect(issuer.keySetFetches()).toBe(2);
    letAnswer();
  });

  it("RS-56: a rotation has no gap: the first token of a new key causes one fetch and is good", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    clock.now += SECOND;
    issuer.addKey("key_2");
    const kinds = await Promise.all(Array.from({ length: 50 }, () => kind("key_2")));
    expect(new Set(kinds)).toEqual(new Set(["found"]));
    expect(issuer.keySetFetches()).toBe(2);
    expect(await kind("key_1")).toBe("found");
  });

  it("RS-56: a flood of unknown keys costs one fetch in a second, and each is refused after a fetch of its own time", async () => {
    const { issuer, kind, pass } = startKeySet();
    await kind("key_1");
    const kinds: Promise<KeyLookup["kind"]>[] = [];
    for (let index = 0; index < 1000; index += 1) {
      kinds.push(kind(`unknown_${index}`));
      await pass(10);
    }
    await pass(1000);
    expect(new Set(await Promise.all(kinds))).toEqual(new Set(["unknown"]));
    expect(issuer.keySetFetches()).toBe(12);
  });

  it("RS-56: a thousand unknown keys at once share one fetch and wait for it, and a further one does not", async () => {
    const { issuer, kind, pass } = startKeySet();
    await kind("key_1");
    expect(await kind("unknown")).toBe("unknown");
    const kinds = Array.from({ length: 1000 }, (_, index) => kind(`unknown_${index}`));
    expect(await kind("one_more")).toBe("unavailable");
    await pass(1000);
    expect(new Set(await Promise.all(kinds))).toEqual(new Set(["unknown"]));
    expect(issuer.keySetFetches()).toBe(3);
    // They make room when their fetch begins.
    const next = kind("another");
    await pass(1000);
    expect(await next).toBe("unknown");
  });

  it("T-21: a rotation beside a stranger's 50 invented keys a second refuses no good token", async () => {
    const { issuer, kind, pass } = startKeySet();
    await kind("key_1");
    const invented: Promise<KeyLookup["kind"]>[] = [];
    const good: Promise<KeyLookup["kind"]>[] = [];
    for (let step = 0; step < 500; step += 1) {
      invented.push(kind(`invented_${step}`));
      if (step % 100 === 3) issuer.addKey(`key_at_${step}`);
      if (step % 100 >= 3) good.push(kind(`key_at_${step - (step % 100) + 3}`));
      await pass(20);
    }
    await pass(1000);
    expect(new Set(await Promise.all(good))).toEqual(new Set(["found"]));
    expect(new Set(await Promise.all(invented))).toEqual(new Set(["unknown"]));
    expect(issuer.keySetFetches()).toBeLessThan(14);
  });

  it("T-21: a good token waits one second for its new key, however many invented ones came before", async () => {
    const { issuer, kind, pass } = startKeySet();
    await kind("key_1");
    await kind("invented");
    issuer.addKey("key_2");
    const good = kind("key_2");
    await pass(999);
    expect(issuer.keySetFetches()).toBe(2);
    await pass(1);
    expect(await good).toBe("found");
    expect(issuer.keySetFetches()).toBe(3);
  });

  it("RS-56: a fetch that began before a key was published does not speak against it", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    clock.now += 30 * SECOND;
    const old = Response.json({ keys: [...issuer.keys] });
    let letAnswer = (): void => {};
    issuer.answer = () =>
      new Promise((resolve) => {
        letAnswer = () => {
          issuer.answer = undefined;
          resolve(old);
        };
      });
    await kind("key_1");
    issuer.addKey("key_2");
    const kinds = Promise.all(Array.from({ length: 20 }, () => kind("key_2")));
    await settle();
    letAnswer();
    expect(new Set(await kinds)).toEqual(new Set(["found"]));
    expect(issuer.keySetFetches()).toBe(3);
  });

  it("RS-56: a withdrawn key dies within a minute, for every caller", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.addKey("key_2");
    await kind("key_1");
    issuer.removeKey("key_1");
    clock.now += 49_999;
    expect(await kind("key_1")).toBe("found");
    await settle();
    expect(await kind("key_1")).toBe("unknown");
    expect(await kind("key_2")).toBe("found");
  });

  it("RS-56: after 50 seconds the request that notices waits for the answer", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.addKey("key_2");
    await kind("key_1");
    issuer.removeKey("key_1");
    clock.now += 50 * SECOND;
    expect(await kind("key_1")).toBe("unknown");
  });

  it("RS-56: a key that was withdrawn while no request came is good for none of those who then ask at once", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.addKey("key_2");
    await kind("key_1");
    issuer.removeKey("key_1");
    clock.now += HOUR;
    expect(await Promise.all([kind("key_1"), kind("key_1"), kind("key_1")])).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
  });

  it("RS-56: a key that was withdrawn in an outage dies with the first request after it, however late", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.addKey("key_2");
    await kind("key_1");
    issuer.answer = down;
    clock.now += 60 * SECOND;
    expect(await kind("key_1")).toBe("found");
    issuer.answer = undefined;
    issuer.removeKey("key_1");
    clock.now += 20 * HOUR;
    expect(await Promise.all([kind("key_1"), kind("key_1")])).toEqual(["unknown", "unknown"]);
  });

  it("RS-56: an issuer that turns to keys of another kind has withdrawn its old ones", async () => {
    const { issuer, keySet, clock, kind, reports } = startKeySet();
    await kind("key_1");
    issuer.answer = () => Response.json({ keys: [{ kty: "EC", kid: "key_1", crv: "P-256" }] });
    clock.now += 50 * SECOND;
    expect(await kind("key_1")).toBe("unknown");
    // Who asks whether it is ready is told that there are none.
    expect(await keySet.age()).toBeUndefined();
    issuer.answer = undefined;
    clock.now += 50 * SECOND;
    expect(await kind("key_1")).toBe("found");
    expect(await keySet.age()).toBe(0);
    expect(reports).toEqual([
      "key set unreachable: has withdrawn every key for RS256, so no token is accepted",
      "key set recovered: 1 usable keys",
    ]);
  });

  it("RS-56: keys survive an outage of the issuer for 24 hours, and not longer", async () => {
    const { issuer, clock, kind, reports } = startKeySet();
    await kind("key_1");
    issuer.answer = down;
    clock.now += 50 * SECOND;
    expect(await kind("key_1")).toBe("found");
    clock.now = NOW + 24 * HOUR - 1;
    expect(await kind("key_1")).toBe("found");
    clock.now = NOW + 24 * HOUR;
    expect(await kind("key_1")).toBe("unavailable");
    expect(reports).toEqual(["key set unreachable: answered with status 500"]);
  });

  it("no lookup waits for an issuer that is known to be down", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    issuer.answer = down;
    clock.now += 60 * SECOND;
    await kind("key_1");
    issuer.answer = () => new Promise(() => {});
    clock.now += 9 * SECOND;
    expect(await Promise.race([kind("key_1"), settle().then(() => "waited")])).toBe("found");
    expect(issuer.keySetFetches()).toBe(3);
  });

  it("of lookups of unknown keys, one waits for an issuer that is known to be down", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    issuer.answer = down;
    clock.now += 50 * SECOND;
    await kind("key_1");
    let letAnswer = (): void => {};
    issuer.answer = () =>
      new Promise((resolve) => {
        letAnswer = () => {
          resolve(Response.json({ keys: issuer.keys }));
        };
      });
    issuer.addKey("key_2");
    clock.now += 9 * SECOND;
    const [first, ...others] = Array.from({ length: 500 }, () => kind("key_2"));
    expect(
      new Set(await Promise.race([Promise.all(others), settle().then(() => ["some waited"])])),
    ).toEqual(new Set(["unavailable"]));
    letAnswer();
    expect(await first).toBe("found");
    expect(issuer.keySetFetches()).toBe(3);
  });

  it("RS-56: one failed fetch keeps a withdrawn key alive no longer than a minute", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.addKey("key_2");
    await kind("key_1");
    clock.now += 45 * SECOND;
    issuer.answer = down;
    expect(await kind("key_1")).toBe("found");
    await settle();
    issuer.answer = undefined;
    issuer.removeKey("key_1");
    clock.now += 10 * SECOND;
    expect(await kind("key_1")).toBe("unknown");
  });

  it("with no keys at all, one waits for an issuer that is known to be down, and tells when it is back", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.answer = down;
    expect(await kind("key_1")).toBe("unavailable");
    let letAnswer = (): void => {};
    issuer.answer = () =>
      new Promise((resolve) => {
        letAnswer = () => {
          resolve(Response.json({ keys: issuer.keys }));
        };
      });
    clock.now += SECOND;
    const [first, ...others] = Array.from({ length: 500 }, () => kind("key_1"));
    const waited = settle().then(() => ["some waited"]);
    expect(new Set(await Promise.race([Promise.all(others), waited]))).toEqual(
      new Set(["unavailable"]),
    );
    letAnswer();
    expect(await first).toBe("found");
    expect(issuer.keySetFetches()).toBe(2);
  });

  it("a token with an unknown key waits for one answer of an issuer, not for two", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    issuer.answer = down;
    clock.now += 55 * SECOND;
    expect(await kind("unknown")).toBe("unavailable");
    expect(issuer.keySetFetches()).toBe(2);
  });

  it("asks a failing issuer once a second, whatever the load", async () => {
    const { issuer, clock, kind } = startKeySet();
    issuer.answer = down;
    for (let index = 0; index < 100; index += 1) expect(await kind("key_1")).toBe("unavailable");
    expect(issuer.keySetFetches()).toBe(1);
    clock.now += 999;
    await kind("key_1");
    expect(issuer.keySetFetches()).toBe(1);
    clock.now += 1;
    await kind("key_1");
    expect(issuer.keySetFetches()).toBe(2);
  });

  it("recovers with the first good answer, and says so", async () => {
    const { issuer, clock, kind, reports } = startKeySet();
    issuer.answer = () => Promise.reject(new TypeError("fetch failed"));
    expect(await kind("key_1")).toBe("unavailable");
    issuer.answer = undefined;
    clock.now += SECOND;
    expect(await kind("key_1")).toBe("found");
    expect(reports).toEqual([
      "key set unreachable: cannot be reached",
      "key set recovered: 1 usable keys",
    ]);
  });

  it("cannot tell whether an unknown key exists while the issuer is down", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    issuer.answer = down;
    clock.now += SECOND;
    expect(await kind("key_2")).toBe("unavailable");
    issuer.answer = undefined;
    issuer.addKey("key_2");
    clock.now += 30 * SECOND;
    await kind("key_1");
    await settle();
    expect(await kind("key_2")).toBe("found");
  });

  it.each([
    ["an empty set", { keys: [] }],
    ["no set", { error: "x" }],
    ["no keys", { keys: [null, "key_1"] }],
  ])("keeps its keys when the issuer answers with %s", async (_, document) => {
    const { issuer, clock, kind, reports } = startKeySet();
    await kind("key_1");
    issuer.answer = () => Response.json(document);
    clock.now += 50 * SECOND;
    expect(await kind("key_1")).toBe("found");
    expect(reports).toEqual(["key set unreachable: answered without a key"]);
  });

  it("never follows a redirect to other keys", async () => {
    const { issuer, kind } = startKeySet();
    issuer.answer = () =>
      new Response(null, { status: 302, headers: { location: "https://evil.example/jwks" } });
    expect(await kind("key_1")).toBe("unavailable");
    expect(issuer.requests).toEqual(["https://acme.authkit.app/oauth2/jwks"]);
  });

  it("lets a token with an unknown key wait for the fetch that is under way", async () => {
    const { issuer, clock, kind } = startKeySet();
    await kind("key_1");
    issuer.addKey("key_2");
    clock.now += 30 * SECOND;
    const [known, fresh] = await Promise.all([kind("key_1"), kind("key_2")]);
    expect([known, fresh]).toEqual(["found", "found"]);
    expect(issuer.keySetFetches()).toBe(2);
  });
});
