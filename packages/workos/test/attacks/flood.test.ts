import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { workosProvider, type WorkOSMiddleware } from "../../src/index.js";
import { GOOD_CONFIG, startGuarded } from "../support/guarded-server.js";
import { base64url, createHomeIssuer, goodClaims, NOW } from "../support/issuer.js";
import { callInProcess } from "./in-process.js";

/** Ten thousand callers without ten thousand sockets. */
async function flood(
  middleware: WorkOSMiddleware,
  tokens: Iterable<string>,
): Promise<{ statuses: Map<number, number>; reached: number }> {
  const statuses = new Map<number, number>();
  let reached = 0;
  for (const token of tokens) {
    const { status, isReached } = await callInProcess(middleware, `Bearer ${token}`);
    if (isReached) reached += 1;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return { statuses, reached };
}

/** The statuses of calls that are all under way at once. */
async function flock(
  middleware: WorkOSMiddleware,
  tokens: Iterable<string>,
): Promise<Map<number, number>> {
  const answers = await Promise.all(
    Array.from(tokens, (token) => callInProcess(middleware, `Bearer ${token}`)),
  );
  const statuses = new Map<number, number>();
  for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return statuses;
}

const header = (kid: string): string => base64url(JSON.stringify({ alg: "RS256", kid }));
const payload = base64url(JSON.stringify(goodClaims()));

function* of(count: number, make: (index: number) => string): Generator<string> {
  for (let index = 0; index < count; index += 1) yield make(index);
}

it("T-12 RS-53 RS-56: ten thousand garbage tokens cost one key-set fetch a second beside the first", async () => {
  const issuer = createHomeIssuer();
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: false },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  const garbage = await flood(
    middleware,
    of(4_000, () => randomBytes(48).toString("base64url")),
  );
  expect(garbage.statuses).toEqual(new Map([[401, 4_000]]));
  expect(issuer.requests).toEqual([]);

  const signature = randomBytes(256).toString("base64url");
  const unknown = await flock(
    middleware,
    of(4_500, (index) => `${header(`key_${index + 2}`)}.${payload}.${signature}`),
  );
  expect(unknown).toEqual(new Map([[401, 4_500]]));
  // The one that brought the keys, and one for a key that may have come since.
  expect(issuer.keySetFetches()).toBe(2);
  // A thousand of the others wait a second for the next fetch, and the rest are told to come back.
  const others = await flock(
    middleware,
    of(1_500, (index) => `${header(`other_${index}`)}.${payload}.${signature}`),
  );
  expect(others).toEqual(
    new Map([
      [503, 500],
      [401, 1_000],
    ]),
  );
  expect(issuer.keySetFetches()).toBe(3);
});

it("T-12: five thousand forgeries with a known key leave nothing behind and evict no good token", async () => {
  const issuer = createHomeIssuer();
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: false },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  const good = `Bearer ${issuer.sign()}`;
  expect(await callInProcess(middleware, good)).toEqual({ status: 200, isReached: true });
  const signature = randomBytes(256).toString("base64url");
  const forgeries = of(5_000, (index) => {
    const claims = base64url(JSON.stringify({ ...goodClaims(), jti: `forged_${index}` }));
    return `${header("key_1")}.${claims}.${signature}`;
  });
  const { statuses, reached } = await flood(middleware, forgeries);
  expect([statuses, reached]).toEqual([new Map([[401, 5_000]]), 0]);
  expect(issuer.keySetFetches()).toBe(1);
  expect(await callInProcess(middleware, good)).toEqual({ status: 200, isReached: true });
});

it("RS-56: with the keys at hand, a flood of unknown keys costs a fetch a second and not one each", async () => {
  const server = await startGuarded();
  expect((await server.ask(server.issuer.sign())).status).toBe(200);
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      server.ask(`${header(`key_${index + 2}`)}.${payload}.AAAA`).then(({ status }) => status),
    ),
  );
  expect(new Set(answers)).toEqual(new Set([401]));
  // How many seconds they take depends on the machine.
  expect(server.issuer.keySetFetches()).toBeLessThan(30);
  expect((await server.ask(server.issuer.sign())).status).toBe(200);
});

it("T-21: a token of a new key gets in beside a flood of invented ones, and no good token is refused", async () => {
  const server = await startGuarded();
  expect((await server.ask(server.issuer.sign())).status).toBe(200);
  const invented = (count: number, name: string): Promise<Response>[] =>
    Array.from({ length: count }, (_, index) =>
      server.ask(`${header(`${name}_${index}`)}.${payload}.AAAA`),
    );
  const before = invented(50, "before");
  server.issuer.addKey("key_2");
  const good = Array.from({ length: 20 }, () => server.ask(server.issuer.sign({ kid: "key_2" })));
  const after = invented(50, "after");
  expect(new Set((await Promise.all(good)).map(({ status }) => status))).toEqual(new Set([200]));
  const answers = await Promise.all([...before, ...after]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});

it("RS-56: an issuer that is down is not flooded, and no caller is let in", async () => {
  const issuer = createHomeIssuer();
  issuer.answer = () => Promise.reject(new TypeError("fetch failed"));
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: false },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  const good = issuer.sign();
  const { statuses, reached } = await flood(
    middleware,
    of(2_000, () => good),
  );
  expect([statuses, reached]).toEqual([new Map([[503, 2_000]]), 0]);
  expect(issuer.keySetFetches()).toBe(1);
});

it("RS-57: a token that was refused is asked about anew, and one accepted is not let in by a part of it", async () => {
  const server = await startGuarded();
  const token = server.issuer.sign();
  expect((await server.ask(token)).status).toBe(200);
  for (const length of [token.length - 1, token.length - 100, 20]) {
    expect((await server.ask(token.slice(0, length))).status).toBe(401);
  }
  expect((await server.ask(`${token}A`)).status).toBe(401);
  expect((await server.ask(token)).status).toBe(200);
});
