import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed } from "../../src/index.js";
import { Browser, createPkce } from "../support/browser.js";
import { useEmulator, RESOURCE } from "../support/fixture.js";
import { authorizePath, callback, register } from "../support/oauth-client.js";

const shared = useEmulator({
  seed: { ...defaultSeed, resources: [{ uri: RESOURCE, default: true }] },
});

async function open(path: string): Promise<Browser["page"]> {
  return new Browser(shared.emulator).open(path);
}

function request(parameters: Record<string, string | undefined>): string {
  return authorizePath(shared.clientId, createPkce(), parameters);
}

describe("T-09: a request whose client or redirect URI is in doubt", () => {
  it.each([
    ["an unknown client", { client_id: "client_01NOBODY" }],
    ["no client", { client_id: undefined }],
    ["no redirect URI", { redirect_uri: undefined }],
    ["another path", { redirect_uri: "http://127.0.0.1:5555/callback/evil" }],
    ["a path that is a prefix", { redirect_uri: "http://127.0.0.1:5555/call" }],
    ["a trailing slash", { redirect_uri: `${callback}/` }],
    ["an added query", { redirect_uri: `${callback}?next=https://evil.example` }],
    ["a fragment", { redirect_uri: `${callback}#x` }],
    ["user information", { redirect_uri: "http://127.0.0.1:5555@evil.example/callback" }],
    ["a look-alike host", { redirect_uri: "http://127.0.0.1.evil.example:5555/callback" }],
    ["another loopback name", { redirect_uri: "http://localhost:5555/callback" }],
    ["another scheme", { redirect_uri: "https://127.0.0.1:5555/callback" }],
    ["a script", { redirect_uri: "javascript:alert(1)" }],
    ["dot segments", { redirect_uri: "http://127.0.0.1:5555/x/../callback" }],
    ["upper case", { redirect_uri: "HTTP://127.0.0.1:5555/callback" }],
    ["an encoded slash", { redirect_uri: "http://127.0.0.1:5555%2Fcallback" }],
    ["a backslash", { redirect_uri: "http://127.0.0.1:5555\\@evil.example/callback" }],
    ["a line break", { redirect_uri: `${callback}\r\nSet-Cookie: a=b` }],
    ["a decimal address", { redirect_uri: "http://2130706433:5555/callback" }],
  ])("AS-06: %s is answered with a page and never a redirect", async (_name, parameters) => {
    const page = await open(request(parameters));
    expect(page.status).toBe(400);
    expect(page.name).toBe("error");
    expect(page.location).toBeUndefined();
    expect(page.markup).not.toContain("evil.example");
  });

  it.each(["client_id", "redirect_uri"])(
    "AS-06: %s twice is answered with a page",
    async (name) => {
      const page = await open(`${request({})}&${name}=x`);
      expect([page.status, page.name, page.location]).toEqual([400, "error", undefined]);
    },
  );
});

describe("the port of a loopback redirect URI", () => {
  it.each([
    "http://127.0.0.1/callback",
    "http://127.0.0.1:1/callback",
    "http://127.0.0.1:65535/callback",
  ])("AS-06 AS-12: is free (%s)", async (redirectUri) => {
    expect((await open(request({ redirect_uri: redirectUri }))).name).toBe("sign-in");
  });

  it("AS-06: is not free for https", async () => {
    const id = await register(shared.emulator, { redirect_uris: ["https://app.example/callback"] });
    const page = await open(
      authorizePath(id, createPkce(), { redirect_uri: "https://app.example:444/callback" }),
    );
    expect(page.name).toBe("error");
  });
});

describe("a request that the client is told about", () => {
  it.each([
    ["AS-07: no code challenge", { code_challenge: undefined }, "invalid_request"],
    ["AS-07: the plain method", { code_challenge_method: "plain" }, "invalid_request"],
    [
      "AS-07: no method, which means plain",
      { code_challenge_method: undefined },
      "invalid_request",
    ],
    ["AS-07: a challenge that no S256 makes", { code_challenge: "short" }, "invalid_request"],
    ["a token response", { response_type: "token" }, "unsupported_response_type"],
    ["a hybrid response", { response_type: "code id_token" }, "unsupported_response_type"],
    ["no response type", { response_type: undefined }, "invalid_request"],
    ["a fragment response", { response_mode: "fragment" }, "invalid_request"],
    ["an unknown scope", { scope: "openid reports:read" }, "invalid_scope"],
    ["a request object", { request: "eyJ" }, "request_not_supported"],
    ["a request URI", { request_uri: "https://evil.example/r" }, "request_uri_not_supported"],
    ["a silent sign-in", { prompt: "none" }, "login_required"],
    ["an unknown prompt", { prompt: "create" }, "invalid_request"],
    ["a contradictory prompt", { prompt: "none login" }, "invalid_request"],
  ])("%s", async (_name, parameters, error) => {
    const page = await open(request(parameters));
    expect(page.status).toBe(303);
    const location = new URL(page.location ?? "");
    expect(`${location.origin}${location.pathname}`).toBe(callback);
    expect(location.searchParams.get("error")).toBe(error);
    expect(location.searchParams.get("error_description")).not.toBe("");
    expect(location.searchParams.get("state")).toBe("the-state");
    expect(location.searchParams.has("iss")).toBe(false);
    expect(location.searchParams.has("code")).toBe(false);
  });

  it("a repeated parameter is refused, and a repeated state is not echoed", async () => {
    const page = await open(`${request({})}&state=other`);
    const { searchParams } = new URL(page.location ?? "");
    expect([searchParams.get("error"), searchParams.get("state")]).toEqual([
      "invalid_request",
      null,
    ]);
  });

  it("AS-05: with the switch on, errors carry iss too", async () => {
    const issuing = createEmulator({ features: { issuerParameter: true } });
    const id = await register(issuing);
    const page = await new Browser(issuing).open(
      authorizePath(id, createPkce(), { response_type: "token" }),
    );
    expect(new URL(page.location ?? "").searchParams.get("iss")).toBe("http://127.0.0.1:4100");
  });
});

// As with AuthKit, whose browser window says that all went well: anthropics/claude-ai-mcp#271.
describe("a resource that is not registered", () => {
  it("does not keep a user from signing in", async () => {
    const page = await open(request({ resource: "http://127.0.0.1:3002/other" }));
    expect([page.status, page.name]).toEqual([200, "sign-in"]);
  });
});

describe("a redirect URI that has a query", () => {
  it("keeps it and gets the parameters added", async () => {
    const redirectUri = "https://app.example/cb?tenant=a%20b";
    const id = await register(shared.emulator, { redirect_uris: [redirectUri] });
    const page = await open(
      authorizePath(id, createPkce(), { redirect_uri: redirectUri, prompt: "none" }),
    );
    expect(page.location).toMatch(
      /^https:\/\/app\.example\/cb\?tenant=a%20b&error=login_required&/u,
    );
  });
});
