import { describe, expect, it } from "vitest";
import type { WorkOSProviderConfig } from "../../src/index.js";
import {
  startGuarded,
  type GuardedServer,
  type GuardedServerOptions,
} from "../support/guarded-server.js";
import { CLIENT_ID, createHomeIssuer, RESOURCE } from "../support/issuer.js";

const ACME = "org_01ACME";
const PATH = "/user_management/authkit_oauth_resources";

/** A WorkOS whose resource indicators the test sets, and how often it was asked. */
interface Api {
  indicators: readonly string[];
  /** Indicators on a page. */
  pageSize: number;
  /** Answers in the place of the list. */
  answer: (() => Response | Promise<Response>) | undefined;
  readonly asked: string[];
}

interface Scene extends GuardedServer {
  readonly api: Api;
  /** The status and the reason that a user's token for the whole environment gets. */
  readonly environmentToken: (claims?: object, path?: string) => Promise<readonly unknown[]>;
}

async function start(
  indicators: readonly string[],
  config: WorkOSProviderConfig = {},
  handler: NonNullable<GuardedServerOptions["handler"]> = (_, response) => response.end("{}"),
): Promise<Scene> {
  const issuer = createHomeIssuer();
  const api: Api = { indicators, pageSize: 100, answer: undefined, asked: [] };
  const server = await startGuarded({
    issuer,
    config,
    handler,
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.hostname !== "api.workos.com") return issuer.fetch(input, init);
      api.asked.push(`${init?.method ?? "GET"} ${url.pathname}`);
      return api.answer?.() ?? pageOf(api, Number(url.searchParams.get("after") ?? 0));
    },
  });
  const token = issuer.sign({ claims: { aud: CLIENT_ID } });
  return {
    ...server,
    api,
    environmentToken: async (claims, path = "/mcp") => {
      const sent =
        claims === undefined ? token : issuer.sign({ claims: { aud: CLIENT_ID, ...claims } });
      const answer = await server.ask(sent, { path });
      return [answer.status, ((await answer.json()) as { reason?: string }).reason ?? "reached"];
    },
  };
}

function pageOf({ indicators, pageSize }: Api, from: number): Response {
  const page = indicators.slice(from, from + pageSize);
  const next = from + pageSize;
  return Response.json({
    object: "list",
    data: page.map((uri, index) => ({
      object: "authkit_oauth_resource",
      id: `authkit_oauth_resource_${from + index}`,
      uri,
      default: false,
    })),
    list_metadata: { before: null, after: next < indicators.length ? String(next) : null },
  });
}

const INDICATOR = {
  object: "authkit_oauth_resource",
  id: "authkit_oauth_resource_01",
  uri: "https://other.example.com/mcp",
};
const listOf = (...data: object[]): object => ({
  object: "list",
  data,
  list_metadata: { after: null },
});

const REFUSED = [401, "resource_not_requested"];
const ACCEPTED = [200, "reached"];
const down = (): Response => Response.json({ message: "down" }, { status: 503 });

