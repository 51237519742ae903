import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "../../src/workos/client.js";
import { createFeatureFlags } from "../../src/workos/feature-flags.js";
import {
  ACME,
  ADA,
  call,
  GLOBEX,
  startToolServer,
  workosFake,
  type ToolServer,
} from "../access/tool-server.js";

const at = (server: ToolServer): string =>
  server.token({ exp: Math.floor(server.clock.now / 1000) + 60 });

async function outcome(server: ToolServer, token = at(server)): Promise<string> {
  const reply = await server.send(token, call("x"));
  if (reply.status !== 200) return `${reply.status}`;
  return reply.text.includes("isError") ? "denied" : "allowed";
}

describe("feature flags", () => {
  const BETA = { access: { tools: { "*": { featureFlags: ["beta"] } } } } as const;
  const flagged = (flags: Record<string, string[]>) => ({ ...workosFake(), flags });

  it.each<[string, Record<string, string[]>, string]>([
    ["on for the person", { beta: [ADA] }, "allowed"],
    ["on for the organization", { beta: [ACME] }, "allowed"],
    ["on for everybody", { beta: [] }, "allowed"],
    ["on for others", { beta: ["user_01OTHER", GLOBEX] }, "denied"],
    ["unknown", { other: [] }, "denied"],
  ])("%s", async (_, flags, expected) => {
    const server = await startToolServer(BETA, { workos: flagged(flags) });
    expect(await outcome(server)).toBe(expected);
    await server.middleware.close();
  });

  it("are polled, not asked for at every call", async () => {
    const server = await startToolServer(BETA, { workos: flagged({ beta: [] }) });
    for (let index = 0; index < 20; index += 1) expect(await outcome(server)).toBe("allowed");
    expect(server.workos.asked).toEqual(["/sdk/feature-flags"]);
    await server.middleware.close();
  });

  it("that cannot be had let no caller in, and are asked for again after a pause", async () => {
    const workos = flagged({ beta: [] });
    workos.status = 401;
    const server = await startToolServer(BETA, { workos });
    expect(await outcome(server)).toBe("503");
    const asked = workos.asked.length;
    server.clock.now += 1_999;
    expect(await outcome(server)).toBe("503");
    expect(workos.asked).toHaveLength(asked);
    workos.status = 200;
    server.clock.now += 1;
    expect(await outcome(server)).toBe("allowed");
    await server.middleware.close();
  });

  it("are asked for no more once the server was closed, which would never end", async () => {
    const server = await startToolServer(BETA, { workos: flagged({ beta: [] }) });
    expect(await outcome(server)).toBe("allowed");
    await server.middleware.close();
    server.clock.now += 60_000;
    expect(await outcome(server)).toBe("503");
    expect(server.workos.asked).toEqual(["/sdk/feature-flags"]);
  });

  it("in the token need no question", async () => {
    const server = await startToolServer(BETA);
    expect(await outcome(server, server.token({ feature_flags: ["beta"] }))).toBe("allowed");
    expect(await outcome(server, server.token({ feature_flags: [] }))).toBe("denied");
    expect(server.workos.asked).toEqual([]);
  });
});

