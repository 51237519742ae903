import { describe, expect, it } from "vitest";
import { judgeAudience, type AudiencePolicy } from "../../src/token/audience.js";

const RESOURCE = "https://mcp.example.com/mcp";
const CLIENT_ID = "client_01ENVIRONMENT";
const LENIENT: AudiencePolicy = {
  resource: RESOURCE,
  resources: new Set([RESOURCE]),
  clientId: CLIENT_ID,
  environment: "until-registered",
};
const STRICT: AudiencePolicy = { ...LENIENT, environment: "refused" };
const RENAMED: AudiencePolicy = {
  ...STRICT,
  resources: new Set([RESOURCE, "https://old.example/mcp"]),
};

const wrong = (hint: string): object => ({
  ok: false,
  refusal: { reason: "wrong_audience", hint },
});
const NOT_REQUESTED = {
  ok: false,
  refusal: { reason: "resource_not_requested", isRegistered: undefined },
};

describe("T-03: judgeAudience", () => {
  it.each([
    ["this resource", RESOURCE, STRICT, "resource"],
    ["this resource in a list", [RESOURCE], STRICT, "resource"],
    ["this resource twice", [RESOURCE, RESOURCE], STRICT, "resource"],
    ["the old name", "https://old.example/mcp", RENAMED, "resource"],
    ["both names", [RESOURCE, "https://old.example/mcp"], RENAMED, "resource"],
    ["the environment", CLIENT_ID, LENIENT, "environment"],
    ["the environment in a list", [CLIENT_ID], LENIENT, "environment"],
    ["this resource and the environment", [RESOURCE, CLIENT_ID], LENIENT, "environment"],
  ])("RS-41: accepts %s", (_, audience, policy, as) => {
    expect(judgeAudience(audience, policy)).toEqual({ ok: true, as });
  });

  it.each([
    ["no one", []],
    ["a sibling server", "https://mcp.example.com/other"],
    ["a longer path", "https://mcp.example.com/mcp/admin"],
    ["a longer word", "https://mcp.example.com/mcp2"],
    ["a shorter path", "https://mcp.example.com"],
    ["a longer host", "https://mcp.example.com.evil.example/mcp"],
    ["a host in the user part", "https://mcp.example.com@evil.example/mcp"],
    ["a sub-domain", "https://x.mcp.example.com/mcp"],
    ["a query", "https://evil.example/?https://mcp.example.com/mcp"],
    ["another client", "client_01OTHER"],
    ["no URL at all", "mcp"],
    ["a wildcard", "*"],
  ])("RS-41: refuses %s", (_, audience) => {
    expect(judgeAudience(audience, LENIENT)).toEqual(wrong("another audience"));
  });

  it.each([
    ["a trailing slash", "https://mcp.example.com/mcp/"],
    ["several slashes", "https://mcp.example.com/mcp//"],
    ["letter case of the host", "https://MCP.example.com/mcp"],
    ["letter case of the path", "https://mcp.example.com/MCP"],
    ["http", "http://mcp.example.com/mcp"],
    ["the default port", "https://mcp.example.com:443/mcp"],
    ["a query behind it", "https://mcp.example.com/mcp?x=1"],
    ["a trailing slash, beside another", ["https://other.example", `${RESOURCE}/`]],
  ])("RS-41: refuses this resource spelled with %s, and says so to the operator", (_, audience) => {
    expect(judgeAudience(audience, LENIENT)).toEqual(wrong("this resource written differently"));
  });

  it.each([
    ["http://127.0.0.1:3002/mcp", "http://localhost:3002/mcp"],
    ["http://localhost:3002/mcp", "http://127.0.0.1:3002/mcp"],
    ["http://[::1]:3002/mcp", "http://localhost:3002/mcp"],
  ])("knows that %s is %s otherwise spelled, and refuses it", (resource, audience) => {
    expect(
      judgeAudience(audience, { ...STRICT, resource, resources: new Set([resource]) }),
    ).toEqual(wrong("this resource written differently"));
  });

  it.each([
    ["a foreign member behind", [RESOURCE, "https://other.example/mcp"]],
    ["a foreign member before", ["https://other.example/mcp", RESOURCE]],
    ["a foreign client", [RESOURCE, CLIENT_ID, "client_01OTHER"]],
  ])("RS-43: refuses this resource with %s", (_, audience) => {
    expect(judgeAudience(audience, LENIENT)).toEqual(wrong("this resource and another"));
  });

  it("RS-41: refuses the environment when only the resource is accepted", () => {
    expect(judgeAudience(CLIENT_ID, STRICT)).toEqual(NOT_REQUESTED);
    expect(judgeAudience([RESOURCE, CLIENT_ID], STRICT)).toEqual(
      wrong("this resource and another"),
    );
  });

  it("takes the environment from an application, whose tokens say nothing else", () => {
    expect(judgeAudience(CLIENT_ID, STRICT, "application")).toEqual({
      ok: true,
      as: "environment",
    });
    expect(judgeAudience(CLIENT_ID, STRICT, "user")).toEqual(NOT_REQUESTED);
    expect(judgeAudience("https://other.example", STRICT, "application").ok).toBe(false);
  });

  it("takes the resource of an organization for this server's when it is told so", () => {
    const policy = {
      ...STRICT,
      isOrganizationResource: (member: string) => member === `${RESOURCE}/o/org_01`,
    };
    expect(judgeAudience(`${RESOURCE}/o/org_01`, policy)).toEqual({ ok: true, as: "resource" });
    expect(judgeAudience([RESOURCE, `${RESOURCE}/o/org_02`], policy)).toEqual(
      wrong("this resource and another"),
    );
  });

  it("RS-41: refuses the environment with a stranger", () => {
    expect(judgeAudience([CLIENT_ID, "https://other.example"], LENIENT)).toEqual(
      wrong("another audience"),
    );
  });
});
