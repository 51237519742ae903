import { describe, expect, it } from "vitest";
import { createClient } from "../../src/workos/client.js";
import { createUserDirectory, type UserDirectory } from "../../src/workos/users.js";

/** The WorkOS API's answer for a user, in its own JSON. */
const userJson = (id: string): Record<string, unknown> => ({
  object: "user",
  id,
  email: `${id}@example.com`,
  email_verified: true,
  first_name: "Ada",
  last_name: "Lovelace",
  profile_picture_url: null,
  last_sign_in_at: null,
  locale: null,
  external_id: null,
  metadata: { team: "blue" },
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
});

function start(): {
  users: UserDirectory;
  requests: Request[];
  clock: { now: number };
  answer: { with: ((url: string) => Response) | undefined };
} {
  const requests: Request[] = [];
  const clock = { now: 1_000_000 };
  const answer: { with: ((url: string) => Response) | undefined } = { with: undefined };
  const client = createClient({
    apiKey: "sk_test_0123456789",
    clientId: "client_01",
    apiUrl: new URL("http://127.0.0.1:4100"),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      await Promise.resolve();
      if (answer.with !== undefined) return answer.with(request.url);
      return Response.json(
        userJson(decodeURIComponent(new URL(request.url).pathname.split("/").at(-1) ?? "")),
      );
    },
  });
  return { users: createUserDirectory(client, () => clock.now), requests, clock, answer };
}

describe("createUserDirectory", () => {
  it("asks the WorkOS API with the key of the environment", async () => {
    const { users, requests } = start();
    const user = await users.get("user_01ADA", { fresh: false });
    expect(user).toMatchObject({
      id: "user_01ADA",
      email: "user_01ADA@example.com",
      firstName: "Ada",
    });
    expect(requests[0]?.url).toBe("http://127.0.0.1:4100/user_management/users/user_01ADA");
    expect(requests[0]?.headers.get("authorization")).toBe("Bearer sk_test_0123456789");
  });

  it("asks once, however many ask at the same time", async () => {
    const { users, requests } = start();
    const all = await Promise.all(
      Array.from({ length: 100 }, () => users.get("user_01ADA", { fresh: false })),
    );
    expect(requests).toHaveLength(1);
    expect(new Set(all).size).toBe(1);
  });

  it("remembers for thirty seconds, each user alone", async () => {
    const { users, requests, clock } = start();
    const first = await users.get("user_01ADA", { fresh: false });
    clock.now += 29_999;
    expect(await users.get("user_01ADA", { fresh: false })).toBe(first);
    expect((await users.get("user_01BOB", { fresh: false })).id).toBe("user_01BOB");
    expect(requests).toHaveLength(2);
    clock.now += 2;
    expect(await users.get("user_01ADA", { fresh: false })).not.toBe(first);
    expect(requests).toHaveLength(3);
  });

  it("asks again when a fresh answer is wanted, and remembers that one", async () => {
    const { users, requests, answer } = start();
    await users.get("user_01ADA", { fresh: false });
    answer.with = () => Response.json({ ...userJson("user_01ADA"), first_name: "Augusta" });
    expect((await users.get("user_01ADA", { fresh: true })).firstName).toBe("Augusta");
    expect((await users.get("user_01ADA", { fresh: false })).firstName).toBe("Augusta");
    expect(requests).toHaveLength(2);
  });

  it("a fresh answer is not one that was asked for before", async () => {
    const { users, requests, answer } = start();
    const before = users.get("user_01ADA", { fresh: false });
    answer.with = () => Response.json({ ...userJson("user_01ADA"), first_name: "Augusta" });
    const fresh = users.get("user_01ADA", { fresh: true });
    expect((await fresh).firstName).toBe("Augusta");
    expect((await before).id).toBe("user_01ADA");
    expect((await users.get("user_01ADA", { fresh: false })).firstName).toBe("Augusta");
    expect(requests).toHaveLength(2);
  });

  it("gives a frozen user, since several requests share it", async () => {
    const { users } = start();
    const user = await users.get("user_01ADA", { fresh: false });
    expect(Object.isFrozen(user)).toBe(true);
    expect(Object.isFrozen(user.metadata)).toBe(true);
    expect(() => {
      (user as { email: string }).email = "eve@example.com";
    }).toThrow(TypeError);
  });

  it("rejects with the SDK's exception and does not remember a failure", async () => {
    const { users, requests, answer } = start();
    answer.with = () =>
      Response.json({ message: "not found", code: "entity_not_found" }, { status: 404 });
    await expect(users.get("user_01ADA", { fresh: false })).rejects.toMatchObject({
      name: "NotFoundException",
      status: 404,
    });
    answer.with = undefined;
    expect((await users.get("user_01ADA", { fresh: false })).id).toBe("user_01ADA");
    expect(requests).toHaveLength(2);
  });

  it("a failed fresh question does not leave the old answer to be taken for a new one", async () => {
    const { users, answer } = start();
    await users.get("user_01ADA", { fresh: false });
    answer.with = () => Response.json({ message: "gone" }, { status: 404 });
    await expect(users.get("user_01ADA", { fresh: true })).rejects.toMatchObject({
      name: "NotFoundException",
    });
    await expect(users.get("user_01ADA", { fresh: false })).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });

  it("gives each of more users than it remembers an answer of its own", async () => {
    const { users } = start();
    const ids = Array.from({ length: 1_200 }, (_, index) => `user_${index}`);
    const found = await Promise.all(ids.map((id) => users.get(id, { fresh: false })));
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it("remembers a thousand users, those asked for last", async () => {
    const { users, requests } = start();
    for (let index = 0; index <= 1_000; index += 1) {
      await users.get(`user_${index}`, { fresh: false });
    }
    await users.get("user_1", { fresh: false });
    expect(requests).toHaveLength(1_001);
    await users.get("user_0", { fresh: false });
    expect(requests).toHaveLength(1_002);
  });

  it("never leaves its path with an ID that looks like one", async () => {
    const { users, requests } = start();
    await users.get("user_1/../../organizations?x=", { fresh: false });
    expect(new URL(requests[0]?.url ?? "").pathname).toBe(
      "/user_management/users/user_1%2F..%2F..%2Forganizations%3Fx%3D",
    );
  });
});

describe("createClient", () => {
  it("makes one client, when first asked", () => {
    const client = createClient({
      apiKey: "sk_test_0123456789",
      clientId: "client_01",
      apiUrl: new URL("https://api.workos.com"),
      fetch: globalThis.fetch,
    });
    expect(client()).toBe(client());
    expect(client().baseURL).toBe("https://api.workos.com");
  });

  it("reaches an API elsewhere", () => {
    const client = createClient({
      apiKey: "sk_test_0123456789",
      clientId: "client_01",
      apiUrl: new URL("http://127.0.0.1:4100"),
      fetch: globalThis.fetch,
    });
    expect(client().baseURL).toBe("http://127.0.0.1:4100");
  });
});
