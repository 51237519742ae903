import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isBrowserMissing, startBrowser } from "../support/browser.ts";

const RESOURCE = "http://127.0.0.1:3002/mcp";
const screenshots = join(import.meta.dirname, "../.screenshots");

const isSkipped = isBrowserMissing();

let browser: Browser;
let authkit: Emulator;
let clientSite: Server;
let redirectUri: string;
/** What reached the client's callback. */
let callbacks: URL[] = [];

beforeAll(async () => {
  if (isSkipped) return;
  mkdirSync(screenshots, { recursive: true });
  browser = await startBrowser();
  authkit = await startEmulator({
    resource: RESOURCE,
  });
  clientSite = createServer((request, response) => {
    callbacks.push(new URL(request.url ?? "/", redirectUri));
    response.end("<h1>Back at the client</h1>");
  });
  await new Promise<void>((resolve) => {
    clientSite.listen(0, "127.0.0.1", resolve);
  });
  redirectUri = `http://127.0.0.1:${(clientSite.address() as AddressInfo).port}/callback`;
});

afterAll(async () => {
  await browser?.close();
  await authkit?.close();
  clientSite?.close();
});

/** Registers a client as an MCP client would and opens its authorization URL in a new page. */
async function open(
  options: BrowserContextOptions,
): Promise<{ page: Page; verifier: string; clientId: string }> {
  callbacks = [];
  const registered = await fetch(`${authkit.issuer}/oauth2/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "Example Editor",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "none",
    }),
  });
  const { client_id: clientId } = (await registered.json()) as { client_id: string };
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL(`${authkit.issuer}/oauth2/authorize`);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: "openid profile email offline_access",
    state: "state-123",
    resource: RESOURCE,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(url.href);
  return { page, verifier, clientId };
}

const devices: readonly (readonly [string, BrowserContextOptions])[] = [
  [
    "phone",
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  ],
  ["desktop", { viewport: { width: 1280, height: 800 } }],
  ["desktop-dark", { viewport: { width: 1280, height: 800 }, colorScheme: "dark" }],
];

describe.each(devices)("the sign-in pages on a %s", (device, options) => {
  it.skipIf(isSkipped)(
    "a person signs in, picks an organization, consents, and lands on the client's callback",
    async () => {
      const { page, verifier, clientId } = await open(options);
      const shoot = (name: string): Promise<unknown> =>
        page.screenshot({ path: join(screenshots, `${device}-${name}.png`), fullPage: true });
      /** Nothing is wider than the screen, and the page loaded nothing from elsewhere. */
      const fits = (): Promise<boolean> =>
        page.evaluate(
          "document.documentElement.scrollWidth <= document.documentElement.clientWidth",
        );

      await page.waitForSelector('body[data-page="sign-in"]');
      await shoot("1-sign-in");
      expect(await fits()).toBe(true);
      await page.getByRole("button", { name: /Ada Lovelace/ }).click();

      await page.waitForSelector('body[data-page="organization"]');
      await shoot("2-organization");
      expect(await fits()).toBe(true);
      await page.getByRole("button", { name: /Globex/ }).click();

      await page.waitForSelector('body[data-page="consent"]');
      const text = await page.locator("main").innerText();
      expect(text).toContain("Example Editor");
      expect(text).toContain("127.0.0.1");
      await shoot("3-consent");
      expect(await fits()).toBe(true);
      await page.getByRole("button", { name: /Allow/ }).click();

      await page.waitForURL(`${redirectUri}?**`);
      expect(await page.locator("h1").innerText()).toBe("Back at the client");
      const callback = callbacks.find(({ pathname }) => pathname === "/callback");
      expect(callback?.searchParams.get("state")).toBe("state-123");

      const answer = await fetch(`${authkit.issuer}/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          client_id: clientId,
          redirect_uri: redirectUri,
          code: callback?.searchParams.get("code") ?? "",
          code_verifier: verifier,
          resource: RESOURCE,
        }),
      });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      const claims = JSON.parse(
        Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
      ) as unknown;
      expect(claims).toMatchObject({
        sub: "user_01K0ADA0000000000000000000",
        org_id: "org_01K0G10BEX0000000000000000",
        aud: RESOURCE,
        client_id: clientId,
      });
      await page.context().close();
    },
  );
});

it.skipIf(isSkipped)("a person can type an e-mail address instead, and can say no", async () => {
  const { page } = await open({ viewport: { width: 1280, height: 800 } });
  await page.getByRole("textbox").fill("grace@acme.test");
  await page.keyboard.press("Enter");
  await page.waitForSelector('body[data-page="consent"]');
  await page.getByRole("button", { name: /Deny|Cancel/ }).click();
  await page.waitForURL(`${redirectUri}?**`);
  const callback = callbacks.find(({ pathname }) => pathname === "/callback");
  expect(callback?.searchParams.get("error")).toBe("access_denied");
  expect(callback?.searchParams.get("state")).toBe("state-123");
  await page.context().close();
});

it.skipIf(isSkipped)("an error about the client is a page that leads nowhere else", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(
    `${authkit.issuer}/oauth2/authorize?response_type=code&client_id=client_01KNOBODY`,
  );
  await page.waitForSelector('body[data-page="error"]');
  await page.screenshot({ path: join(screenshots, "phone-error.png"), fullPage: true });
  expect(await page.locator("a[href], meta[http-equiv=refresh]").count()).toBe(0);
  await context.close();
});