describe("RS-41: users' tokens for the whole environment, by default", () => {
  it("are refused with the cure once this resource is a registered indicator", async () => {
    const { environmentToken, ask, issuer, lines, api, reached } = await start([RESOURCE]);
    const answer = await ask(issuer.sign({ claims: { aud: CLIENT_ID } }));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer error="invalid_token", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", error_description="The access token is for the whole environment; sign in again and request this resource"',
    );
    expect(await answer.json()).toEqual({
      error: "invalid_token",
      error_description:
        "The access token is for the whole environment; sign in again and request this resource",
      reason: "resource_not_requested",
    });
    expect(lines.at(-1)).toBe(
      "warn [workos] Refused POST of user user_01ADA with 401 resource_not_requested: expected aud https://mcp.example.com/mcp, found the environment client ID. This server is a registered resource indicator, so the client signed in before it was, or sends no resource parameter (RFC 8707): remove the server in the client and connect it again. For clients that never send it, mark the indicator as default in the dashboard",
    );
    expect(await environmentToken()).toEqual(REFUSED);
    expect(reached.count).toBe(0);
    expect(api.asked).toEqual([`GET ${PATH}`]);
    expect((await ask(issuer.sign())).status).toBe(200);
  });

  it("are accepted with advice while it is not registered", async () => {
    const { environmentToken, lines, api } = await start(["https://other.example.com/mcp"]);
    expect(await environmentToken()).toEqual(ACCEPTED);
    expect(await environmentToken({ jti: "another" })).toEqual(ACCEPTED);
    expect(api.asked).toHaveLength(1);
    expect(lines.filter((line) => line.includes("environment_audience"))).toEqual([
      "warn [workos] environment_audience: a token without a resource indicator was accepted: its audience is the environment client ID, so it fits every server of this environment. Add https://mcp.example.com/mcp under Connect > Configuration > MCP resource indicators: from then on such tokens are refused here, and clients have to connect again",
    ]);
  });

  it("are refused within 60 seconds after it is registered, cached tokens included", async () => {
    const { environmentToken, api, clock } = await start([]);
    expect(await environmentToken()).toEqual(ACCEPTED);
    api.indicators = [RESOURCE];
    clock.now += 59_999;
    expect(await environmentToken()).toEqual(ACCEPTED);
    clock.now += 1;
    expect(await environmentToken()).toEqual(REFUSED);
    expect(api.asked).toHaveLength(2);
  });

  it("are refused while this resource is written into the token beside the environment", async () => {
    const { environmentToken } = await start([RESOURCE]);
    expect(await environmentToken({ aud: [RESOURCE, CLIENT_ID] })).toEqual(REFUSED);
    expect(await environmentToken({ aud: [CLIENT_ID] })).toEqual(REFUSED);
  });

  it.each([
    ["letter case", "https://mcp.example.com/MCP"],
    ["a final slash", "https://mcp.example.com/mcp/"],
    ["a longer path", "https://mcp.example.com/mcp/o/org_01ACME"],
  ])("are accepted when the indicator differs by %s: no client gets another", async (_, uri) => {
    const { environmentToken } = await start([uri]);
    expect(await environmentToken()).toEqual(ACCEPTED);
  });

  it("are refused when the indicator is on a further page", async () => {
    const others = Array.from({ length: 950 }, (_, index) => `https://${index}.example.com/mcp`);
    const { environmentToken, api } = await start([...others, RESOURCE]);
    expect(await environmentToken()).toEqual(REFUSED);
    expect(api.asked).toHaveLength(10);
  });

  it("cost ten questions at most, and an answer that is not whole is no answer", async () => {
    const others = Array.from({ length: 1_001 }, (_, index) => `https://${index}.example.com/mcp`);
    const { environmentToken, api, lines } = await start(others);
    expect(await environmentToken()).toEqual(ACCEPTED);
    expect(api.asked).toHaveLength(10);
    expect(lines.at(-1)).toContain("answered 200 with more than 1,000 resource indicators");
  });

  it("that come at the same time ask once", async () => {
    const { environmentToken, api } = await start([RESOURCE]);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    api.answer = async () => {
      await gate;
      return pageOf(api, 0);
    };
    const waiting = Array.from({ length: 20 }, async () => environmentToken());
    setTimeout(release, 50);
    for (const outcome of await Promise.all(waiting)) expect(outcome).toEqual(REFUSED);
    expect(api.asked).toHaveLength(1);
  });
});

describe("RS-41: the resource indicators count likewise", () => {
  it("of an organization's URL", async () => {
    const config = { organizationInPath: true };
    const { environmentToken } = await start([`${RESOURCE}/o/${ACME}`], config);
    const acme = { org_id: ACME };
    expect(await environmentToken(acme, `/mcp/o/${ACME}`)).toEqual(REFUSED);
    expect(await environmentToken(acme)).toEqual(REFUSED);
    const none = await start([`${RESOURCE}/o/acme`], config);
    expect(await none.environmentToken(acme, `/mcp/o/${ACME}`)).toEqual(ACCEPTED);
  });

  it("of a former resource: a new name opens nothing", async () => {
    const old = "https://old.example.com/mcp";
    const { environmentToken, ask, issuer } = await start([old], { formerResources: [old] });
    expect(await environmentToken()).toEqual(REFUSED);
    expect((await ask(issuer.sign({ claims: { aud: old } }))).status).toBe(200);
  });
});

