import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createApiKeyValidator, type ApiKeyValidator } from "../../src/workos/api-keys.js";
import { createClient } from "../../src/workos/client.js";

interface Harness {
  readonly validate: ApiKeyValidator["validate"];
  readonly forget: ApiKeyValidator["forget"];
  readonly clock: { now: number };
  /** Every key value that the API was asked about. */
  readonly asked: string[];
  readonly reports: string[];
  answer: (value: string) => Response | Promise<Response>;
}

const ORGANIZATION_KEY = {
  object: "api_key",
  id: "api_key_01KEY",
  owner: { type: "organization", id: "org_01ACME" },
  name: "Nightly export",
  obfuscated_value: "sk_…1234",
  permissions: ["reports:read"],
  last_used_at: null,
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
};

function harness(): Harness {
  const clock = { now: 1_700_000_000_000 };
  const self: Harness = {
    clock,
    asked: [],
    reports: [],
    answer: () => Response.json({ api_key: ORGANIZATION_KEY }),
    validate: (value) => validate(value),
    forget: (id) => {
      forget(id);
    },
  };
  const client = createClient({
    apiKey: "sk_test_own",
    clientId: "client_01OWN",
    apiUrl: new URL("https://api.workos.test"),
    isImpatient: true,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      expect(new URL(request.url).pathname).toBe("/api_keys/validations");
      const { value } = (await request.json()) as { value: string };
      self.asked.push(value);
      return self.answer(value);
    },
  });
  const { validate, forget } = createApiKeyValidator(client, {
    digest: (value) => createHash("sha256").update(value).digest("hex"),
    now: () => clock.now,
    report: (state, detail) => self.reports.push(`${state}: ${detail}`),
  });
  return self;
}

const VALID = {
  kind: "valid",
  key: {
    id: "api_key_01KEY",
    name: "Nightly export",
    owner: { kind: "organization", id: "org_01ACME" },
    organizationId: "org_01ACME",
    permissions: ["reports:read"],
  },
};

