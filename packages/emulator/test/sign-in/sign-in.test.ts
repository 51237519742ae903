import { createHash, randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createEmulator, defaultSeed } from "../../src/index.js";
import { Browser, createPkce, hiddenFields } from "../support/browser.js";
import { useEmulator, START } from "../support/fixture.js";
import {
  acme,
  ada,
  alan,
  authorizePath,
  callback,
  get,
  globex,
  grace,
  register,
} from "../support/oauth-client.js";
let browser: Browser;

const shared = useEmulator();

beforeEach(() => {
  browser = new Browser(shared.emulator);
});

async function open(parameters: Record<string, string | undefined> = {}): Promise<void> {
  await browser.open(authorizePath(shared.clientId, createPkce(), parameters));
}

describe("the way through the pages", () => {
  it("asks a person with two organizations which one, then for consent, then redirects", async () => {
    await open();
    expect(browser.page.name).toBe("sign-in");
    expect(browser.page.markup).toContain("Ada Lovelace");
    expect((await browser.submit({ user: ada })).name).toBe("organization");
    expect(browser.page.markup).toContain(`value="${globex}"`);
    expect((await browser.submit({ organization: globex })).name).toBe("consent");
    expect(browser.page.markup).toContain("Globex");
    const { location, status } = await browser.submit({ decision: "allow" });
    expect(status).toBe(303);
    expect(location).toMatch(
      /^http:\/\/127\.0\.0\.1:5555\/callback\?code=[A-Za-z0-9_-]{43}&state=the-state$/u,
    );
  });

  it.each([
    ["one organization", grace, "Acme"],
    ["none", alan, "alan@turing.test"],
  ])("does not ask a person with %s", async (_name, user, text) => {
    await open();
    expect((await browser.submit({ user })).name).toBe("consent");
    expect(browser.page.markup).toContain(text);
  });

  it("does not count memberships that are not active", async () => {
    const memberships = defaultSeed.memberships.map((membership, index) => ({
      ...membership,
      status: index === 0 ? ("inactive" as const) : ("active" as const),
    }));
    const own = createEmulator({ seed: { ...defaultSeed, memberships } });
    const other = new Browser(own);
    await other.open(authorizePath(await register(own), createPkce()));
    expect((await other.submit({ user: ada })).name).toBe("consent");
    expect(other.page.markup).toContain("Globex");
  });

  it("takes a typed e-mail address in any case, and reports one that no user has", async () => {
    await open();
    expect(await browser.submit({ email: "unknown@acme.test" })).toMatchObject({
      name: "sign-in",
      status: 422,
    });
    expect(browser.page.markup).toContain('role="alert"');
    expect((await browser.submit({ email: " Grace@ACME.test " })).name).toBe("consent");
  });

  it("sends a denial back", async () => {
    await open();
    await browser.submit({ user: grace });
    const { searchParams } = new URL((await browser.submit({ decision: "deny" })).location ?? "");
    expect(Object.fromEntries(searchParams)).toEqual({
      error: "access_denied",
      error_description: "The person denied the request.",
      state: "the-state",
    });
  });

  it("AS-05: with the switch on, success and denial carry iss", async () => {
    const issuing = createEmulator({ features: { issuerParameter: true } });
    const id = await register(issuing);
    for (const decision of ["allow", "deny"]) {
      const other = new Browser(issuing);
      await other.open(authorizePath(id, createPkce()));
      await other.submit({ user: grace });
      const { location } = await other.submit({ decision });
      expect(new URL(location ?? "").searchParams.get("iss")).toBe("http://127.0.0.1:4100");
    }
  });

  it("names the client, the scopes in words and where the answer goes", async () => {
    await open({ scope: "openid email offline_access" });
    const { markup } = await browser.submit({ user: grace });
    expect(markup).toContain("Allow Test Client to use your account?");
    expect(markup).toContain("127.0.0.1:5555");
    expect(markup).toContain("See your e-mail address");
    expect(markup).toContain("Stay connected while you are away");
    expect(markup).not.toContain("See your name and picture");
    expect(markup).toContain("not for production");
  });

  it("fills in a hinted e-mail address and puts the person first", async () => {
    await open({ login_hint: "grace@acme.test" });
    const { markup } = browser.page;
    expect(markup).toContain('value="grace@acme.test"');
    expect(markup.indexOf("Grace Hopper")).toBeLessThan(markup.indexOf("Ada Lovelace"));
  });

  it("goes straight to a hinted organization, and turns away who is not in it", async () => {
    await open({ organization_id: globex });
    expect((await browser.submit({ user: grace })).status).toBe(422);
    expect((await browser.submit({ user: ada })).name).toBe("consent");
    expect(browser.page.markup).toContain("Globex");
  });

  it("lets the person go back and be another user", async () => {
    await open();
    const first = browser.page.markup;
    const action = /action="([^"]+)"/u.exec(first)?.[1] ?? "";
    const fields = hiddenFields(first.split("</form>")[0] ?? "");
    await browser.submit({ user: ada });
    await browser.submit({ organization: acme });
    expect((await browser.post(action, { ...fields, user: alan })).name).toBe("consent");
    expect(browser.page.markup).toContain("alan@turing.test");
    expect(browser.page.markup).not.toContain("Acme");
  });

  it("shows the same page again on reload", async () => {
    await open();
    const action = /action="([^"]+)"/u.exec(browser.page.markup)?.[1] ?? "";
    expect((await browser.open(action)).name).toBe("sign-in");
    await browser.submit({ user: ada });
    const next = /action="([^"]+)"/u.exec(browser.page.markup)?.[1] ?? "";
    expect((await browser.open(next)).name).toBe("organization");
    expect((await browser.open(action)).name).toBe("sign-in");
  });

  it("takes a state of 8,000 characters, and turns away a request that no address can hold", async () => {
    const state = randomBytes(6_000).toString("base64url");
    await open({ state });
    await browser.submit({ user: grace });
    const { location } = await browser.submit({ decision: "allow" });
    expect(new URL(location ?? "").searchParams.get("state")).toBe(state);
    const random = Array.from({ length: 40 }, () => randomBytes(300).toString("base64url")).join(
      "",
    );
    await open({ state: random });
    expect([browser.page.status, browser.page.name]).toEqual([400, "error"]);
    expect(browser.page.markup).toContain("too long");
  });

  it("notes when the person signed in", async () => {
    await open();
    await browser.submit({ user: grace });
    await browser.submit({ decision: "allow" });
    const { body } = await get(shared.emulator, `/user_management/users/${grace}`, {
      authorization: "Bearer sk_test_local_emulator_only_not_a_secret",
    });
    expect(body["last_sign_in_at"]).toBe("2026-01-01T00:00:00.000Z");
  });
});

