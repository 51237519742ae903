import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { measureLoad } from "../../src/access/budget.js";
import { readMessages } from "../../src/access/messages.js";
import { hasPermissionOn, type Check, type WorkOSProviderConfig } from "../../src/index.js";
import {
  ACME,
  ADA,
  call,
  request,
  startToolServer,
  workosFake,
  type ToolServer,
  type Reply,
} from "./tool-server.js";

const listen = (resourceSubscriptions: readonly unknown[], id = 1) =>
  request("subscriptions/listen", { notifications: { resourceSubscriptions } }, id);

const uris = (length: number, write = (index: number): string => `vault://${index}`) =>
  Array.from({ length }, (_, index) => write(index));

/** WorkOS allows everything, and is asked about each safe. */
const VAULT: WorkOSProviderConfig = {
  access: {
    tools: { "*": "authenticated" },
    resources: {
      "vault://*": {
        check: hasPermissionOn("safe:open", ({ name }) => ({
          resourceTypeSlug: "safe",
          resourceExternalId: name,
        })),
      },
    },
  },
};

const checksOf = ({ workos }: ToolServer): number =>
  workos.asked.filter((path) => path.endsWith("/check")).length;

const bodyOf = ({ status, json }: Reply): readonly [number, unknown] => [status, json];

const TOO_MANY_TARGETS = {
  error: "content_too_large",
  error_description:
    "A message may name 100 tools, prompts or resources, and a request 200; send several requests",
  reason: "too_many_targets",
};

describe("T-18: what one request may ask for", () => {
  it("a subscription to 3,000 URIs is refused before WorkOS is asked anything", async () => {
    const server = await startToolServer(VAULT);
    expect(bodyOf(await server.send(server.token(), listen(uris(3_000))))).toEqual([
      413,
      TOO_MANY_TARGETS,
    ]);
    expect(server.workos.asked).toEqual([]);
    expect(server.ran).toEqual([]);
    expect(server.lines.at(-1)).toBe(
      `warn [workos] Refused POST of user ${ADA} in ${ACME} with 413 too_many_targets: the messages of user ${ADA} name more tools, prompts or resources than one request may; none of them was carried out`,
    );
  });

  it.each([
    ["with an access map", VAULT],
    ["without one, observed", { observers: [{ name: "idle", onEvent: () => undefined }] }],
  ])("9.6 MB of URIs are refused unread, %s", async (_, config) => {
    const server = await startToolServer(config);
    const text = `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[${Array.from({ length: 1_600_000 }, () => '"a:b"').join(",")}]}}}`;
    const { URL: real } = globalThis;
    let parsed = 0;
    globalThis.URL = class extends real {
      constructor(...given: ConstructorParameters<typeof URL>) {
        super(...given);
        parsed += 1;
      }
      static override canParse(...given: Parameters<typeof URL.canParse>): boolean {
        parsed += 1;
        return real.canParse(...given);
      }
    };
    onTestFinished(() => {
      globalThis.URL = real;
    });
    expect(bodyOf(await server.send(server.token(), text))).toEqual([413, TOO_MANY_TARGETS]);
    expect(parsed).toBeLessThan(50);
  });

  it.each([
    ["a message of 100", [listen(uris(100))], 200],
    ["a message of 101", [listen(uris(101))], 413],
    ["two messages of 100", [listen(uris(100)), listen(uris(100), 2)], 200],
    ["two messages of 100 and one more", [listen(uris(100)), listen(uris(100)), call("x")], 413],
    ["two of 100 and one that names nothing", [listen(uris(100)), listen(uris(100)), {}], 413],
    ["100 messages of 2", Array.from({ length: 100 }, (_, id) => listen(uris(2), id)), 200],
    ["100 messages of 3", Array.from({ length: 100 }, (_, id) => listen(uris(3), id)), 413],
  ])("a request of %s", async (_, body, status) => {
    const server = await startToolServer({
      maxStreamsPerCaller: 100,
      access: { ...VAULT.access, resources: { "*": "authenticated" } },
    });
    expect((await server.send(server.token(), body)).status).toBe(status);
  });

  it.each([
    ["a tool", (name: string) => call(name)],
    ["a prompt", (name: string) => request("prompts/get", { name })],
    ["a resource", (uri: string) => request("resources/read", { uri })],
    ["a subscription", (uri: string) => listen(["vault://1", uri])],
    [
      "a prompt whose argument is completed",
      (name: string) => request("completion/complete", { ref: { type: "ref/prompt", name } }),
    ],
    [
      "a template whose variable is completed",
      (uri: string) => request("completion/complete", { ref: { type: "ref/resource", uri } }),
    ],
  ])("the name of %s has 4,096 bytes at most", async (_, write) => {
    const server = await startToolServer({
      access: {
        tools: { "*": "authenticated" },
        prompts: { "*": "authenticated" },
        resources: { "*": "authenticated" },
      },
    });
    const name = `x:${"é".repeat(2_047)}`;
    expect((await server.send(server.token(), write(name))).text).not.toContain("name_too_long");
    for (const longer of [`${name}y`, "y".repeat(4_097)]) {
      expect(bodyOf(await server.send(server.token(), [write("x:y"), write(longer)]))).toEqual([
        413,
        {
          error: "content_too_large",
          error_description: "A name or URI is longer than 4,096 bytes",
          reason: "name_too_long",
        },
      ]);
    }
  });

  it("100 checks of one request are asked, each spelling one, and none of 101", async () => {
    const server = await startToolServer(VAULT);
    expect((await server.send(server.token(), listen(uris(100)))).status).toBe(200);
    expect(checksOf(server)).toBe(100);
    expect(server.workos.asked).toHaveLength(102);
    server.workos.asked.length = 0;
    expect(
      (await server.send(server.token(), listen(uris(50, (at) => `vault://${at}#x`)))).status,
    ).toBe(200);
    expect(checksOf(server)).toBe(100);
    server.workos.asked.length = 0;
    const tooMany = [listen(uris(100)), request("resources/read", { uri: "vault://100" }, 2)];
    expect(bodyOf(await server.send(server.token(), tooMany))).toEqual([
      413,
      {
        error: "content_too_large",
        error_description: "The request needs more than 100 checks; send several requests",
        reason: "too_many_checks",
      },
    ]);
    expect(checksOf(server)).toBe(0);
  });

  it("what is named twice is checked once, and denied in each message that names it", async () => {
    const server = await startToolServer(VAULT);
    const same = Array.from({ length: 100 }, () => "vault://1");
    await server.send(server.token(), [
      listen(same),
      request("resources/read", { uri: "vault://1" }, 2),
    ]);
    expect(checksOf(server)).toBe(1);
    let asked = 0;
    const denying = await startToolServer({
      access: { resources: { "*": { check: () => (asked += 1) < 0 } } },
    });
    const twice = [1, 2].map((id) => request("resources/read", { uri: "vault://1" }, id));
    await denying.send(denying.token(), twice);
    expect(asked).toBe(1);
    expect(denying.lines.filter((line) => line.includes("check_denied"))).toHaveLength(2);
  });
});

