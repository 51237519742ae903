import { describe, expect, it } from "vitest";
import { auditLogs } from "../../src/audit-logs.js";
import { readConfiguration } from "../../src/server/configuration.js";
import { applyClaimsSchema } from "../../src/token/custom-claims.js";
import { readRevocation } from "../../src/revocation/revocation-settings.js";
import type { Problem } from "../../src/errors.js";
import { readLog } from "../../src/observers/read-log.js";

const GOOD = {
  apiKey: "sk_test_1",
  clientId: "client_01TEST",
  baseURL: "https://mcp.example.com",
  authkitDomain: "acme.authkit.app",
};

function problemsOf(config: object): readonly string[] {
  try {
    readConfiguration(config, {});
    return [];
  } catch (error) {
    return (error as { readonly problems: readonly Problem[] }).problems.map(
      ({ message }) => message,
    );
  }
}

class Shared {
  apiKey = "sk_test_1";
  clientId = "client_01TEST";
  baseURL = "https://mcp.example.com";
  authkitDomain = "acme.authkit.app";
  get callers() {
    return ["user", "application"];
  }
  get access() {
    return { tools: { x: { role: "admin" } } };
  }
  get recordArguments() {
    return Object.create({ refund: ["id"] }) as object;
  }
  get observers() {
    return [{ name: "idle", onEvent: () => undefined }];
  }
}

describe("a configuration that is no literal", () => {
  it("keeps what a class and its getters give", () => {
    const settings = readConfiguration(new Shared() as never, {});
    expect([...settings.callers]).toEqual(["user", "application"]);
    expect(settings.access?.ruleFor("tool", "x")?.alternatives).toMatchObject([
      { roles: [["admin"]] },
    ]);
    expect([...settings.recordArguments]).toEqual([["refund", ["id"]]]);
    expect(settings.observers).toHaveLength(1);
  });

  it("does not start with an inherited name that does not exist", () => {
    class Misspelt extends Shared {
      get acces() {
        return {};
      }
    }
    expect(problemsOf(new Misspelt())).toEqual(["acces is unknown: is access meant?"]);
    expect(
      problemsOf(Object.assign(Object.create({ access: undefined }) as object, GOOD)),
    ).toHaveLength(1);
  });

  it("does not start when it cannot be read", () => {
    const throwing = {
      ...GOOD,
      get access(): never {
        throw new Error("not yet");
      },
    };
    Object.defineProperty(throwing, "access", {
      enumerable: true,
      get: () => {
        throw new Error("not yet");
      },
    });
    expect(problemsOf(throwing)[0]).toBe(
      "the configuration cannot be read: a getter or a proxy throws",
    );
    const inner = Object.defineProperty({}, "poll", {
      get: () => {
        throw new Error("not yet");
      },
    });
    expect(problemsOf({ ...GOOD, revocation: inner })).toEqual([
      "revocation cannot be read: a getter or a proxy throws",
    ]);
  });

  it("is read once, so that it cannot change after it was checked", () => {
    let reads = 0;
    const callers = Object.defineProperty(["user"], 0, {
      get: () => ((reads += 1) === 1 ? "user" : "api-key"),
    });
    let looks = 0;
    const config = Object.defineProperty({ ...GOOD, callers }, "publicPaths", {
      enumerable: true,
      get: () => ((looks += 1) === 1 ? ["/status"] : ["/mcp"]),
    });
    const settings = readConfiguration(config as never, {});
    expect([...settings.callers]).toEqual(["user"]);
    expect([...settings.publicPaths]).toEqual(["/status"]);
    expect([reads, looks]).toEqual([1, 1]);
  });

  it.each([
    "authkitDomain",
    "scopesSupported",
    "formerResources",
    "callers",
    "allowedOrigins",
    "publicPaths",
    "observers",
  ])("does not start with a hole in %s", (option) => {
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what this is about
    const list: unknown[] = [,];
    list.push(
      {
        authkitDomain: "acme.authkit.app",
        formerResources: "https://mcp.example.com/mcp",
        callers: "user",
        allowedOrigins: "https://app.example.com",
        publicPaths: "/status",
        observers: { name: "idle", onEvent: () => undefined },
      }[option] ?? "openid",
    );
    expect(problemsOf({ ...GOOD, [option]: list })).toHaveLength(1);
    expect(problemsOf({ ...GOOD, [option]: list.slice(1) })).toEqual([]);
  });

  it("does not start with a hole in a list of arguments to keep", () => {
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what this is about
    expect(problemsOf({ ...GOOD, recordArguments: { refund: [, "id"] } })).toHaveLength(1);
  });

  it("takes no option from Object.prototype", () => {
    // oxlint-disable-next-line no-extend-native -- what a polluted prototype does is what this is about
    Object.defineProperty(Object.prototype, "publicPaths", {
      value: ["/open"],
      configurable: true,
    });
    try {
      expect([...readConfiguration(GOOD, {}).publicPaths]).toEqual([]);
    } finally {
      delete (Object.prototype as { publicPaths?: unknown }).publicPaths;
    }
  });
});

