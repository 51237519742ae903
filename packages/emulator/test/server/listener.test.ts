import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createEmulator, type Emulator, type EmulatorOptions } from "../../src/index.js";

const open: Emulator[] = [];

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator({ port: 0, ...options });
  open.push(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()));
});

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

  it("closes, and comes back at the same port with the same keys", async () => {
    const emulator = await start();
    const { url } = emulator;
    const keys = await (await fetch(`${url}/oauth2/jwks`)).json();
    await emulator.close();
    await expect(fetch(`${url}/oauth2/jwks`)).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
    await emulator.listen();
    expect(emulator.url).toBe(url);
    expect(await (await fetch(`${url}/oauth2/jwks`)).json()).toEqual(keys);
  });

  it("closes twice without harm, and does not listen twice", async () => {
    const emulator = await start();
    await expect(emulator.listen()).rejects.toMatchObject({ code: "invalid_option" });
    await emulator.close();
    await emulator.close();
  });

  it("rejects when the port is taken", async () => {
    const { port } = new URL((await start()).url);
    await expect(createEmulator({ port: Number(port) })).rejects.toMatchObject({
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
