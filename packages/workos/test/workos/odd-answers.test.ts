import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { askPermissionOn, hasPermissionOn } from "../../src/access/permission-on.js";
import type { AuthorizationResource, Call } from "../../src/access/rule.js";
import { createMetadataSource } from "../../src/authkit/metadata.js";
import { WorkOSAuthError } from "../../src/errors.js";
import { createKeySet } from "../../src/token/key-set.js";
import { createApiKeyValidator } from "../../src/workos/api-keys.js";
import { createApiFetch } from "../../src/workos/api-fetch.js";
import { createClient, type WorkOS } from "../../src/workos/client.js";
import { createConsentDirectory } from "../../src/workos/consents.js";
import { createEventFeed } from "../../src/workos/event-feed.js";
import { createFeatureFlags } from "../../src/workos/feature-flags.js";
import { createMembershipDirectory } from "../../src/workos/memberships.js";
import { createUserDirectory } from "../../src/workos/users.js";
import { json, ODD, send, type Odd } from "./odd-bodies.js";

/** A WorkOS and an AuthKit behind one real socket. */
interface World {
  readonly origin: string;
  readonly client: () => WorkOS;
  /** What was reported of the API. */
  readonly reports: string[];
  /** Paths that were asked for. */
  readonly asked: string[];
}

const APPLICATION = { id: "app_01", application: { client_id: "client_01" } };
const MEMBERSHIP = {
  object: "organization_membership",
  id: "om_01",
  user_id: "user_01",
  organization_id: "org_01",
  status: "active",
  role: { slug: "member" },
};
const listOf = (...data: object[]): object => ({
  object: "list",
  data,
  list_metadata: { after: null },
});
/** No page of WorkOS's: it names where to go on and has nothing to go on from. */
const EMPTY_BUT_NOT_LAST = { object: "list", data: [], list_metadata: { after: "om_01" } };
const flag = (more: object = {}): object => ({
  beta: {
    slug: "beta",
    enabled: true,
    default_value: true,
    targets: { users: [], organizations: [] },
    ...more,
  },
});
const apiKey = (more: object = {}): object => ({
  api_key: {
    object: "api_key",
    id: "api_key_01",
    name: "Nightly",
    owner: { type: "organization", id: "org_01" },
    permissions: [],
    ...more,
  },
});

/** Every question whose answer decides something: where it is asked, what is right, what is a wrong type, what comes of it. */
interface Question {
  readonly path: string;
  readonly right: (world: World) => object;
  /** Nearly right: the form, with a member of another type or another object. */
  readonly nearly: readonly object[];
  readonly decision: string;
  readonly ask: (world: World) => Promise<string>;
}

const say = (known: { kind: string; value?: unknown }): string =>
  known.kind === "known" ? JSON.stringify(known.value) : known.kind;
const times = { now: () => 0, freshFor: 60_000, usableFor: 60_000 };

