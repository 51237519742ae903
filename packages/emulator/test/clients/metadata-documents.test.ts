import { describe, expect, it } from "vitest";
import { createMetadataDocuments } from "../../src/clients/metadata-documents.js";
import { createEmulator, type Emulator } from "../../src/index.js";
import { Browser, createPkce } from "../support/browser.js";
import { authorize, authorizePath, callback, claimsOf, exchange } from "../support/oauth-client.js";

const clientId = "https://client.example/oauth/client.json";
const document = { client_id: clientId, client_name: "Example Client", redirect_uris: [callback] };

interface Site {
  readonly emulator: Emulator;
  readonly fetched: { url: string; init: RequestInit | undefined }[];
  answer: () => Response | Promise<Response>;
}

async function createSite(
  answer: Site["answer"] = () => Response.json(document),
  now?: () => number,
): Promise<Site> {
  const fetched: Site["fetched"] = [];
  const site = { fetched, answer };
  const emulator = createEmulator({
    ...(now === undefined ? {} : { now }),
    fetch: async (url, init) => {
      fetched.push({ url: new Request(url).url, init });
      return site.answer();
    },
  });
  return Object.assign(site, { emulator });
}

async function open(emulator: Emulator, id: string = clientId): Promise<Browser["page"]> {
  return new Browser(emulator).open(authorizePath(id, createPkce()));
}

describe("a client ID metadata document", () => {
  it("AS-03 AS-04: makes its address a client, from sign-in to token", async () => {
    const { emulator, fetched } = await createSite();
    const answer = await exchange(emulator, clientId, await authorize(emulator, clientId));
    expect(answer.status).toBe(200);
    expect(claimsOf(answer.body["access_token"])["client_id"]).toBe(
      "https://client.example/oauth/client.json",
    );
    expect(fetched).toHaveLength(1);
    expect(fetched[0]?.url).toBe(clientId);
    expect(fetched[0]?.init?.redirect).toBe("manual");
  });

  it.each<[string, () => Response]>([
    [
      "another client_id",
      () => Response.json({ ...document, client_id: "https://client.example/other.json" }),
    ],
    [
      "a client_id that differs in a slash",
      () => Response.json({ ...document, client_id: `${clientId}/` }),
    ],
    ["no client_name", () => Response.json({ ...document, client_name: undefined })],
    ["an empty client_name", () => Response.json({ ...document, client_name: " " })],
    ["no redirect_uris", () => Response.json({ ...document, redirect_uris: undefined })],
    ["empty redirect_uris", () => Response.json({ ...document, redirect_uris: [] })],
    [
      "a forbidden redirect URI",
      () => Response.json({ ...document, redirect_uris: [callback, "javascript:alert(1)"] }),
    ],
    ["a secret", () => Response.json({ ...document, client_secret: "x" })],
    [
      "private_key_jwt",
      () => Response.json({ ...document, token_endpoint_auth_method: "private_key_jwt" }),
    ],
    [
      "private_key_jwt and a list without none",
      () =>
        Response.json({
          ...document,
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_methods_supported: ["private_key_jwt"],
        }),
    ],
    [
      "a list of methods without none and no method",
      () =>
        Response.json({ ...document, token_endpoint_auth_methods_supported: ["private_key_jwt"] }),
    ],
    [
      "a method with a secret beside none",
      () =>
        Response.json({
          ...document,
          token_endpoint_auth_method: "client_secret_post",
          token_endpoint_auth_methods_supported: ["none", "client_secret_post"],
        }),
    ],
    [
      "a method with a secret",
      () => Response.json({ ...document, token_endpoint_auth_method: "client_secret_post" }),
    ],
    ["no code grant", () => Response.json({ ...document, grant_types: ["urn:x"] })],
    ["a list", () => Response.json([document])],
    ["null", () => Response.json(null)],
    ["broken JSON", () => new Response("{", { headers: { "content-type": "application/json" } })],
    [
      "another media type",
      () => new Response(JSON.stringify(document), { headers: { "content-type": "text/html" } }),
    ],
    ["a failure", () => Response.json(document, { status: 500 })],
    [
      "AS-04: a redirect",
      () => new Response(null, { status: 302, headers: { location: "http://169.254.169.254/x" } }),
    ],
    [
      "AS-04: more than 10 KB",
      () => Response.json({ ...document, padding: "x".repeat(10 * 1024) }),
    ],
    [
      "no answer",
      () => {
        throw new TypeError("fetch failed");
      },
    ],
  ])("%s is answered with a page, without a redirect", async (_name, answer) => {
    const { emulator } = await createSite(answer);
    const page = await open(emulator);
    expect([page.status, page.name, page.location]).toEqual([400, "error", undefined]);
  });

  it("of ChatGPT, which offers private_key_jwt and none, makes a public client", async () => {
    const id = "https://chatgpt.com/oauth/abc123/client.json";
    const { emulator } = await createSite(() =>
      Response.json({
        application_type: "web",
        client_id: id,
        client_name: "ChatGPT",
        client_uri: "https://chatgpt.com",
        grant_types: ["authorization_code", "refresh_token"],
        jwks_uri: "https://chatgpt.com/oauth/jwks.json",
        redirect_uris: [callback, "https://chatgpt.com/connector/oauth/abc123"],
        response_types: ["code"],
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
        token_endpoint_auth_signing_alg: "RS256",
      }),
    );
    const answer = await exchange(emulator, id, await authorize(emulator, id));
    expect(answer.status).toBe(200);
    expect(claimsOf(answer.body["access_token"])["client_id"]).toBe(
      "https://chatgpt.com/oauth/abc123/client.json",
    );
    const asserted = await exchange(emulator, id, await authorize(emulator, id), {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "e30.e30.AA",
    });
    expect([asserted.status, asserted.body["error"]]).toEqual([401, "invalid_client"]);
  });

  it("says plainly that private_key_jwt is not supported", async () => {
    const { emulator } = await createSite(() =>
      Response.json({ ...document, token_endpoint_auth_method: "private_key_jwt" }),
    );
    expect((await open(emulator)).markup).toContain("does not support private_key_jwt");
  });

  it("AS-06: still has its redirect URIs matched", async () => {
    const { emulator } = await createSite();
    const path = authorizePath(clientId, createPkce(), { redirect_uri: "https://evil.example/" });
    expect((await new Browser(emulator).open(path)).name).toBe("error");
  });

  it("takes a +json media type", async () => {
    const headers = { "content-type": "application/client-metadata+json; charset=utf-8" };
    const { emulator } = await createSite(
      () => new Response(JSON.stringify(document), { headers }),
    );
    expect((await open(emulator)).name).toBe("sign-in");
  });

  it("AS-04: is kept as long as its Cache-Control says", async () => {
    let time = 0;
    const fetchesAfter = async (
      cacheControl: string | undefined,
      milliseconds: number,
    ): Promise<number> => {
      const headers: Record<string, string> =
        cacheControl === undefined ? {} : { "cache-control": cacheControl };
      const site = await createSite(
        () => Response.json(document, { headers }),
        () => time,
      );
      await open(site.emulator);
      time += milliseconds;
      await open(site.emulator);
      return site.fetched.length;
    };
    expect(await fetchesAfter("max-age=60", 59_999)).toBe(1);
    expect(await fetchesAfter("max-age=60", 60_000)).toBe(2);
    expect(await fetchesAfter("public, Max-Age=120", 119_999)).toBe(1);
    expect(await fetchesAfter(undefined, 299_999)).toBe(1);
    expect(await fetchesAfter(undefined, 300_000)).toBe(2);
    expect(await fetchesAfter("no-store", 0)).toBe(2);
    expect(await fetchesAfter("no-cache, max-age=60", 0)).toBe(2);
    expect(await fetchesAfter("max-age=999999999", 86_399_999)).toBe(1);
    expect(await fetchesAfter("max-age=999999999", 86_400_000)).toBe(2);
  });

  it("is asked for again after a failure", async () => {
    const site = await createSite(() => Response.json({}, { status: 503 }));
    expect((await open(site.emulator)).name).toBe("error");
    site.answer = () => Response.json(document);
    expect((await open(site.emulator)).name).toBe("sign-in");
  });

  it("AS-04: is given up on when nothing comes", async () => {
    const documents = createMetadataDocuments(
      () => new Promise(() => undefined),
      () => 0,
      { timeLimit: 5 },
    );
    expect(await documents.find(clientId)).toEqual({
      ok: false,
      message: "The client's metadata document cannot be fetched.",
    });
  });

  it("is not fetched while the switch is off", async () => {
    const fetched: string[] = [];
    const emulator = createEmulator({
      features: { clientIdMetadataDocuments: false },
      fetch: async (url) => {
        fetched.push(new Request(url).url);
        return Response.json(document);
      },
    });
    expect((await open(emulator)).name).toBe("error");
    expect(fetched).toEqual([]);
  });
});

