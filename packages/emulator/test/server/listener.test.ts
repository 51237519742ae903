import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { startEmulator, type Emulator, type StartOptions } from "../../src/index.js";
import { startServer } from "../support/fixture.js";

const start = async (options: StartOptions = {}): Promise<Emulator> =>
  (await startServer(options)).emulator;

function statusFor(emulator: Emulator, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${emulator.url}/oauth2/jwks`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", reject)
      .end();
  });
}

describe("the listening emulator", () => {
  it("is its own issuer, at a free port", async () => {
    const emulator = await start();
    expect(emulator.issuer).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/u);
    const metadata = await (
      await fetch(`${emulator.url}/.well-known/oauth-authorization-server`)
    ).json();
    expect(metadata).toMatchObject({
      issuer: emulator.issuer,
      token_endpoint: `${emulator.issuer}/oauth2/token`,
    });
  });

  it("keeps an issuer that it was given, wherever it listens", async () => {
    const emulator = await start({ issuer: "https://acme.authkit.app" });
    expect(emulator.issuer).toBe("https://acme.authkit.app");
    expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/u);
  });

  it("is gone once it is closed, for its own fetch too; closing twice is closing once", async () => {
    const emulator = await start();
    const first = emulator.close();
    expect(emulator.close()).toBe(first);
    await first;
    await emulator[Symbol.asyncDispose]();
    for (const request of [fetch, emulator.fetch, emulator.overrides.fetch]) {
      await expect(request(`${emulator.url}/oauth2/jwks`)).rejects.toMatchObject({
        message: "fetch failed",
        cause: { code: "ECONNREFUSED" },
      });
    }
  });

  it("ends with the block that `await using` declared it in", async () => {
    let url = "";
    {
      await using emulator = await startEmulator();
      url = emulator.url;
      expect((await fetch(`${url}/oauth2/jwks`)).status).toBe(200);
    }
    await expect(fetch(`${url}/oauth2/jwks`)).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
  });

  it("rejects when the port is taken", async () => {
    const { port } = new URL((await start()).url);
    await expect(startEmulator({ port: Number(port) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  it("listens on IPv6 loopback", async () => {
    const emulator = await start({ host: "::1" });
    expect(emulator.issuer).toMatch(/^http:\/\/\[::1\]:[0-9]+$/u);
    expect((await fetch(`${emulator.url}/oauth2/jwks`)).status).toBe(200);
  });

  it.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "169.254.169.254"])(
    "does not answer to the name %s, which a web page may have pointed here",
    async (host) => {
      expect(await statusFor(await start(), host)).toBe(421);
    },
  );

  it.each(["localhost", "localhost:1234", "127.0.0.1", "[::1]:99"])(
    "answers to the name %s",
    async (host) => {
      expect(await statusFor(await start(), host)).toBe(200);
    },
  );

  it("answers to the name of its issuer", async () => {
    const emulator = await start({ issuer: "https://acme.authkit.app" });
    expect(await statusFor(emulator, "acme.authkit.app")).toBe(200);
  });

  it("open to the network, answers to any name", async () => {
    const emulator = await start({ host: "0.0.0.0", allowNonLoopback: true });
    expect(await statusFor(emulator, "emulator.internal:4100")).toBe(200);
  });
});
