import { describe, expect, it } from "vitest";
import { createMetadataSource, type IssuerMetadata } from "../../src/authkit/metadata.js";

const ISSUER = "https://acme.authkit.app";
const DOCUMENT = {
  issuer: ISSUER,
  token_endpoint: `${ISSUER}/oauth2/token`,
  x_unknown: [1, { a: null }],
};

function start(): {
  source: () => Promise<IssuerMetadata>;
  clock: { now: number };
  requests: string[];
  reports: string[];
  answer: { with: () => Response | Promise<Response> };
} {
  const clock = { now: 1_000_000 };
  const requests: string[] = [];
  const reports: string[] = [];
  const answer = { with: (): Response | Promise<Response> => Response.json(DOCUMENT) };
  const source = createMetadataSource(ISSUER, {
    fetch: async (input) => {
      requests.push(input instanceof Request ? input.url : String(input));
      return answer.with();
    },
    now: () => clock.now,
    report: (state, detail) => reports.push(`${state}: ${detail}`),
  });
  return { source, clock, requests, reports, answer };
}

const down = (): Response => new Response(null, { status: 503 });

describe("T-10: createMetadataSource", () => {
  it("RS-17: passes the document on untouched", async () => {
    const { source, requests } = start();
    expect(requests).toEqual([]);
    expect(await source()).toEqual({
      document: {
        issuer: ISSUER,
        token_endpoint: `${ISSUER}/oauth2/token`,
        x_unknown: [1, { a: null }],
      },
      isFallback: false,
    });
    expect(requests).toEqual(["https://acme.authkit.app/.well-known/oauth-authorization-server"]);
  });

  it("asks once for simultaneous callers, and again after five minutes", async () => {
    const { source, clock, requests } = start();
    await Promise.all(Array.from({ length: 50 }, source));
    expect(requests).toHaveLength(1);
    clock.now += 299_999;
    await source();
    expect(requests).toHaveLength(1);
    clock.now += 1;
    await source();
    expect(requests).toHaveLength(2);
  });

  it("serves the last good document through an outage, asks every ten seconds, and says so once", async () => {
    const { source, clock, requests, reports, answer } = start();
    await source();
    answer.with = down;
    clock.now += 300_000;
    expect((await source()).document).toEqual(DOCUMENT);
    clock.now += 9_999;
    await source();
    expect(requests).toHaveLength(2);
    clock.now += 1;
    expect(await source()).toEqual({ document: DOCUMENT, isFallback: false });
    expect(requests).toHaveLength(3);
    expect(reports).toEqual(["unreachable: answered with status 503"]);

    answer.with = () => Response.json({ ...DOCUMENT, x_new: true });
    clock.now += 10_000;
    expect((await source()).document["x_new"]).toBe(true);
    expect(reports).toEqual([
      "unreachable: answered with status 503",
      "recovered: the document is served as it comes",
    ]);
  });

  it("serves what every AuthKit has while there never was a document", async () => {
    const { source, answer } = start();
    answer.with = down;
    expect(await source()).toEqual({
      isFallback: true,
      document: {
        issuer: "https://acme.authkit.app",
        authorization_endpoint: "https://acme.authkit.app/oauth2/authorize",
        token_endpoint: "https://acme.authkit.app/oauth2/token",
        introspection_endpoint: "https://acme.authkit.app/oauth2/introspection",
        jwks_uri: "https://acme.authkit.app/oauth2/jwks",
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: [
          "none",
          "client_secret_post",
          "client_secret_basic",
        ],
        scopes_supported: ["email", "offline_access", "openid", "profile"],
      },
    });
  });

  it.each([
    ["of another issuer", { ...DOCUMENT, issuer: "https://evil.example" }],
    ["with a foreign endpoint", { ...DOCUMENT, token_endpoint: "https://evil.example/token" }],
    ["that is a list", [DOCUMENT]],
    ["that is null", null],
  ])("RS-44: never serves a document %s", async (_, document) => {
    const { source, reports, answer } = start();
    answer.with = () => Response.json(document);
    const served = await source();
    expect(served.isFallback).toBe(true);
    expect(JSON.stringify(served)).not.toContain("evil");
    expect(reports).toEqual([
      "unreachable: the document names another issuer or foreign endpoints",
    ]);
  });

  it("never rejects when the network does", async () => {
    const { source, answer, reports } = start();
    answer.with = () => Promise.reject(new TypeError("fetch failed"));
    expect((await source()).isFallback).toBe(true);
    expect(reports).toEqual(["unreachable: cannot be reached"]);
  });
});
