import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const executablePath = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));

/** Starts the machine's own Chromium without a screen; it speaks to loopback only. */
export async function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error("These tests need Chromium: apt-get install chromium, or your system's equal");
  }
  return chromium.launch({
    executablePath,
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
