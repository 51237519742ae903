import { describe, expect, it } from "vitest";
import { SECONDS } from "../support/issuer.js";
import {
  reasonOf,
  startRevocationServer,
  type RevocationServer,
} from "../support/revocation-server.js";

describe("withdrawn consents", () => {
  const CLIENT = "client_01MCP";
  const start = (failClosedAfterSeconds?: number): Promise<RevocationServer> =>
    startRevocationServer({
      config: {
        revocation: {
          consentCheckSeconds: 60,
          ...(failClosedAfterSeconds === undefined ? {} : { failClosedAfterSeconds }),
        },
      },
    });
  const tokenOf = ({ issuer }: RevocationServer, claims: object = {}): string =>
    issuer.sign({ claims: { client_id: CLIENT, ...claims } });

  it("are asked for at a new token, then once an interval, and end the token", async () => {
    const server = await start();
    server.applications.push("client_01A", "client_01B", CLIENT);
    const token = tokenOf(server);
    expect((await server.ask(token)).status).toBe(200);
    const asked = server.api.asked;
    // Two pages of applications.
    expect(asked).toBe(2);
    server.applications.splice(0);
    server.clock.now += 59_999;
    expect((await server.ask(token)).status).toBe(200);
    expect(server.api.asked).toBe(asked);
    server.clock.now += 1;
    const refused = await server.ask(token);
    expect(refused.status).toBe(401);
    expect(await reasonOf(refused)).toBe("consent_withdrawn");
    expect(server.lines.at(-1)).toBe(
      "warn [workos] Refused POST of user user_01ADA with 401 consent_withdrawn: the person's authorized applications at WorkOS do not name the token's client, or it names none: the consent was withdrawn",
    );
  });

  it("a token of a newer consent is asked about anew, while the older one stays refused", async () => {
    const server = await start();
    expect(await reasonOf(await server.ask(tokenOf(server)))).toBe("consent_withdrawn");
    server.applications.push(CLIENT);
    expect(await reasonOf(await server.ask(tokenOf(server)))).toBe("consent_withdrawn");
    const newer = tokenOf(server, { iat: SECONDS - 1, jti: "jti_02" });
    expect((await server.ask(newer)).status).toBe(200);
  });

  it("the last answer counts while WorkOS is silent; who is not known gets in, and the log says so once", async () => {
    const server = await start();
    server.applications.push(CLIENT);
    const token = tokenOf(server);
    expect((await server.ask(token)).status).toBe(200);
    server.lines.length = 0;
    server.api.status = 500;
    server.clock.now += 61_000;
    expect((await server.ask(token)).status).toBe(200);
    const unknown = tokenOf(server, { sub: "user_01BOB", jti: "jti_03" });
    expect((await server.ask(unknown)).status).toBe(200);
    expect((await server.ask(unknown)).status).toBe(200);
    server.api.status = 200;
    server.clock.now += 3_000;
    expect((await server.ask(token)).status).toBe(200);
    expect(server.lines.filter((line) => line.includes("consents"))).toEqual([
      "warn [workos] The WorkOS API is unreachable for consents: authorized applications cannot be asked for: the WorkOS API answered 500",
      "info [workos] The WorkOS API is recovered for consents: authorized applications are asked for again",
    ]);
  });

  it("a token that names no client has none that a user authorized", async () => {
    const server = await start();
    server.applications.push(CLIENT);
    const refused = await server.ask(tokenOf(server, { client_id: undefined }));
    expect(await reasonOf(refused)).toBe("consent_withdrawn");
    expect(server.api.asked).toBe(0);
  });

  it("a strict operator refuses callers of unknown consent, with 503", async () => {
    const server = await start(3600);
    server.api.status = 500;
    const refused = await server.ask(tokenOf(server));
    expect([refused.status, await reasonOf(refused)]).toEqual([503, "revocations_unknown"]);
  });
});
