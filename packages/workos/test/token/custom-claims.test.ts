import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { SchemaResult, StandardSchema } from "../../src/standards/standard-schema.js";
import { createTestIssuer } from "../support/issuer.js";
import { verifierFor } from "./verifying.js";

const issuer = createTestIssuer();

const schemaOf = (
  validate: (value: unknown) => SchemaResult<unknown> | Promise<SchemaResult<unknown>>,
): StandardSchema => ({ "~standard": { version: 1, vendor: "test", validate } });

async function judge(
  schema: StandardSchema,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<{ claims?: Record<string, unknown>; refusal?: unknown; userId?: string }> {
  const verification = await verifierFor(issuer, schema).verify(issuer.sign({ claims }));
  return verification.ok
    ? { claims: verification.token.claims, userId: verification.token.principal.id }
    : { refusal: verification.refusal };
}

describe("with zod", () => {
  const schema = z.object({ team: z.string(), level: z.coerce.number().default(1) });

  it("lays the schema's output over the raw claims", async () => {
    const { claims } = await judge(schema, { team: "blue", level: "7", other: true });
    expect(claims).toMatchObject({ team: "blue", level: 7, other: true, sub: "user_01ADA" });
  });

  it("fills defaults", async () => {
    expect((await judge(schema, { team: "blue" })).claims?.["level"]).toBe(1);
  });

  it("names where a claim is wrong and never what it holds", async () => {
    const strict = z.object({
      team: z.enum(["red"]),
      nested: z.object({ list: z.array(z.number()) }),
    });
    const judged = await judge(strict, { team: "canary", nested: { list: [1, "canary"] } });
    expect(judged.refusal).toEqual({
      reason: "custom_claims_invalid",
      paths: ["team", "nested.list.1"],
    });
  });

  it("waits for an asynchronous refinement", async () => {
    const asynchronous = z.object({ team: z.string().refine(async (team) => team === "blue") });
    expect((await judge(asynchronous, { team: "blue" })).claims?.["team"]).toBe("blue");
    expect((await judge(asynchronous, { team: "red" })).refusal).toEqual({
      reason: "custom_claims_invalid",
      paths: ["team"],
    });
  });
});

describe("with a schema written by hand", () => {
  it("RS-48: lets no schema change or invent a registered claim", async () => {
    const { claims, userId } = await judge(
      schemaOf(() => ({
        value: {
          iss: "https://evil.example",
          sub: "user_01EVE",
          aud: "https://evil.example/mcp",
          exp: 9_999_999_999,
          iat: 1,
          nbf: 1,
          jti: "jti_evil",
          client_id: "client_evil",
          scope: "admin",
          mine: true,
        },
      })),
      { jti: undefined, client_id: undefined, scope: undefined },
    );
    expect(userId).toBe("user_01ADA");
    expect(claims).toEqual({
      iss: "https://acme.authkit.app",
      sub: "user_01ADA",
      aud: "https://mcp.example.com/mcp",
      sid: "app_consent_01ADA",
      exp: 1_768_478_690,
      iat: 1_768_478_390,
      mine: true,
    });
  });

  it("lets no schema change what the session says of the caller", async () => {
    const verification = await verifierFor(
      issuer,
      schemaOf(() => ({
        value: { org_id: "org_evil", role: "admin", permissions: ["all"], sid: "x" },
      })),
    ).verify(issuer.sign({ claims: { org_id: "org_01ACME" } }));
    expect(verification.ok && verification.token.authkit).toMatchObject({
      organizationId: "org_01ACME",
      role: undefined,
      permissions: undefined,
    });
    expect(verification.ok && verification.token.principal).toEqual({
      kind: "user",
      id: "user_01ADA",
      sessionId: "app_consent_01ADA",
    });
  });

  it("hands the schema a copy that it may spoil", async () => {
    const { claims } = await judge(
      schemaOf((value) => {
        (value as { custom: { a: number } }).custom.a = 2;
        return { value: {} };
      }),
      { custom: { a: 1 } },
    );
    expect(claims?.["custom"]).toEqual({ a: 1 });
  });

  it("freezes what the schema made, to the bottom, and lets classes be", async () => {
    const date = new Date(0);
    const { claims } = await judge(
      schemaOf(() => ({ value: { nested: { list: [{ a: 1 }] }, date, bytes: new Uint8Array(2) } })),
    );
    const nested = claims?.["nested"] as { list: [object] };
    expect(
      [claims, nested, nested.list, nested.list[0]].map((part) => Object.isFrozen(part)),
    ).toEqual([true, true, true, true]);
    expect(claims?.["date"]).toBe(date);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("canary");
      },
      ["(the schema threw)"],
    ],
    ["rejects", () => Promise.reject(new Error("canary")), ["(the schema threw)"]],
    ["gives null", () => ({ value: null }), ["(the schema's result)"]],
    ["gives a text", () => ({ value: "canary" }), ["(the schema's result)"]],
    ["gives nothing", () => ({ value: undefined }), ["(the schema's result)"]],
    [
      "answers nothing",
      () => undefined as unknown as SchemaResult<unknown>,
      ["(the schema threw)"],
    ],
    ["has an issue without a path", () => ({ issues: [{ message: "canary" }] }), [""]],
    ["has an empty list of issues", () => ({ issues: [] }), []],
    [
      "names a path by objects",
      () => ({ issues: [{ message: "", path: [{ key: "a" }, 0, Symbol("b")] }] }),
      ["a.0.Symbol(b)"],
    ],
    [
      "names a path to forge a log line",
      () => ({ issues: [{ message: "", path: ["a\r\n[workos] \u001B[2K"] }] }),
      ["a??[workos] ?[2K"],
    ],
    [
      "names a very long path",
      () => ({ issues: [{ message: "", path: ["k".repeat(5000)] }] }),
      ["k".repeat(100)],
    ],
  ])("refuses the token when the schema %s", async (_, validate, paths) => {
    const { refusal } = await judge(schemaOf(validate));
    expect(refusal).toEqual({ reason: "custom_claims_invalid", paths });
  });

  it("names ten places at most", async () => {
    const issues = Array.from({ length: 50 }, () => ({ message: "", path: ["a"] }));
    const { refusal } = await judge(schemaOf(() => ({ issues })));
    expect(refusal).toEqual({
      reason: "custom_claims_invalid",
      paths: Array.from({ length: 10 }, () => "a"),
    });
  });

  it("asks the schema once for a token that comes again, and again after a refusal", async () => {
    let asked = 0;
    const { verify } = verifierFor(
      issuer,
      schemaOf(() => {
        asked += 1;
        return asked === 1 ? { issues: [{ message: "" }] } : { value: {} };
      }),
    );
    const token = issuer.sign();
    expect((await verify(token)).ok).toBe(false);
    expect((await verify(token)).ok).toBe(true);
    expect((await verify(token)).ok).toBe(true);
    expect(asked).toBe(2);
  });

  it("never shows the schema a token that is not verified", async () => {
    let asked = 0;
    const { verify } = verifierFor(
      issuer,
      schemaOf(() => {
        asked += 1;
        return { value: {} };
      }),
    );
    await verify(createTestIssuer().sign());
    await verify(issuer.sign({ claims: { aud: "https://other.example" } }));
    expect(asked).toBe(0);
  });
});

describe("a schema that gives no answer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("T-18: leaves the token unjudged after ten seconds: neither accepted nor refused, and not remembered", async () => {
    const asked: unknown[] = [];
    let settle: (result: SchemaResult<unknown>) => void = () => undefined;
    const { verify } = verifierFor(
      issuer,
      schemaOf((value) => {
        asked.push(value);
        return asked.length > 1 ? { value: {} } : new Promise((resolve) => void (settle = resolve));
      }),
    );
    const token = issuer.sign();
    let verdict: unknown;
    const judged = Promise.resolve(verify(token)).then((given) => (verdict = given));
    while (asked.length === 0) await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(verdict).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(await judged).toEqual({ ok: false, refusal: { reason: "custom_claims_unknown" } });
    settle({ value: {} });
    expect((await verify(token)).ok).toBe(true);
    expect([asked.length, vi.getTimerCount()]).toEqual([2, 0]);
  });
});