const QUESTIONS: Readonly<Record<string, Question>> = {
  memberships: {
    path: "/user_management/organization_memberships",
    right: () => listOf(MEMBERSHIP),
    nearly: [
      { object: "list", data: [MEMBERSHIP] },
      EMPTY_BUT_NOT_LAST,
      {
        ...listOf({ ...MEMBERSHIP, organization_id: "org_02" }),
        list_metadata: { after: "om_01" },
      },
      { ...listOf(), object: "lists" },
      listOf({ ...MEMBERSHIP, object: "user" }),
      listOf({ ...MEMBERSHIP, status: true }),
      listOf({ ...MEMBERSHIP, roles: "admin" }),
      listOf(MEMBERSHIP, null as never),
    ],
    decision: '{"id":"om_01","roles":["member"],"organizationId":"org_01","permissions":["read"]}',
    ask: async ({ client }) =>
      say(await createMembershipDirectory(client, () => 0).find("user_01", "org_01")),
  },
  roles: {
    path: "/authorization/organizations/org_01/roles",
    right: () => ({
      object: "list",
      data: [{ object: "role", slug: "member", permissions: ["read"] }],
    }),
    nearly: [
      listOf({ object: "role", slug: "member", permissions: "read" }),
      listOf({ object: "role", slug: "member" }),
      listOf({ object: "role", slug: "", permissions: [] }),
      listOf({ object: "permission", slug: "member", permissions: ["read"] }),
    ],
    decision: '{"id":"om_01","roles":["member"],"organizationId":"org_01","permissions":["read"]}',
    ask: async ({ client }) =>
      say(await createMembershipDirectory(client, () => 0).find("user_01", "org_01")),
  },
  organizations: {
    path: "/user_management/organization_memberships",
    right: () => listOf(MEMBERSHIP),
    nearly: [listOf({ ...MEMBERSHIP, organization_id: 7 }), EMPTY_BUT_NOT_LAST],
    decision: "org_01",
    ask: async ({ client }) => {
      const known = await createMembershipDirectory(client, () => 0).organizationsOf("user_01");
      return known.kind === "known" ? [...known.value.ids].join() : known.kind;
    },
  },
  consents: {
    path: "/user_management/users/user_01/authorized_applications",
    right: () => listOf(APPLICATION),
    nearly: [
      { object: "list", data: [APPLICATION] },
      EMPTY_BUT_NOT_LAST,
      listOf({ id: "app_01" }),
      listOf({ id: "app_01", application: { client_id: null } }),
    ],
    decision: "true",
    ask: async ({ client }) =>
      say(await createConsentDirectory({ client, ...times }).isGiven("user_01", "client_01", 1)),
  },
  "API keys": {
    path: "/api_keys/validations",
    right: () => apiKey(),
    nearly: [
      apiKey({ object: "user" }),
      apiKey({ owner: { type: "user", id: "user_01" } }),
      apiKey({ owner: null }),
      apiKey({ permissions: "read" }),
      { api_key: false },
      { api_key: [] },
    ],
    decision: "valid",
    ask: async ({ client }) => {
      const validator = createApiKeyValidator(client, {
        digest: (value) => value,
        now: () => 0,
        report: () => undefined,
      });
      const { kind } = await validator.validate("sk_ada");
      return kind;
    },
  },
  "feature flags": {
    path: "/sdk/feature-flags",
    right: () => flag(),
    nearly: [
      flag({ enabled: "yes" }),
      flag({ default_value: "false" }),
      flag({ targets: {} }),
      { beta: true },
    ],
    decision: "true",
    ask: async ({ client }) => {
      const flags = createFeatureFlags(client, () => 0);
      onTestFinished(() => {
        flags.close();
      });
      return String((await flags.isEnabled("beta", { userId: "user_01" })) ?? "unavailable");
    },
  },
  users: {
    path: "/user_management/users/user_01",
    right: () => ({ object: "user", id: "user_01", email: "ada@example.com" }),
    nearly: [
      { object: "organization", id: "user_01", email: "ada@example.com" },
      { object: "user", id: "user_02", email: "bob@example.com" },
      { object: "user", id: "user_01" },
    ],
    decision: "ada@example.com",
    ask: ({ client }) =>
      createUserDirectory(client, () => 0)
        .get("user_01", { fresh: false })
        .then(
          ({ email }) => email,
          () => "unavailable",
        ),
  },
  "access checks": {
    path: "/authorization/organization_memberships/om_01/check",
    right: () => ({ authorized: true }),
    nearly: [{ authorized: "true" }, { authorized: 1 }, { authorized: null }],
    decision: "true",
    ask: async ({ client }) => {
      const access = {
        on: async (permission: string, resource: AuthorizationResource) => {
          const isAllowed = await askPermissionOn(client(), "om_01", permission, resource);
          return { isAllowed, require: () => undefined };
        },
      };
      const call = { access: () => Promise.resolve(access) } as unknown as Call;
      const check = hasPermissionOn("doc:read", () => ({ resourceId: "doc_01" }));
      try {
        return String(await check(call));
      } catch (error) {
        return error instanceof WorkOSAuthError && error.code === "access_unavailable"
          ? "unavailable"
          : "thrown";
      }
    },
  },
  events: {
    path: "/events",
    right: () => listOf({ object: "event", id: "event_01", event: "user.deleted", data: {} }),
    nearly: [
      { ...listOf(), object: "event" },
      listOf({ object: "event" }),
      listOf({ object: "user", id: "user_01" }),
      { object: "list", data: {} },
    ],
    decision: "read 1",
    ask: async ({ client }) => {
      const seen: unknown[] = [];
      const feed = createEventFeed({
        client,
        now: () => 1_000_000_000_000,
        elapsed: () => 0,
        schedule: () => () => undefined,
        every: 10_000,
        reach: 60_000,
        onEvent: (event) => seen.push(event),
        report: () => undefined,
      });
      feed.start();
      await feed.firstRead;
      return feed.readUntil() === undefined ? "unavailable" : `read ${seen.length}`;
    },
  },
  keys: {
    path: "/oauth2/jwks",
    right: () => ({ keys: [{ kty: "EC", kid: "other" }] }),
    nearly: [{ keys: {} }, { keys: [null] }, { keys: [] }],
    decision: "unknown",
    ask: async ({ origin }) => {
      const keySet = createKeySet(origin, {
        fetch: globalThis.fetch,
        now: () => 0,
        schedule: () => () => undefined,
        trail: () => undefined,
      });
      const { kind } = await keySet.find("key_01");
      return kind;
    },
  },
  metadata: {
    path: "/.well-known/oauth-authorization-server",
    right: ({ origin }) => ({ issuer: origin, token_endpoint: `${origin}/oauth2/token` }),
    nearly: [{ issuer: "https://elsewhere.example" }, { issuer: null }],
    decision: "served",
    ask: async ({ origin }) => {
      const source = createMetadataSource(origin, {
        fetch: globalThis.fetch,
        now: () => 0,
        report: () => undefined,
      });
      return (await source()).isFallback ? "unavailable" : "served";
    },
  },
};

