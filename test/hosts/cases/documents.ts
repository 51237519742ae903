import { expect } from "vitest";
import type { Case } from "../case.ts";
import { ask, METADATA, RESOURCE } from "../world.ts";

const RESOURCE_PATHS = [
  "/.well-known/oauth-protected-resource/mcp",
  "/.well-known/oauth-protected-resource",
];
const SERVER_PATH = "/.well-known/oauth-authorization-server";
const ORIGIN = "http://localhost:6274";

/** What anyone may read, and what browsers ask before they call. */
export const documents: readonly Case[] = [
  {
    id: "documents.resource",
    title: "both forms of the protected resource's path answer GET with the same document",
    run: async ({ main, authkit }) => {
      for (const path of RESOURCE_PATHS) {
        const { status, headers, text } = await ask(main, { method: "GET", path });
        expect([path, status, headers.get("content-type")]).toEqual([
          path,
          200,
          "application/json",
        ]);
        expect(headers.get("access-control-allow-origin")).toBe("*");
        expect(JSON.parse(text)).toMatchObject({
          resource: RESOURCE,
          authorization_servers: [authkit.issuer],
          bearer_methods_supported: ["header"],
        });
      }
    },
  },
  {
    id: "documents.authorization-server",
    title: "the authorization server's metadata is passed on from AuthKit",
    run: async ({ main, authkit }) => {
      const { status, text } = await ask(main, { method: "GET", path: SERVER_PATH });
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({
        issuer: authkit.issuer,
        token_endpoint: `${authkit.issuer}/oauth2/token`,
      });
    },
  },
  {
    id: "documents.head",
    title: "HEAD has the same header fields as GET, and no body",
    run: async ({ main }) => {
      for (const path of [...RESOURCE_PATHS, SERVER_PATH]) {
        const { status, headers, text } = await ask(main, { method: "HEAD", path });
        expect([path, status, headers.get("content-type"), text]).toEqual([
          path,
          200,
          "application/json",
          "",
        ]);
      }
    },
  },
  {
    id: "documents.preflight",
    title: "OPTIONS on a document, and a preflight on the endpoint, are answered without a token",
    run: async ({ main }) => {
      for (const [path, method] of [...RESOURCE_PATHS, SERVER_PATH]
        .map((one) => [one, "GET"] as const)
        .concat([["/mcp", "POST"] as never])) {
        const { status, headers, text } = await ask(main, {
          method: "OPTIONS",
          path,
          headers: {
            origin: ORIGIN,
            "access-control-request-method": method,
            "access-control-request-headers": "authorization, mcp-protocol-version",
          },
        });
        expect([path, status, text]).toEqual([path, 204, ""]);
        expect(headers.get("access-control-allow-origin")).toBe("*");
        expect(headers.get("access-control-allow-methods")).toContain(method);
        expect(headers.get("access-control-allow-headers")?.toLowerCase()).toContain(
          "authorization",
        );
      }
    },
  },
  {
    id: "documents.method",
    title: "a document refuses POST with 405",
    run: async ({ main, grace }) => {
      for (const path of [...RESOURCE_PATHS, SERVER_PATH]) {
        const { status, headers } = await ask(main, { path, token: grace, body: {} });
        expect([path, status]).toEqual([path, 405]);
        expect(headers.get("allow")).toContain("GET");
      }
    },
  },
  {
    id: "documents.origin",
    title: "a web page of another machine is refused with 403, and one of this machine is not",
    run: async ({ main, grace }) => {
      const body = { jsonrpc: "2.0", id: 1, method: "ping" };
      const foreign = await ask(main, {
        token: grace,
        body,
        headers: { origin: "https://evil.example" },
      });
      expect(foreign.status).toBe(403);
      expect(JSON.parse(foreign.text)).toMatchObject({ reason: "origin_not_allowed" });
      const local = await ask(main, { token: grace, body, headers: { origin: ORIGIN } });
      expect(local.status).toBe(200);
      expect(local.headers.get("access-control-allow-origin")).toBe("*");
    },
  },
  {
    id: "documents.exposed",
    title: "a web page can read the challenge that it gets",
    run: async ({ main }) => {
      const { status, headers } = await ask(main, { headers: { origin: ORIGIN }, body: {} });
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain(`resource_metadata="${METADATA}"`);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-expose-headers")?.toLowerCase()).toContain(
        "www-authenticate",
      );
    },
  },
];