/** Checks that answer when the test says so. */
function controlled() {
  const open: ((answer: boolean) => void)[] = [];
  const asked: string[] = [];
  let most = 0;
  const check: Check = ({ caller, name }) => {
    asked.push(`${caller.id} ${name}`);
    return new Promise((resolve) => {
      open.push(resolve);
      most = Math.max(most, open.length);
    });
  };
  /** Answers everything that is open, and all that is asked then. */
  const answer = async (said: boolean): Promise<void> => {
    while (open.length > 0) {
      for (const resolve of open.splice(0)) resolve(said);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const waitFor = (number: number): Promise<void> =>
    expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(number);
  return { check, asked, open, answer, waitFor, most: () => most };
}

describe("T-18: checks", () => {
  it("of one request run eight at a time", async () => {
    const { check, asked, answer, waitFor, most } = controlled();
    const server = await startToolServer({ access: { resources: { "*": { check } } } });
    const reply = server.send(server.token(), listen(uris(100)));
    await waitFor(8);
    await answer(true);
    expect((await reply).status).toBe(200);
    expect([asked.length, most()]).toEqual([100, 8]);
  });

  it("end with the first denial: what waited is not asked any more", async () => {
    const { check, asked, answer, waitFor } = controlled();
    const server = await startToolServer({ access: { resources: { "*": { check } } } });
    const reply = server.send(server.token(), listen(uris(100)));
    await waitFor(8);
    await answer(false);
    expect((await reply).text).toContain("check_denied");
    expect(asked).toHaveLength(8);
  });

  it("are not asked when something else of the request is certainly denied", async () => {
    const { check, asked } = controlled();
    const server = await startToolServer({
      access: { tools: { secret: { role: "admin" } }, resources: { "*": { check } } },
    });
    const reply = await server.send(server.token(), [listen(uris(5)), call("secret", {}, 2)]);
    expect(reply.text).toContain("role_missing");
    expect((await server.send(server.token(), [call("none"), listen(uris(5))])).text).toContain(
      "not_in_access_map",
    );
    expect(asked).toEqual([]);
  });

  it("are asked before a client is sent to sign in: what they deny no sign-in changes", async () => {
    const asked: string[] = [];
    const server = await startToolServer({
      access: {
        tools: { mail: { scopes: ["mail"] } },
        resources: {
          "vault://*": { check: ({ name }) => asked.push(name) === 0 },
          "*": { check: ({ name }) => asked.push(name) > 0 },
        },
      },
    });
    const denied = await server.send(server.token(), [call("mail"), listen(["vault://1"])]);
    expect([denied.status, denied.text]).toEqual([200, expect.stringContaining("check_denied")]);
    const challenged = await server.send(server.token(), [call("mail"), listen(["free://1"])]);
    expect([challenged.status, challenged.json]).toMatchObject([
      403,
      { reason: "insufficient_scope" },
    ]);
    expect(asked).toEqual(["vault://1", "free://1"]);
  });

  it("end when the client has left, and nothing runs", async () => {
    const { check, asked, answer, waitFor } = controlled();
    const server = await startToolServer({ access: { resources: { "*": { check } } } });
    const leaving = new AbortController();
    const left = server.send(server.token(), listen(uris(100)), { signal: leaving.signal });
    await waitFor(8);
    leaving.abort();
    await expect(left).rejects.toThrow("abort");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await answer(true);
    expect([asked.length, server.ran]).toEqual([8, []]);
    expect(server.lines.filter((line) => line.includes("client_left"))).toHaveLength(1);
  });

  it("T-21: of one caller's flood wait their turn, and another caller's are asked at once", async () => {
    const { check, asked, answer, waitFor } = controlled();
    const server = await startToolServer({ access: { resources: { "*": { check } } } });
    const flood = Array.from({ length: 10 }, (_, id) =>
      server.send(server.token(), listen(uris(100), id)),
    );
    await waitFor(8);
    const bob = server.token({ sub: "user_01BOB" });
    const good = server.send(bob, request("resources/read", { uri: "vault://1" }));
    await waitFor(9);
    expect(asked.filter((one) => one.startsWith("user_01BOB"))).toEqual(["user_01BOB vault://1"]);
    expect(asked).toHaveLength(9);
    // A thousand wait for the caller's turns; there is no room for another hundred.
    const more = await server.send(server.token(), listen(uris(100)));
    expect([more.status, more.headers.get("retry-after"), more.json]).toMatchObject([
      429,
      "5",
      { error: "too_many_requests", reason: "checks_waiting" },
    ]);
    await answer(true);
    expect([
      (await good).status,
      ...(await Promise.all(flood)).map(({ status }) => status),
    ]).toEqual(Array.from({ length: 11 }, () => 200));
    // And when the flood is over, the caller is served again.
    const again = server.send(server.token(), request("resources/read", { uri: "vault://1" }));
    await waitFor(asked.length + 1);
    await answer(true);
    expect((await again).status).toBe(200);
  });
});

it("T-18: WorkOS is asked for a membership once, whatever a request names", async () => {
  const workos = workosFake();
  const server = await startToolServer(
    { access: { resources: { "*": { permissions: ["reports:read"] } } } },
    { workos },
  );
  await server.send(server.token(), [listen(uris(100)), listen(uris(100), 2)]);
  expect(workos.asked).toHaveLength(2);
});

describe("measureLoad", () => {
  const METHODS = [
    "tools/call",
    "tools/list",
    "prompts/get",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "completion/complete",
    "subscriptions/listen",
    "ping",
  ];
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom("a:b", "x".repeat(4_096), "x".repeat(4_097), "é".repeat(2_049), 5, null),
  );
  const length = fc.constantFrom(0, 1, 2, 99, 100, 101, 300);
  const params = fc.record(
    {
      name,
      uri: name,
      ref: fc.record({ type: fc.constantFrom("ref/prompt", "ref/resource"), name, uri: name }),
      notifications: fc.record({
        resourceSubscriptions: fc
          .tuple(length, name)
          .map(([number, one]) => Array.from({ length: number }, () => one)),
      }),
    },
    { requiredKeys: [] },
  );
  const message = fc.oneof(
    fc.record({ method: fc.constantFrom(...METHODS), params }),
    fc.anything(),
  );
  const body = fc.oneof(
    message,
    fc.array(message, { maxLength: 5 }),
    fc.tuple(message, length).map(([one, number]) => Array.from({ length: number }, () => one)),
  );

  it("T-18: passes nothing that names more, or longer, than a request may", () => {
    fc.assert(
      fc.property(body, (given) => {
        const { uses, excess } = measureLoad(given);
        expect(uses).toBeGreaterThanOrEqual(1);
        expect(uses).toBeLessThanOrEqual(200);
        if (excess !== undefined) return;
        const messages = readMessages(given) ?? [];
        const targets = messages.flatMap((one) => one.targets);
        expect(messages.length).toBeLessThanOrEqual(100);
        for (const one of messages) expect(one.targets.length).toBeLessThanOrEqual(100);
        expect(targets.length).toBeLessThanOrEqual(uses);
        for (const one of targets) expect(Buffer.byteLength(one.name)).toBeLessThanOrEqual(4_096);
      }),
      { numRuns: 2_000 },
    );
  });
});
