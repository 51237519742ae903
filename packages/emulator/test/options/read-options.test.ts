import { describe, expect, it } from "vitest";
import {
  createEmulator,
  defaultSeed,
  EmulatorError,
  startEmulator,
  type EmulatorOptions,
  type StartOptions,
} from "../../src/index.js";

function problemsOf(options: unknown): unknown {
  try {
    createEmulator(options as EmulatorOptions);
  } catch (error) {
    if (error instanceof EmulatorError && error.code === "invalid_options") return error.problems;
    throw error;
  }
  return "no problem";
}

const KNOWN =
  "allowNonLoopback, resource, seed, env, issuer, features, accessTokenLifetimeSeconds, " +
  "refreshTokenLifetimeSeconds, now, webhooks, fetch, allowLoopbackMetadata, log";

describe("an option", () => {
  it.each([
    [{ ressource: "https://a.example/mcp" }, "ressource", "resource"],
    [{ accessTokenLifetime: 60 }, "accessTokenLifetime", "accessTokenLifetimeSeconds"],
    [{ refreshTokenLifetime: 60 }, "refreshTokenLifetime", "refreshTokenLifetimeSeconds"],
    [{ resources: ["https://a.example/mcp"] }, "resources", "resource"],
    [{ Issuer: "https://a.example" }, "Issuer", "issuer"],
  ])("that is unknown is refused with the nearest: %j", (options, path, nearest) => {
    const message = `${path} is not an option of createEmulator(). Did you mean ${nearest}? Known: ${KNOWN}.`;
    expect(problemsOf(options)).toEqual([{ path, message }]);
  });

  it("of listening is refused by createEmulator(), which names the way", () => {
    expect(problemsOf({ port: 0 })).toEqual([
      {
        path: "port",
        message: `port is not an option of createEmulator(). Known: ${KNOWN}. startEmulator() listens; createEmulator() opens no port.`,
      },
    ]);
  });

  it.each<[unknown, string, string]>([
    [
      { accessTokenLifetimeSeconds: 0 },
      "accessTokenLifetimeSeconds",
      "must be a whole number of seconds from 1 to 86400: seconds, not milliseconds.",
    ],
    [
      { accessTokenLifetimeSeconds: 300_000 },
      "accessTokenLifetimeSeconds",
      "must be a whole number of seconds from 1 to 86400: seconds, not milliseconds.",
    ],
    [
      { accessTokenLifetimeSeconds: 1.5 },
      "accessTokenLifetimeSeconds",
      "must be a whole number of seconds from 1 to 86400: seconds, not milliseconds.",
    ],
    [
      { refreshTokenLifetimeSeconds: "60" },
      "refreshTokenLifetimeSeconds",
      "must be a whole number of seconds from 1 to 31536000: seconds, not milliseconds.",
    ],
    [{ resource: "mcp" }, "resource", "must be an absolute URI without a fragment."],
    [
      { resource: ["https://a.example/mcp", "b#c"] },
      "resource[1]",
      "must be an absolute URI without a fragment.",
    ],
    [{ resource: 7 }, "resource", "must be a URI or a list of URIs."],
    [{ now: 5 }, "now", "must be a function."],
    [{ fetch: "fetch" }, "fetch", "must be a function."],
    [{ log: true }, "log", "must be a function."],
    [{ env: "production" }, "env", "must be an object of environment variables."],
    [{ allowNonLoopback: "yes" }, "allowNonLoopback", "must be true or false."],
    [
      { webhooks: [{ url: "http://127.0.0.1:1/x", secret: "short" }] },
      "webhooks[0].secret",
      "must be a text of eight characters or more.",
    ],
    [
      { features: { dcr: true } },
      "features.dcr",
      "is not a field. Known: clientIdMetadataDocuments, dynamicClientRegistration, resourceIndicators, issuerParameter.",
    ],
    [
      { seed: { users: [{ id: "ada", email: "ada@acme.test" }] } },
      "seed.users[0].id",
      "must be an identifier such as user_01… (capital letters and digits after the prefix).",
    ],
    [
      { seed: { ...defaultSeed, organizations: [] } },
      "seed.memberships[0].organizationId",
      `names "${defaultSeed.memberships[0]?.organizationId}", which the seed does not have. There is none.`,
    ],
  ])("that is wrong is refused with its path: %j", (options, path, message) => {
    expect(problemsOf(options)).toContainEqual({
      path,
      message: `${path} ${message}`,
    });
  });

  it.each([
    "http://acme.authkit.app",
    "https://acme.authkit.app/",
    "https://acme.authkit.app/path",
    "acme.authkit.app",
    "ftp://x",
  ])("issuer cannot be %s", (issuer) => {
    expect(problemsOf({ issuer })).toEqual([
      {
        path: "issuer",
        message:
          "issuer must be an https origin, or an http one on loopback, without a path or trailing slash.",
      },
    ]);
  });

  it.each([null, 5, "x", []])("object that is none is refused: %j", (options) => {
    expect(problemsOf(options)).toEqual([
      { path: "", message: "The argument of createEmulator() must be an object." },
    ]);
  });

  it("left undefined is left out", () => {
    const options = { issuer: undefined, seed: undefined, now: undefined } as unknown;
    expect(problemsOf(options)).toBe("no problem");
  });
});

