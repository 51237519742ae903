import { describe, expect, it } from "vitest";
import { readAuthKitClaims } from "../src/authkit/claims.js";
import { fetchDocument } from "../src/authkit/fetch-document.js";
import { getCaller, getSession, getUser } from "../src/index.js";
import { judgeAudience } from "../src/token/audience.js";
import { logLines } from "../src/observers/log-lines.js";
import { startGuarded } from "./support/guarded-server.js";
import { CLIENT_ID, goodClaims, RESOURCE } from "./support/issuer.js";

/** What mutation testing found to be asserted nowhere. */
describe("found by mutation testing", () => {
  it.each([
    [{ sub: "xclient_01APP", client_id: undefined }, "sub"],
    [{ sub: "client_01APP\n", client_id: undefined }, "sub"],
    [{ org_id: "my-org_01ACME" }, "org_id"],
    [{ roles: ["admin", 1] }, "roles"],
    [{ permissions: [1, "reports:read"] }, "permissions"],
  ])("T-16: %j is no claim of AuthKit's", (change, claim) => {
    expect(readAuthKitClaims({ ...goodClaims(), ...change } as never)).toEqual({
      ok: false,
      fault: { reason: "claim_invalid", claim },
    });
  });

  it("a document that comes in several pieces is put together in their order", async () => {
    const pieces = ['{"keys"', ":[1,", "2,3]}"].map((piece) => new TextEncoder().encode(piece));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    });
    const fetched = await fetchDocument("https://x.example", async () => new Response(body));
    expect(fetched).toEqual({ ok: true, document: { keys: [1, 2, 3] } });
  });

  it("names what was called outside a request", async () => {
    expect(() => getSession()).toThrow(/^getSession\(\) was called outside/);
    expect(() => getCaller()).toThrow(/^getCaller\(\) was called outside/);
    await expect(getUser()).rejects.toThrow(/^getUser\(\) was called outside/);
  });

  it.each([["an application", { sub: "client_01APP", client_id: "client_01APP", aud: CLIENT_ID }]])(
    "names who called what is for people: %s",
    async (who, claims) => {
      let message = "";
      const server = await startGuarded({
        config: { callers: ["application"] },
        handler: (_, response) => {
          try {
            getSession();
          } catch (error) {
            ({ message } = error as Error);
          }
          response.end();
        },
      });
      await server.ask(server.issuer.sign({ claims }));
      expect(message).toBe(
        `getSession() is for people, and this request was made by ${who}. Use getCaller(), which tells who is calling by its kind.`,
      );
    },
  );

  it("names an API key that called what is for people", async () => {
    let message = "";
    const key = {
      object: "api_key",
      id: "api_key_01KEY",
      owner: { type: "organization", id: "org_01ACME" },
      name: "Key",
      permissions: [],
    };
    const server = await startGuarded({
      config: { callers: ["api-key"] },
      fetch: () => Promise.resolve(Response.json({ api_key: key })),
      handler: (_, response) => {
        try {
          getSession();
        } catch (error) {
          ({ message } = error as Error);
        }
        response.end();
      },
    });
    await server.ask("sk_example_good");
    expect(message).toContain("this request was made by an API key. Use getCaller()");
  });

  it("knows a misspelt resource among several audiences", () => {
    const policy = {
      resource: RESOURCE,
      resources: new Set([RESOURCE]),
      clientId: CLIENT_ID,
      environment: "refused",
    } as const;
    expect(judgeAudience(["https://other.example", `${RESOURCE}/`], policy)).toEqual({
      ok: false,
      refusal: { reason: "wrong_audience", hint: "this resource written differently" },
    });
  });

  it("logs a 500 as an error, as it does a 503", () => {
    const lines: string[] = [];
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (line: string) => lines.push(line),
    };
    logLines(
      { logger, format: "text", level: "info" },
      Date.now,
    )({
      kind: "refused",
      reason: "x",
      status: 500,
      method: "POST",
      detail: "y",
      durationMs: 0,
    });
    expect(lines).toEqual([
      "[workos] Refused POST with 500 x: y; see https://xmcp.dev/docs/integrations/workos/refusals#x",
    ]);
  });
});