describe("createApiKeyValidator", () => {
  it("tells whose key it is, frozen and without its value", async () => {
    const { validate } = harness();
    const verdict = await validate("sk_example_1");
    expect(verdict).toEqual(VALID);
    expect(JSON.stringify(verdict)).not.toContain("sk_");
    expect(verdict.kind === "valid" && Object.isFrozen(verdict.key)).toBe(true);
    expect(verdict.kind === "valid" && Object.isFrozen(verdict.key.permissions)).toBe(true);
  });

  it("tells the organization of a key that a user owns, and takes no permissions for none", async () => {
    const self = harness();
    self.answer = () =>
      Response.json({
        api_key: {
          ...ORGANIZATION_KEY,
          owner: { type: "user", id: "user_01ADA", organization_id: "org_01ACME" },
          permissions: null,
        },
      });
    expect(await self.validate("sk_example_1")).toEqual({
      kind: "valid",
      key: {
        ...VALID.key,
        owner: { kind: "user", id: "user_01ADA" },
        organizationId: "org_01ACME",
        permissions: [],
      },
    });
  });

  it("asks once for a hundred simultaneous requests, and remembers a good key for 30 seconds", async () => {
    const { validate, asked, clock } = harness();
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => validate("sk_example_1")));
    expect(verdicts.every(({ kind }) => kind === "valid")).toBe(true);
    clock.now += 29_999;
    await validate("sk_example_1");
    expect(asked).toHaveLength(1);
    clock.now += 1;
    await validate("sk_example_1");
    expect(asked).toHaveLength(2);
  });

  it("remembers a bad key for 30 seconds too", async () => {
    const self = harness();
    self.answer = () => Response.json({ api_key: null });
    expect(await self.validate("sk_example_1")).toEqual({ kind: "invalid" });
    expect(await self.validate("sk_example_1")).toEqual({ kind: "invalid" });
    expect(self.asked).toHaveLength(1);
    self.clock.now += 30_001;
    self.answer = () => Response.json({ api_key: ORGANIZATION_KEY });
    expect((await self.validate("sk_example_1")).kind).toBe("valid");
  });

  it("ends a revoked key when its memory ends", async () => {
    const self = harness();
    expect((await self.validate("sk_example_1")).kind).toBe("valid");
    self.answer = () => Response.json({ api_key: null });
    self.clock.now += 30_000;
    expect(await self.validate("sk_example_1")).toEqual({ kind: "invalid" });
    // Nor does an outage bring it back.
    self.answer = () => Response.json({}, { status: 500 });
    self.clock.now += 30_001;
    expect(await self.validate("sk_example_1")).toEqual({ kind: "unavailable" });
  });

  it.each([400, 404, 422])("takes the API's %d for a bad key", async (status) => {
    const self = harness();
    self.answer = () => Response.json({ message: "no" }, { status });
    expect(await self.validate("sk_example_1")).toEqual({ kind: "invalid" });
    expect(self.reports).toEqual([]);
  });

  it.each([
    [500, "it answered 500"],
    [401, "it refused this environment's own apiKey (401)"],
    [403, "it refused this environment's own apiKey (403)"],
    [429, "it says that it was asked too often (429)"],
  ])("cannot tell when the API answers %d, and says so once", async (status, problem) => {
    const self = harness();
    self.answer = () => Response.json({ message: "no" }, { status });
    expect(await self.validate("sk_example_1")).toEqual({ kind: "unavailable" });
    self.clock.now += 2_000;
    expect(await self.validate("sk_example_2")).toEqual({ kind: "unavailable" });
    expect(self.reports).toEqual([`unreachable: ${problem}`]);
    self.answer = () => Response.json({ api_key: ORGANIZATION_KEY });
    self.clock.now += 2_000;
    expect((await self.validate("sk_example_1")).kind).toBe("valid");
    expect(self.reports.at(-1)).toBe("recovered: API keys are validated again");
  });

  it("cannot tell when the API cannot be reached", async () => {
    const self = harness();
    self.answer = () => Promise.reject(new TypeError("fetch failed"));
    expect(await self.validate("sk_example_1")).toEqual({ kind: "unavailable" });
    expect(self.reports).toEqual(["unreachable: it cannot be reached"]);
  });

  it("lets a known key work through five minutes of outage, and no longer", async () => {
    const self = harness();
    await self.validate("sk_example_1");
    self.answer = () => Promise.reject(new TypeError("fetch failed"));
    self.clock.now += 299_999;
    expect((await self.validate("sk_example_1")).kind).toBe("valid");
    self.clock.now += 1;
    expect((await self.validate("sk_example_1")).kind).toBe("unavailable");
  });

  it("asks nothing while the API says to wait", async () => {
    const self = harness();
    self.answer = () =>
      Response.json({ message: "slow down" }, { status: 429, headers: { "retry-after": "7" } });
    await self.validate("sk_example_1");
    self.answer = () => Response.json({ api_key: ORGANIZATION_KEY });
    self.clock.now += 6_999;
    expect(await self.validate("sk_example_2")).toEqual({ kind: "unavailable" });
    expect(self.asked).toHaveLength(1);
    self.clock.now += 1;
    expect((await self.validate("sk_example_2")).kind).toBe("valid");
  });

  it("a flood of made-up keys costs forty questions and twenty a second, and drops no known key", async () => {
    const self = harness();
    await self.validate("sk_example_known");
    self.answer = () => Response.json({ api_key: null });
    const flood = async (name: string): Promise<void> => {
      for (let index = 0; index < 1_000; index += 1) await self.validate(`sk_${name}_${index}`);
    };
    await flood("first");
    expect(self.asked).toHaveLength(40);
    self.clock.now += 1_000;
    await flood("second");
    expect(self.asked).toHaveLength(60);
    expect((await self.validate("sk_example_known")).kind).toBe("valid");
  });

  it("remembers the 5,000 good keys that were asked for last", async () => {
    const self = harness();
    for (let key = 0; key <= 5_000; key += 1) {
      self.clock.now += 50;
      await self.validate(`sk_${key}`);
    }
    expect(self.asked).toHaveLength(5_001);
    self.answer = () => new Response(null, { status: 500 });
    expect((await self.validate("sk_1")).kind).toBe("valid");
    expect((await self.validate("sk_0")).kind).not.toBe("valid");
  });

  it("T-12: a flood of made-up keys keeps no key out that was good before, however long it lasts", async () => {
    const self = harness();
    const { validate, clock } = self;
    self.answer = (value) =>
      Response.json({ api_key: value === "sk_example_1" ? ORGANIZATION_KEY : null });
    await validate("sk_example_1");
    for (let second = 0; second < 600; second += 1) {
      for (let one = 0; one < 50; one += 1) {
        clock.now += 20;
        await validate(`sk_made_up_${second}_${one}`);
      }
      expect((await validate("sk_example_1")).kind).toBe("valid");
    }
  });

  it("T-14: an answer that was on its way when the key was revoked is not remembered", async () => {
    const self = harness();
    let letAnswer = (): void => undefined;
    self.answer = () =>
      new Promise((resolve) => {
        letAnswer = () => {
          resolve(Response.json({ api_key: ORGANIZATION_KEY }));
        };
      });
    const first = self.validate("sk_example_1");
    await new Promise((resolve) => setImmediate(resolve));
    self.forget("api_key_01KEY");
    // Who comes after the revocation does not join the question from before it.
    const answerFirst = letAnswer;
    self.answer = () => Response.json({ api_key: null });
    expect(await self.validate("sk_example_1")).toEqual({ kind: "invalid" });
    answerFirst();
    // Nor does the request that asked before it.
    expect(await first).toEqual({ kind: "invalid" });
    expect(await self.validate("sk_example_1")).toEqual({ kind: "invalid" });
    expect(self.asked).toHaveLength(2);
  });

  it("T-14: a key that was revoked while its refresh was on its way is not fallen back on when that fails", async () => {
    const self = harness();
    await self.validate("sk_example_1");
    self.clock.now += 61_000;
    let fail = (): void => undefined;
    self.answer = () =>
      new Promise((resolve) => {
        fail = () => {
          resolve(Response.json({ message: "no" }, { status: 500 }));
        };
      });
    const waiting = self.validate("sk_example_1");
    await new Promise((resolve) => setImmediate(resolve));
    self.forget("api_key_01KEY");
    fail();
    expect(await waiting).toEqual({ kind: "unavailable" });
  });

  it("waits as long as WorkOS asks for, five minutes at most", async () => {
    for (const [retryAfter, wait] of [
      ["200", 200],
      ["86400", 300],
    ] as const) {
      const self = harness();
      const { validate, asked, clock } = self;
      self.answer = () =>
        Response.json(
          { message: "slow down" },
          { status: 429, headers: { "retry-after": retryAfter } },
        );
      await validate("sk_example_1");
      clock.now += wait * 1000 - 1;
      await validate("sk_example_2");
      expect(asked).toHaveLength(1);
      clock.now += 1;
      await validate("sk_example_2");
      expect(asked).toHaveLength(2);
    }
  });

  it("T-14: a verdict is as old as its question: a revoked key works 30 seconds from it, not from the answer", async () => {
    const self = harness();
    const { clock } = self;
    self.answer = () => {
      clock.now += 2_400;
      return Response.json({ api_key: ORGANIZATION_KEY });
    };
    const askedAt = clock.now;
    await self.validate("sk_example_1");
    self.answer = () => Response.json({ api_key: null });
    clock.now = askedAt + 29_999;
    expect((await self.validate("sk_example_1")).kind).toBe("valid");
    clock.now = askedAt + 30_000;
    expect((await self.validate("sk_example_1")).kind).toBe("invalid");
  });

  it("T-14: in an outage a key works 300 seconds from the question, not from the answer", async () => {
    const self = harness();
    const { clock } = self;
    self.answer = () => {
      clock.now += 2_400;
      return Response.json({ api_key: ORGANIZATION_KEY });
    };
    const askedAt = clock.now;
    await self.validate("sk_example_1");
    self.answer = () => Promise.reject(new TypeError("fetch failed"));
    clock.now = askedAt + 299_999;
    expect((await self.validate("sk_example_1")).kind).toBe("valid");
    clock.now = askedAt + 300_000;
    expect((await self.validate("sk_example_1")).kind).toBe("unavailable");
  });

  it("T-21: after a restart a flood of made-up keys turns a good key away once at most, and never as invalid", async () => {
    const self = harness();
    const { validate, clock } = self;
    const isGood = (value: string): boolean => value.startsWith("sk_good");
    self.answer = (value) => Response.json({ api_key: isGood(value) ? ORGANIZATION_KEY : null });
    const refusals = new Map<string, string[]>();
    for (let second = 0; second < 60; second += 1) {
      for (let index = 0; index < 200; index += 1) {
        clock.now += 5;
        await validate(`sk_made_up_${second}_${index}`);
      }
      // Each comes back after Retry-After, five seconds.
      for (let index = 0; index < 5; index += 1) {
        const value = `sk_good_${second % 5}_${index}`;
        const { kind } = await validate(value);
        if (kind !== "valid") refusals.set(value, [...(refusals.get(value) ?? []), kind]);
      }
    }
    expect(refusals.size).toBeGreaterThan(0);
    expect(new Set([...refusals.values()].map(String))).toEqual(new Set(["unavailable"]));
    expect(self.asked.length).toBeLessThan(60 * 80 + 160);
  });

  it("T-21: a flood of made-up keys that come again costs 80 questions and 40 a second, and turns away none that was valid", async () => {
    const self = harness();
    const { validate, clock } = self;
    self.answer = (value) =>
      Response.json({ api_key: value.startsWith("sk_good") ? ORGANIZATION_KEY : null });
    expect((await validate("sk_good_before")).kind).toBe("valid");
    const flood = async (name: string): Promise<void> => {
      for (let index = 0; index < 2_000; index += 1) {
        for (let time = 0; time < 3; time += 1) await validate(`sk_${name}_${index}`);
      }
    };
    await flood("first");
    expect(self.asked).toHaveLength(80);
    // A key that was not valid before has to compete with them.
    expect(await validate("sk_good_new")).toEqual({ kind: "unavailable" });
    for (let second = 1; second <= 40; second += 1) {
      clock.now += 1_000;
      expect((await validate("sk_good_before")).kind).toBe("valid");
      await flood(`later_${second}`);
    }
    expect(self.asked).toHaveLength(80 + 40 * 40 + 1);
    clock.now += 1_000;
    expect((await validate("sk_good_new")).kind).toBe("valid");
  });
});