describe("RS-41: while WorkOS cannot be asked", () => {
  it("tokens for the environment are accepted until it was asked once, and the log says so", async () => {
    const { environmentToken, api, lines, clock } = await start([RESOURCE]);
    api.answer = down;
    expect(await environmentToken()).toEqual(ACCEPTED);
    expect(lines.at(-1)).toBe(
      "warn [workos] The WorkOS API is unreachable for resource indicators: whether this resource is a registered indicator cannot be asked: the WorkOS API answered 503. Until it was asked once, users' tokens for the whole environment are accepted",
    );
    expect(lines.join("\n")).not.toContain("environment_audience");
    api.answer = undefined;
    clock.now += 2_000;
    expect(await environmentToken()).toEqual(REFUSED);
    expect(lines.join("\n")).toContain(
      "info [workos] The WorkOS API is recovered for resource indicators: resource indicators can be asked for again",
    );
  });

  it.each([
    ["registered", [RESOURCE], REFUSED],
    ["not registered", [], ACCEPTED],
  ])("the last answer counts, however old: %s", async (_, indicators, outcome) => {
    const { environmentToken, api, clock, issuer } = await start(indicators);
    expect(await environmentToken()).toEqual(outcome);
    api.answer = down;
    const { now } = clock;
    for (const hours of [1, 24, 24 * 30]) {
      clock.now = now + hours * 3_600_000;
      const seconds = clock.now / 1000;
      const fresh = { iat: seconds - 10, exp: seconds + 290 };
      // The issuer's keys are fetched anew; WorkOS's API alone is down.
      expect(await environmentToken(fresh)).toEqual(outcome);
    }
    expect(issuer.keySetFetches()).toBeGreaterThan(1);
    expect(api.asked.length).toBeGreaterThan(3);
  });

  it.each([
    ["a route that is not there", 404, { message: "Not Found", code: "entity_not_found" }],
    ["a question that is refused", 422, { code: "invalid", errors: [{ code: "invalid" }] }],
    ["an API key that may not read it", 403, { message: "Forbidden" }],
    ["another list", 200, { object: "list", data: [{ object: "user", id: "x", uri: "y" }] }],
    ["an empty object", 200, {}],
    ["a list without a cursor", 200, { object: "list", data: [] }],
    ["an indicator without its URI", 200, listOf({ ...INDICATOR, uri: null })],
    ["an indicator beside something else", 200, listOf({ ...INDICATOR, object: "user" })],
    ["an empty page that is not the last", 200, { ...listOf(), list_metadata: { after: "x" } }],
  ])("%s does not say that the resource is not registered", async (_, status, body) => {
    const { environmentToken, api, clock } = await start([RESOURCE]);
    expect(await environmentToken()).toEqual(REFUSED);
    api.answer = () => Response.json(body, { status });
    clock.now += 60_000;
    expect(await environmentToken()).toEqual(REFUSED);
    expect(api.asked).toHaveLength(2);
  });
});

it("RS-80: an open stream ends once its token for the environment is refused", async () => {
  const { ask, api, clock, issuer } = await start([], {}, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n");
  });
  const token = issuer.sign({ claims: { aud: CLIENT_ID } });
  const answer = await ask(token, { method: "GET" });
  expect(answer.status).toBe(200);
  api.indicators = [RESOURCE];
  clock.now += 60_000;
  // Looked at every five seconds, in real time.
  expect(await answer.text()).toBe(": open\n\n");
  expect((await ask(token)).status).toBe(401);
});

describe("audience by hand", () => {
  it('"resource" refuses tokens for the environment and asks WorkOS nothing', async () => {
    const { environmentToken, api, middleware } = await start([], { audience: "resource" });
    expect(await environmentToken()).toEqual(REFUSED);
    expect(await environmentToken({ aud: "https://old.example.com/mcp" })).toEqual([
      401,
      "wrong_audience",
    ]);
    expect(api.asked).toEqual([]);
    expect((await middleware.health()).audience).toBe("resource");
  });

  it('"environment" accepts them without a word and asks WorkOS nothing', async () => {
    const { environmentToken, api, lines, middleware } = await start([RESOURCE], {
      audience: "environment",
    });
    expect(await environmentToken()).toEqual(ACCEPTED);
    expect(api.asked).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(" for this resource or the whole environment. In ");
    expect((await middleware.health()).audience).toBe("environment");
  });

  it("left out, health() says what is in force", async () => {
    const { environmentToken, api, clock, middleware, ask, issuer } = await start([]);
    const inForce = async (): Promise<unknown> => (await middleware.health()).audience;
    await ask(issuer.sign());
    expect([await inForce(), api.asked]).toEqual(["undetermined", []]);
    await environmentToken();
    expect(await inForce()).toBe("environment");
    api.indicators = [RESOURCE];
    clock.now += 60_000;
    await environmentToken();
    expect(await inForce()).toBe("resource");
  });

  it("applications are not concerned: their tokens never have a resource indicator", async () => {
    const { environmentToken, api } = await start([RESOURCE], {
      callers: ["user", "application"],
    });
    const id = "client_01REPORTER";
    const application = { sub: id, client_id: id, sid: undefined, org_id: ACME };
    expect(await environmentToken(application)).toEqual(ACCEPTED);
    expect(api.asked).toEqual([]);
  });
});
