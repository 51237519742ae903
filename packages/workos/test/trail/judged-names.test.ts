import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { getAccess, type AuthEvent } from "../../src/index.js";
import { startAudited } from "../observers/audited.js";
import { toolError } from "../support/denying-tool.js";
import { call, startObserved } from "./observed.js";
import { legibleName } from "../../src/trail/legible.js";

const read = (uri: unknown, id = 1): object => ({
  jsonrpc: "2.0",
  id,
  method: "resources/read",
  params: { uri },
});
const ROLELESS = { org_id: "org_01ACME", roles: [] };
const targets = (events: readonly AuthEvent[]): unknown[] =>
  events.map((event) => "target" in event && event.target);

describe("the name in an event", () => {
  it("T-24: is what was judged, with what was sent beside it, shortened", async () => {
    const { post, events } = await startObserved({
      config: { access: { resources: { "vault://*": "authenticated" } } },
    });
    const newlines = `vault://${"\n".repeat(90)}7`;
    await post(read(newlines));
    await post(read("vault://7"));
    await vi.waitFor(() => expect(events).toHaveLength(4));
    const [first, , third] = targets(events) as { name: string; sentAs?: string }[];
    expect(first?.name).toBe("vault://7");
    expect(first?.sentAs).toMatch(/^vault:\/\/(\\u000a)+\.\.\.(\\u000a)+7$/);
    expect(first?.sentAs?.length).toBeLessThanOrEqual(200);
    expect(third).toEqual({ kind: "resource", name: "vault://7" });
  });

  it("T-24: is what was judged in a denial, the audit log and the log line too", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const { post } = await startObserved({
      config: { access: { resources: {} }, log: { logger } },
    });
    await post(read("VAULT://a\t7"));
    expect(lines.at(-1)).toMatch(
      /^\[workos\] Denied resources\/read of resource vault:\/\/a7 \(sent as VAULT:\/\/a\\u00097\) to user/,
    );
    const audited = await startAudited();
    await audited.call(read("VAULT://a\t7"));
    await vi.waitFor(() => expect(audited.received).toHaveLength(1));
    expect(audited.received[0]?.event).toMatchObject({
      targets: [{ type: "resource", id: "vault://a7" }],
      metadata: { sent_as: "VAULT://a\\u00097" },
    });
  });

  it("T-24: keeps its end when it is too long, so that padding hides nothing", async () => {
    const { post, events } = await startObserved();
    await post(read(`files://t/${"/".repeat(2_000)}secret/7`));
    await vi.waitFor(() => expect(events).toHaveLength(2));
    const [target] = targets(events) as { name: string }[];
    expect(target?.name).toMatch(/^files:\/\/t\/+\.\.\.\/+secret\/7$/);
    expect(target?.name.length).toBeLessThanOrEqual(500);
  });

  it("is well-formed, legible and short, whatever it is made of", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 1_200 }),
        fc.integer({ min: 20, max: 500 }),
        (text, longest) => {
          const shown = legibleName(text, longest);
          expect(shown.isWellFormed()).toBe(true);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          expect(shown.length).toBeLessThanOrEqual(longest);
        },
      ),
    );
  });
});

describe("a denial inside a batch", () => {
  it("T-24: is an event for each use that it may have been, each under its own name, so that no decoy names it", async () => {
    const { post, events, issuer } = await startObserved({
      handler: (_request, response) => {
        void getAccess().then((access) => {
          for (let attempt = 0; attempt < 2; attempt += 1) {
            expect(() => {
              access.require({ role: "admin" }, { name: "the draft" });
            }).toThrow("the draft");
          }
          response.end(toolError("denied"));
        });
      },
    });
    await post(
      [read(`docs://${"x".repeat(600)}`, 7), call("refund", {}, 8)],
      issuer.sign({ claims: ROLELESS }),
    );
    await vi.waitFor(() => expect(events).toHaveLength(6));
    const denied = events.filter((event) => event.kind === "denied");
    expect(
      denied.map(({ method, target, requestId, oneOf }) => [
        method,
        target?.kind,
        target?.name.slice(0, 12),
        requestId,
        oneOf,
      ]),
    ).toEqual([
      ["resources/read", "resource", "docs://xxxxx", 7, { number: 1, of: 2 }],
      ["tools/call", "tool", "refund", 8, { number: 2, of: 2 }],
    ]);
  });

  it("T-18: makes no more events than a request has uses, however often its tools deny", async () => {
    const { post, events, issuer } = await startObserved({
      handler: (_request, response) => {
        void getAccess().then((access) => {
          for (let attempt = 0; attempt < 100; attempt += 1) {
            expect(() => {
              access.require({ role: "admin" });
            }).toThrow("You may not use this tool");
          }
          response.end(toolError("denied"));
        });
      },
    });
    const batch = Array.from({ length: 100 }, (_, index) => call(`tool_${index}`, {}, index));
    await post(batch, issuer.sign({ claims: ROLELESS }));
    await vi.waitFor(() => expect(events.at(-1)?.kind).toBe("answered"));
    expect(events.filter(({ kind }) => kind === "denied")).toHaveLength(100);
  });
});

describe("a call that names nothing", () => {
  it.each([
    ["a tool without a name", { method: "tools/call", params: { arguments: {} } }],
    ["a tool with an empty name", { method: "tools/call", params: { name: "" } }],
    ["a resource by a number", { method: "resources/read", params: { uri: 7 } }],
    ["a prompt without parameters", { method: "prompts/get" }],
    [
      "one of several",
      {
        method: "subscriptions/listen",
        params: { notifications: { resourceSubscriptions: ["docs://a", {}] } },
      },
    ],
  ])("T-24: is refused before it is an event of use: %s", async (_, message) => {
    for (const access of [undefined, { tools: { "*": "authenticated" } } as const]) {
      const { post, events, reached } = await startObserved({
        config: access === undefined ? {} : { access },
      });
      const answer = await post({ jsonrpc: "2.0", id: 1, ...message });
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: "invalid_request", reason: "target_unnamed" },
      ]);
      expect(events).toMatchObject([{ kind: "refused", reason: "target_unnamed" }]);
      expect(reached.count).toBe(0);
    }
  });
});
