import { existsSync } from "node:fs";
import { env } from "node:process";
import { chromium, type Browser } from "playwright-core";

/** Where systems put Chromium, or a browser made of it; BROWSER_PATH names another place. */
const usualPlaces: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/microsoft-edge",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** The browser that tests use, or undefined where they are to be skipped. */
export interface BrowserChoice {
  readonly path: string | undefined;
  /** One line for the person who runs the tests, when there is no browser. */
  readonly warning?: string;
}

/**
 * Chooses the machine's browser.
 *
 * Throws where there is none and nothing may be skipped (`CI` is set), and when BROWSER_PATH names no file.
 */
export function chooseBrowser(
  environment: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): BrowserChoice {
  const named = environment["BROWSER_PATH"] ?? "";
  if (named !== "" && !exists(named)) throw new Error("BROWSER_PATH names no file.");
  const path = named === "" ? usualPlaces.find(exists) : named;
  if (path !== undefined) return { path };
  const cure = "install Chromium or Chrome (Debian: apt-get install chromium), or set BROWSER_PATH";
  if (!["", "0", "false"].includes(environment["CI"] ?? ""))
    throw new Error(`No browser was found, and CI skips no test: ${cure}.`);
  return { path, warning: `SKIPPED: the tests of the sign-in pages need a browser: ${cure}.` };
}

const choice = chooseBrowser(env, existsSync);

/** Whether tests in a browser are to be skipped; logs one line when they are. */
export function isBrowserMissing(): boolean {
  if (choice.warning !== undefined) console.warn(`\n${choice.warning}\n`);
  return choice.path === undefined;
}

/** Starts the machine's own browser without a screen; it speaks to loopback only. */
export async function startBrowser(): Promise<Browser> {
  if (choice.path === undefined) throw new Error(choice.warning);
  return chromium.launch({
    executablePath: choice.path,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
