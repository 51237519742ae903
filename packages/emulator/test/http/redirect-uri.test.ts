import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addParameters,
  isAllowedRedirectUri,
  matchesRedirectUri,
} from "../../src/http/redirect-uri.js";

describe("isAllowedRedirectUri", () => {
  it.each([
    "https://app.example/callback",
    "https://app.example/callback?tenant=1",
    "https://app_1.example:8443/callback;v=1,2",
    "https://xn--bcher-kva.example/callback",
    "https://[2001:db8::1]/callback",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:33418",
    "http://[::1]:8080/callback",
    "http://localhost:6274/oauth/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://vscode.github-authentication/did-authenticate",
    "vscode-insiders://vscode.github-authentication/did-authenticate",
    "windsurf://oauth/callback",
    "warp://mcp/oauth2callback",
    "claude://oauth/callback",
    "com.example.app:/oauth",
    "com.example.app://oauth",
    "COM.Example.my-app:/oauth",
  ])("AS-12: allows %s", (uri) => expect(isAllowedRedirectUri(uri)).toBe(true));

  it.each([
    "http://app.example/callback",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.2/",
    "http://0.0.0.0/",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "https://user:secret@app.example/",
    "https://app.example/#fragment",
    "https:app.example",
    "https:///path",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example/1",
    "ws://app.example/",
    "ftp://app.example/",
    "evil-app:/cb",
    "evil-app://cb",
    "cursor2://cb",
    "mailto:ada@evil.example",
    "tel:+15550100",
    "sms:+15550100",
    "intent://evil.example#Intent;scheme=https;end",
    "intent:/evil",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop/cb.html",
    "about:blank",
    "view-source:https://app.example/",
    "filesystem:https://app.example/x",
    "com.:/cb",
    "com..example:/cb",
    "com.example.app:",
    "https://app.example/\r\nLocation: x",
    "https://app.example/ x",
    "https://app.example\\@evil.example/",
    "https://app.example/\u202e",
    "http://127.0.0.1:99999/callback",
    "https://a;script-src.example/callback",
    "https://a%3Bscript-src.example/callback",
    "https://a,b.example/callback",
    "https://*.example/callback",
    "https://%2A.example/callback",
    "https://a'b.example/callback",
    "https://a(b).example/callback",
    "https://a&b=c.example/callback",
    "https://a!b$c+d~e.example/callback",
    "/callback",
    "",
  ])("AS-12: refuses %j", (uri) => expect(isAllowedRedirectUri(uri)).toBe(false));

  it("AS-12: refuses one that is very long", () => {
    expect(isAllowedRedirectUri(`https://app.example/${"x".repeat(2_000)}`)).toBe(false);
  });
});

describe("matchesRedirectUri", () => {
  it("AS-06: never matches a web URI that differs in one character", () => {
    const registered = "https://app.example/callback?tenant=a";
    fc.assert(
      fc.property(
        fc.nat(registered.length - 1),
        fc.string({ minLength: 0, maxLength: 2 }),
        (index, text) => {
          const changed = registered.slice(0, index) + text + registered.slice(index + 1);
          expect(matchesRedirectUri([registered], changed)).toBe(changed === registered);
        },
      ),
    );
  });

  it("AS-06: matches a loopback URI with any port, and with any other host never", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), fc.domain(), (port, host) => {
        const registered = ["http://127.0.0.1:3000/callback"];
        expect(matchesRedirectUri(registered, `http://127.0.0.1:${port}/callback`)).toBe(true);
        expect(matchesRedirectUri(registered, `http://${host}:${port}/callback`)).toBe(false);
        expect(matchesRedirectUri(registered, `http://127.0.0.1:${port}@${host}/callback`)).toBe(
          false,
        );
        expect(matchesRedirectUri(registered, `http://127.0.0.1:${port}/callback/${host}`)).toBe(
          false,
        );
      }),
    );
  });

  it("AS-06: whatever is asked for, a match goes to the registered host and path", () => {
    const registered = "http://127.0.0.1:3000/callback";
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((tail) => `http://127.0.0.1${tail}`),
        ),
        (uri) => {
          if (!matchesRedirectUri([registered], uri)) return;
          const { hostname, pathname, search, username } = new URL(uri);
          expect([hostname, pathname, search, username]).toEqual([
            "127.0.0.1",
            "/callback",
            "",
            "",
          ]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("AS-06: matches IPv6 and localhost with a free port, each with its own kind only", () => {
    expect(matchesRedirectUri(["http://[::1]/cb"], "http://[::1]:9/cb")).toBe(true);
    expect(matchesRedirectUri(["http://localhost/cb"], "http://localhost:9/cb")).toBe(true);
    expect(matchesRedirectUri(["http://localhost/cb"], "http://127.0.0.1:9/cb")).toBe(false);
    expect(matchesRedirectUri(["cursor://a/cb"], "cursor://a:9/cb")).toBe(false);
  });
});

describe("addParameters", () => {
  it("adds to a query or starts one, and leaves out what is undefined", () => {
    expect(addParameters("https://a.example/cb", { code: "x y", state: undefined })).toBe(
      "https://a.example/cb?code=x+y",
    );
    expect(addParameters("https://a.example/cb?a=1", { code: "x" })).toBe(
      "https://a.example/cb?a=1&code=x",
    );
    expect(addParameters("com.example.app:/cb", { code: "x" })).toBe("com.example.app:/cb?code=x");
  });
});