describe("feature flags in an outage, by the SDK's own client", () => {
  const MINUTE = 60_000;

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Flags of a WorkOS that answers with a status, or never (0), and the questions it was asked. */
  function flagging() {
    const workos = { status: 200, isOn: true, asked: 0 };
    const client = createClient({
      apiKey: "sk_test_flags",
      clientId: "client_01",
      apiUrl: new URL("https://api.workos.com"),
      fetch: () => {
        workos.asked += 1;
        if (workos.status === 0) return new Promise(() => undefined);
        const flag = {
          slug: "beta",
          enabled: workos.isOn,
          default_value: true,
          targets: { users: [], organizations: [] },
        };
        return Promise.resolve(Response.json({ beta: flag }, { status: workos.status }));
      },
      isImpatient: true,
    });
    const flags = createFeatureFlags(client, () => performance.now());
    const isOn = async (): Promise<boolean | undefined> => {
      const answer = Promise.resolve(flags.isEnabled("beta", { userId: ADA }));
      // As long as a caller waits for a first answer.
      await vi.advanceTimersByTimeAsync(2_500);
      return answer;
    };
    return { workos, flags, isOn };
  }

  it("a single 401 while polling costs no caller anything: the next question is asked of a new client", async () => {
    const { workos, flags, isOn } = flagging();
    expect(await isOn()).toBe(true);
    workos.status = 401;
    await vi.advanceTimersByTimeAsync(MINUTE);
    const asked = workos.asked;
    // No rule needs a flag, so flags are not asked for.
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(workos.asked).toBe(asked);
    workos.status = 200;
    workos.isOn = false;
    // At once from what was known, and from then on anew.
    expect(flags.isEnabled("beta", { userId: ADA })).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(flags.isEnabled("beta", { userId: ADA })).toBe(false);
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(flags.isEnabled("beta", { userId: ADA })).toBe(false);
    flags.close();
  });

  it("while the key is refused, new clients are made two seconds apart", async () => {
    const { workos, flags } = flagging();
    workos.status = 401;
    for (let passed = 0; passed < 20_000; passed += 100) {
      void flags.isEnabled("beta", { userId: ADA });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(workos.asked).toBeGreaterThan(7);
    expect(workos.asked).toBeLessThan(11);
    flags.close();
  });

  it.each([401, 500, 0])(
    "the last flags count for five minutes when WorkOS answers with %i, and then none",
    async (status) => {
      const { workos, flags } = flagging();
      void flags.isEnabled("beta", { userId: ADA });
      await vi.advanceTimersByTimeAsync(1);
      const known = Date.now();
      expect(flags.isEnabled("beta", { userId: ADA })).toBe(true);
      workos.status = status;
      while (Date.now() < known + 5 * MINUTE - 1_000) {
        expect(flags.isEnabled("beta", { userId: ADA })).toBe(true);
        await vi.advanceTimersByTimeAsync(1_000);
      }
      expect(flags.isEnabled("beta", { userId: ADA })).toBe(true);
      await vi.advanceTimersByTimeAsync(1_001);
      const answers: unknown[] = [];
      for (let second = 0; second < 20; second += 1) {
        void Promise.resolve(flags.isEnabled("beta", { userId: ADA })).then((isOn) =>
          answers.push(isOn),
        );
        await vi.advanceTimersByTimeAsync(1_000);
      }
      await vi.advanceTimersByTimeAsync(2_500);
      expect(answers).toEqual(Array.from({ length: 20 }, () => undefined));
      flags.close();
    },
  );

  it("a flag that the SDK cannot judge is not known, and no exception", async () => {
    const client = createClient({
      apiKey: "sk_test_flags",
      clientId: "client_01",
      apiUrl: new URL("https://api.workos.com"),
      fetch: () => Promise.resolve(Response.json({ beta: { slug: "beta", enabled: true } })),
      isImpatient: true,
    });
    const flags = createFeatureFlags(client, () => performance.now());
    const answer = Promise.resolve(flags.isEnabled("beta", { userId: ADA }));
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toBeUndefined();
    expect(await flags.isEnabled("beta", { userId: ADA })).toBeUndefined();
    flags.close();
  });

  it("the last flags count for no longer when the clock of the machine is set back", async () => {
    const { workos, flags, isOn } = flagging();
    expect(await isOn()).toBe(true);
    workos.status = 500;
    vi.setSystemTime(Date.now() - 60 * MINUTE);
    await vi.advanceTimersByTimeAsync(4 * MINUTE);
    expect(flags.isEnabled("beta", { userId: ADA })).toBe(true);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await isOn()).toBeUndefined();
    flags.close();
  });

  it("come back with WorkOS, without a restart and without the SDK's own pause", async () => {
    const { workos, flags, isOn } = flagging();
    expect(await isOn()).toBe(true);
    workos.status = 500;
    await vi.advanceTimersByTimeAsync(20 * MINUTE);
    expect(await isOn()).toBeUndefined();
    workos.status = 200;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await isOn()).toBe(true);
    flags.close();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(vi.getTimerCount()).toBe(0);
  });
});