describe("AS-04: the consent page of a client with a metadata document", () => {
  const id = "https://client.example/client.json";

  async function consent(redirectUri: string): Promise<string> {
    const own = createEmulator({
      fetch: async () =>
        Response.json({
          client_id: id,
          client_name: "Honest Client",
          redirect_uris: [redirectUri],
        }),
    });
    const other = new Browser(own);
    await other.open(authorizePath(id, createPkce(), { redirect_uri: redirectUri }));
    return (await other.submit({ user: grace })).markup;
  }

  it("names the document's host, and warns when the answer goes to this computer", async () => {
    const markup = await consent(callback);
    expect(markup).toContain("client.example");
    expect(markup).toContain("Any program here can claim to be Honest Client");
  });

  it("does not warn about a redirect to a web site", async () => {
    const markup = await consent("https://client.example/callback");
    expect(markup).not.toContain("Any program here");
  });
});

describe("what a page may do", () => {
  it("loads nothing, is framed by no page, is kept by no cache", async () => {
    await open();
    const { headers, markup } = browser.page;
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).not.toContain("unsafe-inline");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const style = /<style>([\s\S]*)<\/style>/u.exec(markup)?.[1] ?? "";
    const digest = createHash("sha256").update(style).digest("base64");
    expect(policy).toContain(`style-src 'sha256-${digest}'`);
    expect(markup).not.toMatch(/<script|<img|<link|src=|href=|@import|url\(/u);
  });

  it.each([
    ["http://127.0.0.1:5555/callback", "'self' http://127.0.0.1:5555"],
    ["https://app.example/callback", "'self' https://app.example"],
    ["http://[::1]:5555/callback", "'self' http:"],
    ["cursor://anysphere.cursor/callback", "'self' cursor:"],
    ["com.example.app://a;b/callback", "'self' com.example.app:"],
    ["https://app_1.example/callback", "'self' https:"],
  ])("lets the consent form lead to %s and nowhere else", async (redirectUri, sources) => {
    const id = await register(shared.emulator, { redirect_uris: [redirectUri] });
    await browser.open(authorizePath(id, createPkce(), { redirect_uri: redirectUri }));
    await browser.submit({ user: grace });
    const policy = browser.page.headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toContain(`form-action ${sources}`);
  });

  it("shows what others wrote as text", async () => {
    const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&lt;b&gt;`;
    const id = await register(shared.emulator, { client_name: attack });
    await browser.open(authorizePath(id, createPkce(), { login_hint: attack, state: attack }));
    const first = browser.page.markup;
    await browser.submit({ user: grace });
    for (const markup of [first, browser.page.markup]) {
      expect(markup).not.toMatch(/<script|<img/u);
      expect(markup).toContain("&lt;script&gt;");
    }
  });

  it("takes direction changes and line breaks out of names and bounds them", async () => {
    const id = await register(shared.emulator, {
      client_name: `\u202eevil\u2066\u200b\n\u0000 ${"x".repeat(180)}`,
    });
    await browser.open(authorizePath(id, createPkce()));
    expect(browser.page.markup).toContain(`<b>evil ${"x".repeat(74)}…</b>`);
  });

  it("keeps state out of the pages and encodes it on the way back", async () => {
    await open({ state: "a&error=x#y\r\nz" });
    await browser.submit({ user: grace });
    const { location } = await browser.submit({ decision: "allow" });
    expect(location).toMatch(/&state=a%26error%3Dx%23y%0D%0Az$/u);
  });
});

describe("whose form it is", () => {
  it("AS-06: works in the browser that started only", async () => {
    await open();
    browser.cookies.clear();
    const answer = await browser.submit({ user: grace });
    expect([answer.status, answer.name]).toEqual([400, "error"]);
  });

  it("does not take a cookie of another sign-in", async () => {
    const other = new Browser(shared.emulator);
    await other.open(authorizePath(shared.clientId, createPkce()));
    await open();
    const [stolen = ""] = other.cookies.values();
    const [name = ""] = browser.cookies.keys();
    browser.cookies.set(name, stolen);
    expect((await browser.submit({ user: grace })).name).toBe("error");
  });

  it("wants the token that is in the form", async () => {
    await open();
    for (const token of ["", "x".repeat(43)]) {
      const action = /action="([^"]+)"/u.exec(browser.page.markup)?.[1] ?? "";
      const answer = await new BrowserWithCookiesOf(browser).post(action, {
        form_token: token,
        step: "sign-in",
        user: grace,
      });
      expect([answer.status, answer.name]).toEqual([403, "error"]);
    }
    expect((await browser.submit({ user: grace })).name).toBe("consent");
  });

  it("hides the cookie from scripts and other sites", async () => {
    await open();
    const cookie = browser.page.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /; Path=\/oauth2\/interaction\/[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Lax; Max-Age=600$/u,
    );
    const secure = createEmulator({ issuer: "https://acme.authkit.app" });
    const other = new Browser(secure);
    await other.open(authorizePath(await register(secure), createPkce()));
    expect(other.page.headers.get("set-cookie")).toMatch(/; Secure$/u);
  });

  it("allows one decision", async () => {
    await open();
    await browser.submit({ user: grace });
    const consent = browser.page;
    await browser.submit({ decision: "allow" });
    browser.page = consent;
    expect((await browser.submit({ decision: "allow" })).name).toBe("error");
  });

  it("expires after ten minutes", async () => {
    await open();
    shared.time = START + 600_000;
    expect((await browser.submit({ user: grace })).name).toBe("error");
  });

  it("cannot skip a step", async () => {
    await open();
    expect((await browser.submit({ step: "consent", decision: "allow" })).name).toBe("sign-in");
    await browser.submit({ user: ada });
    expect((await browser.submit({ step: "consent", decision: "allow" })).name).toBe(
      "organization",
    );
    expect((await browser.submit({ step: "something", decision: "allow" })).name).toBe("error");
  });

  it("cannot choose an organization that is not the person's", async () => {
    await open();
    await browser.submit({ user: ada });
    const answer = await browser.submit({ organization: "org_01K0STRANGER000000000000000" });
    expect([answer.name, answer.status]).toEqual(["organization", 422]);
  });

  it("cannot consent without a decision", async () => {
    await open();
    await browser.submit({ user: grace });
    expect((await browser.submit({ decision: "maybe" })).name).toBe("consent");
    expect((await browser.submit({})).name).toBe("consent");
  });

  it("does not take a form that is no form", async () => {
    await open();
    const path = /action="([^"]+)"/u.exec(browser.page.markup)?.[1] ?? "";
    const response = await shared.emulator.fetch(
      new Request(`${shared.emulator.url}${path}`, { method: "POST", body: "{}" }),
    );
    expect(response.status).toBe(400);
    expect(
      (
        await shared.emulator.fetch(
          new Request(`${shared.emulator.url}/oauth2/interaction/unknown/unknown`),
        )
      ).status,
    ).toBe(400);
  });

  it("leaves its id out of the log of requests", async () => {
    shared.emulator.clearRequests();
    await open();
    await browser.submit({ user: grace });
    expect(shared.emulator.requests()).toEqual([
      { method: "GET", path: "/oauth2/authorize", status: 200 },
      { method: "POST", path: "/oauth2/interaction/:id", status: 200 },
    ]);
  });
});

class BrowserWithCookiesOf extends Browser {
  constructor(original: Browser) {
    super(shared.emulator);
    for (const [name, value] of original.cookies) this.cookies.set(name, value);
  }
}
