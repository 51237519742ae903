import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed } from "../../src/index.js";
import {
  authorize,
  callback,
  exchange,
  postForm,
  postJson,
  register,
  type Json,
} from "../support/oauth-client.js";
import { useEmulator } from "../support/fixture.js";

const dashboard = "client_01K0DASHB0ARD0000000000000";
const secret = "local_dashboard_not_a_secret";

const shared = useEmulator();

function basic(id: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${password}`).toString("base64")}` };
}

async function ask(fields: Record<string, string>, headers: Record<string, string> = {}) {
  return postForm(
    shared.emulator,
    "/oauth2/token",
    { grant_type: "refresh_token", refresh_token: "x", ...fields },
    headers,
  );
}

describe("client authentication", () => {
  it("takes the secret of a dashboard application either way", async () => {
    // Past authentication the made-up refresh token is what is wrong.
    expect((await ask({ client_id: dashboard, client_secret: secret })).body["error"]).toBe(
      "invalid_grant",
    );
    expect((await ask({}, basic(dashboard, secret))).body["error"]).toBe("invalid_grant");
    expect((await ask({ client_id: dashboard }, basic(dashboard, secret))).body["error"]).toBe(
      "invalid_grant",
    );
  });

  it.each([
    ["a wrong secret", { client_id: dashboard, client_secret: "wrong" }],
    ["a confidential client without its secret", { client_id: dashboard }],
    ["an unknown client", { client_id: "client_01NOBODY" }],
    ["no client", {}],
  ])("%s is 401 without a challenge", async (_name, fields) => {
    const { body, headers, status } = await ask(fields);
    expect([status, body["error"]]).toEqual([401, "invalid_client"]);
    expect(headers.get("www-authenticate")).toBeNull();
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    ["a wrong secret", basic(dashboard, "wrong")],
    ["an unknown client", basic("client_01NOBODY", "x")],
    ["another scheme", { authorization: "Bearer x" }],
    ["no pair", { authorization: `Basic ${Buffer.from("nocolon").toString("base64")}` }],
    ["a broken encoding", basic("%zz", "x")],
    ["no base64", { authorization: "Basic ***" }],
  ])("with Basic, %s is 401 with a Basic challenge", async (_name, headers) => {
    const answer = await ask({}, headers);
    expect([answer.status, answer.body["error"]]).toEqual([401, "invalid_client"]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/u);
  });

  it("refuses two ways at once, and two clients at once", async () => {
    const twice = await ask(
      { client_id: dashboard, client_secret: secret },
      basic(dashboard, secret),
    );
    expect([twice.status, twice.body["error"]]).toEqual([400, "invalid_request"]);
    const two = await ask({ client_id: "client_01OTHER" }, basic(dashboard, secret));
    expect([two.status, two.body["error"]]).toEqual([400, "invalid_request"]);
  });

  it("decodes Basic as RFC 6749 section 2.3.1 says: form encoding inside", async () => {
    const odd = "a:b+c %&ü";
    const applications = defaultSeed.applications.map((application) =>
      application.clientId === dashboard ? { ...application, clientSecret: odd } : application,
    );
    const own = createEmulator({ seed: { ...defaultSeed, applications } });
    const encoded = new URLSearchParams({ s: odd }).toString().slice(2);
    const fields = { grant_type: "refresh_token", refresh_token: "x" };
    const right = await postForm(own, "/oauth2/token", fields, basic(dashboard, encoded));
    expect(right.body["error"]).toBe("invalid_grant");
    const raw = await postForm(own, "/oauth2/token", fields, basic(dashboard, odd));
    expect(raw.body["error"]).toBe("invalid_client");
  });

  it("wants the method that was registered", async () => {
    const registered = async (method: string) =>
      (
        await postJson(shared.emulator, "/oauth2/register", {
          redirect_uris: [callback],
          token_endpoint_auth_method: method,
        })
      ).body;
    const byBasic = await registered("client_secret_basic");
    const byPost = await registered("client_secret_post");
    const asBasic = ({ client_id: id, client_secret: s }: Record<string, Json>) =>
      ask({}, basic(id, s));
    const asPost = ({ client_id, client_secret }: Record<string, Json>) =>
      ask({ client_id, client_secret });
    expect((await asBasic(byBasic)).body["error"]).toBe("invalid_grant");
    expect((await asPost(byBasic)).body["error"]).toBe("invalid_client");
    expect((await asPost(byPost)).body["error"]).toBe("invalid_grant");
    expect((await asBasic(byPost)).body["error"]).toBe("invalid_client");
  });

  it("refuses a secret from a public client", async () => {
    const id = await register(shared.emulator);
    expect((await ask({ client_id: id, client_secret: "made up" })).body["error"]).toBe(
      "invalid_client",
    );
    expect((await ask({}, basic(id, "made up"))).body["error"]).toBe("invalid_client");
  });

  it("a confidential client's code needs its secret as well as the verifier", async () => {
    const authorization = await authorize(shared.emulator, dashboard);
    expect((await exchange(shared.emulator, dashboard, authorization)).status).toBe(401);
    expect(
      (await exchange(shared.emulator, dashboard, authorization, { client_secret: secret })).status,
    ).toBe(200);
  });
});
