import { describe, expect, it } from "vitest";
import { chooseBrowser } from "../support/browser.ts";

const nowhere = (): boolean => false;

describe("chooseBrowser", () => {
  it.each([
    "/usr/bin/chromium",
    "/usr/bin/google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ])("finds %s", (path) => {
    expect(chooseBrowser({ CI: "true" }, (candidate) => candidate === path)).toEqual({ path });
  });

  it("prefers the one that BROWSER_PATH names, and refuses one that is not there", () => {
    expect(chooseBrowser({ BROWSER_PATH: "/opt/chrome" }, () => true).path).toBe("/opt/chrome");
    expect(() => chooseBrowser({ BROWSER_PATH: "/opt/chrome" }, nowhere)).toThrow("names no file");
  });

  it.each([undefined, "", "0", "false"])("skips without a browser where CI is %j", (CI) => {
    expect(chooseBrowser({ CI }, nowhere)).toEqual({
      path: undefined,
      warning:
        "SKIPPED: the tests of the sign-in pages need a browser: install Chromium or Chrome (Debian: apt-get install chromium), or set BROWSER_PATH.",
    });
  });

  it.each(["true", "1", "yes"])("forbids the skip where CI is %j", (CI) => {
    expect(() => chooseBrowser({ CI }, nowhere)).toThrow("CI skips no test");
  });
});