/** Starts both; `odd` answers at the path in question. */
async function startWorld({ path, right }: Question, odd: Odd | undefined): Promise<World> {
  const reports: string[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x");
    asked.push(pathname);
    const body = JSON.stringify(right(world));
    if (pathname === "/moved") json(body)(response, body);
    else if (pathname === path) (odd ?? json(body))(response, body);
    else if (pathname.endsWith("/roles")) {
      json('{"object":"list","data":[{"object":"role","slug":"member","permissions":["read"]}]}')(
        response,
        "",
      );
    } else json(JSON.stringify(listOf(MEMBERSHIP)))(response, "");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createApiFetch({
    fetch: globalThis.fetch,
    now: () => 0,
    wallClock: () => 0,
    schedule: (run) => {
      queueMicrotask(run);
      return () => undefined;
    },
    retries: 0,
    onCall: undefined,
    report: (state, detail) => reports.push(`${state}: ${detail}`),
  });
  const client = createClient({
    apiKey: "sk_test_odd",
    clientId: "client_env",
    apiUrl: new URL(origin),
    fetch: api.fetch,
    isImpatient: true,
  });
  const world = { origin, client, reports, asked };
  return world;
}

describe.each(Object.entries(QUESTIONS))("T-22: an answer about %s", (_, question) => {
  it("decides when it has its form", async () => {
    expect(await question.ask(await startWorld(question, undefined))).toBe(question.decision);
  });

  it.each(ODD)("is an outage when it is %s", async (__, odd) => {
    const world = await startWorld(question, odd);
    expect(await question.ask(world)).toBe("unavailable");
    expect(world.asked).not.toContain("/moved");
  });

  it.each(question.nearly.map((body) => [JSON.stringify(body)]))(
    "is an outage when it is nearly right: %s",
    async (body) => {
      expect(await question.ask(await startWorld(question, json(body)))).toBe("unavailable");
    },
  );
});

describe("T-22: what is reported of an answer that is not WorkOS's own", () => {
  it.each<[string, Odd, string]>([
    [
      "a redirect",
      (response) => response.writeHead(302, { location: "/moved" }).end(),
      "unreachable: the WorkOS API answered 302, a redirect, which is not followed, 5 times in a row",
    ],
    [
      "a gateway's page",
      (response) => send(response, 200, "<p>Secret</p>", "text/html"),
      "unreachable: the WorkOS API answered 200 with something else than an access check, 5 times in a row",
    ],
  ])("names %s", async (_, odd, expected) => {
    const question = QUESTIONS["access checks"] as Question;
    const world = await startWorld(question, odd);
    for (let call = 0; call < 6; call += 1) expect(await question.ask(world)).toBe("unavailable");
    expect(world.reports).toEqual([expected]);
    // The sixth was not made.
    expect(world.asked).toHaveLength(5);
  });

  it("names a gateway's page in place of an API key's validation", async () => {
    const question = QUESTIONS["API keys"] as Question;
    const world = await startWorld(question, json("{}"));
    const reports: string[] = [];
    const validator = createApiKeyValidator(world.client, {
      digest: (value) => value,
      now: () => 0,
      report: (state, detail) => reports.push(`${state}: ${detail}`),
    });
    expect(await validator.validate("sk_ada")).toEqual({ kind: "unavailable" });
    expect(reports).toEqual([
      "unreachable: it answered 200 with something else than the validation of an API key",
    ]);
  });

  it("takes no offence at a person without a role", async () => {
    const question = QUESTIONS["organizations"] as Question;
    for (const roles of [{ role: null }, { role: null, roles: null }, { role: undefined }]) {
      const world = await startWorld(
        { ...question, right: () => listOf({ ...MEMBERSHIP, ...roles }) },
        undefined,
      );
      const known = await createMembershipDirectory(world.client, () => 0).find(
        "user_01",
        "org_01",
      );
      expect(say(known)).toBe(
        '{"id":"om_01","roles":[],"organizationId":"org_01","permissions":[]}',
      );
    }
  });
});