describe("revocation that is no literal", () => {
  it("keeps what a class and its getters give", () => {
    class Webhook {
      get secret() {
        return "whsec_1";
      }
      get path() {
        return "/webhooks/workos";
      }
    }
    class Revocation {
      get pollSeconds() {
        return 5;
      }
      get webhook() {
        return new Webhook();
      }
    }
    const problems: Problem[] = [];
    const settings = readRevocation(new Revocation(), problems);
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      pollMs: 5_000,
      webhook: { secret: "whsec_1", path: "/webhooks/workos" },
    });
    readRevocation(Object.create({ pollSecond: 5 }) as object, problems);
    expect(problems.map(({ message }) => message)).toEqual([
      "revocation.pollSecond is unknown: is pollSeconds meant?",
    ]);
  });

  it("reads the webhook's secret once", () => {
    let reads = 0;
    const webhook = {
      path: "/webhooks/workos",
      get secret() {
        reads += 1;
        return reads === 1 ? "whsec_1" : "";
      },
    };
    expect(readRevocation({ webhook }, [])?.webhook?.secret).toBe("whsec_1");
  });
});

describe("what a claims schema returns", () => {
  const token = { claims: { sub: "user_01ADA", exp: 1 } } as never;
  const applied = async (value: unknown) =>
    applyClaimsSchema(
      { "~standard": { version: 1, vendor: "test", validate: () => ({ value }) } } as never,
      token,
    );

  it("keeps what a class and its getters give, but no registered claim", async () => {
    class Claims {
      team = "blue";
      get isContractor() {
        return true;
      }
      get sub() {
        return "user_01EVE";
      }
    }
    expect(await applied(new Claims())).toMatchObject({
      ok: true,
      token: { claims: { team: "blue", isContractor: true, sub: "user_01ADA" } },
    });
  });

  it.each([
    ["a list", ["blue"]],
    [
      "an object whose getter throws",
      {
        get team(): never {
          throw new Error("no");
        },
      },
    ],
  ])("refuses the token when it is %s", async (_, value) => {
    expect(await applied(value)).toEqual({
      ok: false,
      refusal: { reason: "custom_claims_invalid", paths: ["(the schema's result)"] },
    });
  });
});

describe("options of a part that are no literal", () => {
  it("of the log keep what a class and its getters give", () => {
    const logger = { info: () => 0, warn: () => 0, error: () => 0 };
    class Options {
      get logger() {
        return logger;
      }
      get format() {
        return "json" as const;
      }
    }
    const problems: Problem[] = [];
    expect(readLog(new Options(), problems)).toEqual({ level: "info", format: "json", logger });
    expect(problems).toEqual([]);
  });

  it("of auditLogs() are checked wherever they are, and read once", () => {
    expect(() => auditLogs(Object.create({ maxPerSecond: "50" }) as object)).toThrow(
      "maxPerSecond",
    );
    expect(() => auditLogs(Object.create({ perSecnd: 50 }) as object)).toThrow(
      "auditLogs.perSecnd is unknown: is maxPerSecond meant?",
    );
    expect(() =>
      auditLogs({
        get outbox(): never {
          throw new Error("no");
        },
      }),
    ).toThrow("auditLogs cannot be read: a getter or a proxy throws");
  });
});