describe("the address of a client ID metadata document", () => {
  it.each([
    "http://client.example/client.json",
    "http://127.0.0.1:9/client.json",
    "http://localhost:9/a",
    "http://[::1]:9/client.json",
    "https://client.example",
    "https://client.example/",
    "https://client.example/?a=1",
    "https://client.example/client.json#x",
    "https://user@client.example/client.json",
    "https://client.example/a/../client.json",
    "https://client.example/a/%2e%2e/client.json",
    "https://client.example/./client.json",
    "https://client.example\\@127.0.0.1/client.json",
    "https://127.0.0.1/client.json",
    "https://localhost/client.json",
    "https://localhost./client.json",
    "https://a.localhost/client.json",
    "https://[::1]/client.json",
    "https://[::ffff:127.0.0.1]/client.json",
    "https://[::ffff:10.0.0.1]/client.json",
    "https://[fe80::1]/client.json",
    "https://[fd00::1]/client.json",
    "https://[64:ff9b::a00:1]/client.json",
    "https://10.0.0.1/client.json",
    "https://172.16.0.1/client.json",
    "https://192.168.1.1/client.json",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/client.json",
    "https://0.0.0.0/client.json",
    "https://2130706433/client.json",
    "https://0x7f.1/client.json",
    "https://metadata.google.internal/x",
  ])("AS-04: %s is refused unfetched", async (id) => {
    const { emulator, fetched } = await createSite(() =>
      Response.json({ ...document, client_id: id }),
    );
    expect((await open(emulator, id)).name).toBe("error");
    expect(fetched).toEqual([]);
  });

  it.each(["https://client.example/client.json", "https://8.8.8.8/client.json"])(
    "%s is fetched",
    async (id) => {
      const { emulator, fetched } = await createSite(() =>
        Response.json({ ...document, client_id: id }),
      );
      expect((await open(emulator, id)).name).toBe("sign-in");
      expect(fetched.map(({ url }) => url)).toEqual([id]);
    },
  );

  it.each<[string, string]>([
    ["http://127.0.0.1:9/client.json", "sign-in"],
    ["http://localhost:9/a", "sign-in"],
    ["http://client.example/client.json", "error"],
    ["https://127.0.0.1/client.json", "error"],
  ])("with allowLoopbackMetadata, %s leads to the page %s", async (id, page) => {
    const emulator = createEmulator({
      allowLoopbackMetadata: true,
      fetch: () => Promise.resolve(Response.json({ ...document, client_id: id })),
    });
    expect((await open(emulator, id)).name).toBe(page);
  });
});
