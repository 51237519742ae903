import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRegisteredClients } from "../../src/clients/registered-clients.js";
import { createEmulator, type Emulator } from "../../src/index.js";
import { createInteractions } from "../../src/sign-in/interactions.js";
import { Browser, createPkce } from "../support/browser.js";
import { authorize, authorizePath, exchange, grace, register } from "../support/oauth-client.js";

async function openSignIn(emulator: Emulator, clientId: string): Promise<Browser> {
  const browser = new Browser(emulator);
  await browser.open(authorizePath(clientId, createPkce()));
  return browser;
}

async function repeat(times: number, act: () => Promise<unknown>): Promise<void> {
  for (let count = 0; count < times; count += 1) await act();
}

describe("strangers who send many requests", () => {
  it("1,500 anonymous authorization requests end no sign-in under way", async () => {
    const emulator = createEmulator();
    const clientId = await register(emulator);
    const browser = await openSignIn(emulator, clientId);
    const path = authorizePath(clientId, createPkce());
    await repeat(1_500, () => emulator.fetch(new Request(`${emulator.url}${path}`)));
    expect((await browser.submit({ user: grace })).name).toBe("consent");
    await repeat(1_500, () => emulator.fetch(new Request(`${emulator.url}${path}`)));
    expect((await browser.submit({ decision: "allow" })).location).toMatch(
      /^http:\/\/127\.0\.0\.1:5555\/callback\?code=/u,
    );
  });

  it("1,500 registrations push out no client that a person has allowed", async () => {
    const emulator = createEmulator();
    const clientId = await register(emulator);
    const authorization = await authorize(emulator, clientId, { user: grace });
    await repeat(1_500, () => register(emulator));
    expect((await exchange(emulator, clientId, authorization)).status).toBe(200);
    await repeat(1_500, () => register(emulator));
    expect((await openSignIn(emulator, clientId)).page.name).toBe("sign-in");
  });

  it("bounds the clients that a person has allowed as well", () => {
    const clients = createRegisteredClients(2);
    for (const id of ["a", "b", "c", "d"]) {
      clients.add({
        id,
        origin: "dynamic-registration",
        name: id,
        redirectUris: [],
        grantTypes: [],
        credentials: { kind: "public" },
      });
      if (id !== "d") clients.keep(id);
    }
    clients.keep("unknown");
    expect(["a", "b", "c", "d"].map((id) => clients.find(id)?.name)).toEqual([
      undefined,
      "b",
      "c",
      "d",
    ]);
  });
});

describe("the address of a sign-in", () => {
  const request = {
    client: { id: "client_1", name: "Client", origin: "dynamic-registration" as const },
    redirectUri: "http://127.0.0.1:5555/callback",
    state: "s",
    scopes: ["openid"],
    resources: [],
    codeChallenge: "c".repeat(43),
    nonce: undefined,
    loginHint: undefined,
    organizationHint: undefined,
  };

  it("is void with any one character changed", () => {
    const interactions = createInteractions(() => 0);
    const [id = "", state = ""] = interactions.addressOf(interactions.start(request)).split("/");
    expect(interactions.find(id, state)?.request).toEqual(request);
    fc.assert(
      fc.property(
        fc.nat(state.length - 1),
        fc.constantFrom("A", "B", "x", "y", "0", "9", "-", "_"),
        (index, character) => {
          const changed = state.slice(0, index) + character + state.slice(index + 1);
          // The last character of base64url carries bits that are not part of the bytes.
          fc.pre(!Buffer.from(changed, "base64url").equals(Buffer.from(state, "base64url")));
          expect(interactions.find(id, changed)).toBeUndefined();
        },
      ),
    );
  });

  it("belongs to its own id, and to the emulator that made it", () => {
    const interactions = createInteractions(() => 0);
    const [firstId = "", first = ""] = interactions
      .addressOf(interactions.start(request))
      .split("/");
    const [secondId = ""] = interactions.addressOf(interactions.start(request)).split("/");
    expect(interactions.find(secondId, first)).toBeUndefined();
    expect(createInteractions(() => 0).find(firstId, first)).toBeUndefined();
    for (const text of ["", "A", "A".repeat(38), "=", "é"])
      expect(interactions.find(firstId, text)).toBeUndefined();
  });

  it("does not show what the client sent", () => {
    const interactions = createInteractions(() => 0);
    const address = interactions.addressOf(
      interactions.start({ ...request, state: "a-secret-of-the-client" }),
    );
    expect(Buffer.from(address.split("/")[1] ?? "", "base64url").toString("latin1")).not.toContain(
      "a-secret-of-the-client",
    );
  });
});
