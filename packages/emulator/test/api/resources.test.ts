import { NotFoundException } from "@workos-inc/node";
import { describe, expect, it } from "vitest";
import { defaultSeed } from "../../src/index.js";
import { errorOf } from "../support/sdk.js";
import { startServer, useServer } from "../support/fixture.js";

const server = useServer();

describe("resource indicators, through the SDK's raw calls", () => {
  const path = "/user_management/authkit_oauth_resources";

  it("adds, lists, moves the default, and removes", async () => {
    const { workos: sdk } = await startServer();
    const first = (await sdk.post(path, { uri: "http://127.0.0.1:3002/mcp", default: true })).data;
    expect(first).toEqual({
      object: "authkit_oauth_resource",
      id: expect.stringMatching(/^authkit_oauth_resource_01/u),
      uri: "http://127.0.0.1:3002/mcp",
      default: true,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    await sdk.post(path, { uri: "http://127.0.0.1:3003/mcp", default: true });
    const list = async (): Promise<unknown> => {
      const { data } = (await sdk.get<{ data: { uri: string; default: boolean }[] }>(path)).data;
      return data.map(({ uri, default: isDefault }) => [uri, isDefault]);
    };
    expect(await list()).toEqual([
      ["http://127.0.0.1:3003/mcp", true],
      ["http://127.0.0.1:3002/mcp", false],
    ]);
    await sdk.delete(`${path}/${first.id}`);
    expect(await list()).toEqual([["http://127.0.0.1:3003/mcp", true]]);
    expect(await errorOf(() => sdk.delete(`${path}/${first.id}`))).toBeInstanceOf(
      NotFoundException,
    );
  });

  it.each([
    ["no URI", {}, 422],
    ["a relative one", { uri: "/mcp" }, 422],
    ["one with a fragment", { uri: "https://mcp.example/#x" }, 422],
    ["a default that is no flag", { uri: "https://mcp.example/", default: "yes" }, 422],
  ])("refuses %s", async (_name, body, status) => {
    expect(await errorOf(() => server.workos.post(path, body))).toMatchObject({ status });
  });

  it("refuses one that is there already", async () => {
    const { workos } = await startServer({
      seed: { ...defaultSeed, resources: [{ uri: "https://mcp.example/" }] },
    });
    expect(await errorOf(() => workos.post(path, { uri: "https://mcp.example/" }))).toMatchObject({
      status: 409,
    });
  });
});
