import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { getSession, type AuthEvent } from "../../src/index.js";
import { call as callOf, startAudited } from "../observers/audited.js";
import { call, startObserved } from "./observed.js";
import { denyingTool } from "../support/denying-tool.js";
import { startTelemetryServer } from "../observers/telemetry-server.js";

const CLAIMS = { org_id: "org_01ACME", roles: [], act: { sub: "ops@workos-staff.example" } };
const CALLER = { kind: "user", id: "user_01ADA", impersonator: "ops@workos-staff.example" };
const access = { tools: { refund: "authenticated", secret: { role: "admin" } } } as const;

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
});

describe("a call in the name of another user", () => {
  it("T-24: names the impersonator in every event that knows its caller", async () => {
    const { post, events, issuer } = await startObserved({
      config: { access },
      handler: denyingTool({ role: "admin" }),
    });
    const token = issuer.sign({ claims: CLAIMS });
    await post(call("refund"), token);
    await post(call("secret"), token);
    await post("not parsed", token);
    await vi.waitFor(() => expect(events).toHaveLength(5));
    const known = events as Extract<AuthEvent, { caller?: unknown }>[];
    expect(known.map(({ kind, caller }) => [kind, caller])).toEqual([
      ["admitted", CALLER],
      ["denied", CALLER],
      ["answered", CALLER],
      ["denied", CALLER],
      ["refused", CALLER],
    ]);
  });

  it("T-24: names the impersonator in the audit log, used or denied", async () => {
    const audited = await startAudited({}, { access });
    await audited.call(callOf("refund"), CLAIMS);
    await audited.call(callOf("secret"), CLAIMS);
    await audited.call(callOf("refund"), { ...CLAIMS, act: undefined });
    await vi.waitFor(() => expect(audited.received).toHaveLength(3));
    expect(
      audited.received.map(({ event }) => [event.action, event.metadata["impersonator"]]),
    ).toEqual([
      ["mcp.tool.called", "ops@workos-staff.example"],
      ["mcp.tool.denied", "ops@workos-staff.example"],
      ["mcp.tool.called", undefined],
    ]);
  });

  it("T-24: names the impersonator in the log line, in the span and in authInfo", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const observed = await startObserved({
      config: { access, log: { logger, level: "debug" } },
      handler: (request, response) => {
        const { auth } = request as { auth?: { extra: Record<string, unknown> } };
        response.end([auth?.extra["impersonator"], getSession().impersonator].join(" "));
      },
    });
    const token = observed.issuer.sign({ claims: CLAIMS });
    const answer = await observed.post(call("refund"), token);
    expect(await answer.text()).toBe("ops@workos-staff.example ops@workos-staff.example");
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines[1]).toBe(
      "[workos] Let through tools/call of tool refund to user user_01ADA (impersonated by ops@workos-staff.example) in org_01ACME",
    );
    const server = await startTelemetryServer();
    await server.post(call("refund"), { token: server.issuer.sign({ claims: CLAIMS }) });
    const [, span] = await server.spans(2);
    expect(span?.attributes).toMatchObject({
      "enduser.id": "user_01ADA",
      "workos.impersonator.id": "ops@workos-staff.example",
    });
  });

  it("T-24: names whose request was turned away in the log line", async () => {
    const { post, lines, issuer } = await startObserved({ config: { access } });
    await post("not parsed", issuer.sign({ claims: { ...CLAIMS, act: { sub: "a\u001b[2K" } } }));
    expect(lines.at(-1)).toMatch(
      /^warn \[workos\] Refused POST of user user_01ADA \(impersonated by a\\u001b\[2K\) in org_01ACME with 400 body_unreadable: /,
    );
  });
});