describe("wrong options", () => {
  it("are named all at once, in sentences that can be read alone", () => {
    const options = {
      isuer: "x",
      accessTokenLifetimeSeconds: -1,
      seed: { users: [{ id: "user_01A" }] },
    };
    const error = new Error("none");
    try {
      createEmulator(options as object);
    } catch (thrown) {
      Object.assign(error, thrown);
      error.message = (thrown as Error).message;
    }
    expect(error.message.split("\n")).toEqual([
      "seed.users[0].email is missing.",
      "accessTokenLifetimeSeconds must be a whole number of seconds from 1 to 86400: seconds, not milliseconds.",
      `isuer is not an option of createEmulator(). Did you mean issuer? Known: ${KNOWN}.`,
    ]);
  });

  it("do not quote a secret", () => {
    const seed = { ...defaultSeed, apiKey: "sk canary" };
    expect(
      JSON.stringify(problemsOf({ seed, webhooks: [{ url: "x", secret: "canary" }] })),
    ).not.toContain("canary");
  });
});

describe("startEmulator", () => {
  const refusalOf = (options: unknown): Promise<unknown> =>
    startEmulator(options as StartOptions).then(
      async (emulator) => emulator.close(),
      (error: unknown) => error,
    );

  it.each(["0.0.0.0", "::", "192.168.1.2", "example.com"])(
    "refuses to listen on %s unless told",
    async (host) => {
      expect(await refusalOf({ host })).toMatchObject({
        code: "invalid_options",
        problems: [
          {
            path: "host",
            message:
              "host must be loopback. To open the emulator to the network, pass allowNonLoopback: true, or --allow-non-loopback on the command line.",
          },
        ],
      });
    },
  );

  it.each([-1, 65_536, 1.5, "4100"])("refuses the port %j", async (port) => {
    expect(await refusalOf({ port })).toMatchObject({
      problems: [{ path: "port", message: "port must be a whole number from 0 to 65535." }],
    });
  });

  it("knows its own options too", async () => {
    expect(await refusalOf({ prot: 1 })).toMatchObject({
      problems: [
        {
          path: "prot",
          message: `prot is not an option of startEmulator(). Did you mean port? Known: host, port, ${KNOWN}.`,
        },
      ],
    });
  });

  it("refuses production, as createEmulator() does", async () => {
    const env = { NODE_ENV: "production" };
    expect(await refusalOf({ env })).toMatchObject({
      code: "production",
      message: expect.stringContaining("NODE_ENV=production"),
    });
    expect(() => createEmulator({ env })).toThrow(expect.objectContaining({ code: "production" }));
  });
});
