import { setTimeout as wait } from "node:timers/promises";
import { startEmulator, type Emulator, type Fault } from "@xmcp-dev/authkit-emulator";
import { buildApp } from "../support/app.ts";
import { modern } from "../support/rpc.ts";
import { asking, openLine, type Line, type Surprise, type Task } from "./load.ts";
import { gather, seedOf, type Crowd, type Person } from "./people.ts";
import { soakedApp, startSoaked, type Reading, type SoakedServer } from "./server.ts";

/** What a soak found out. */
export interface SoakFigures {
  /** Requests that were sent, and how long that took in seconds. */
  readonly requests: number;
  readonly seconds: number;
  /** How many answers of each status, by kind of request. */
  readonly statuses: Readonly<Record<string, Record<number, number>>>;
  /** Unwanted answers. */
  readonly surprises: readonly Surprise[];
  /** What was done to the server meanwhile, and how often. */
  readonly troubles: Readonly<Record<string, number>>;
  /** Long streams that were opened by people who were then removed, and how many of them ended. */
  readonly streams: { readonly opened: number; readonly ended: number };
  /** What the server held after so many requests, when warm and at every tenth of the way. */
  readonly readings: readonly { readonly after: number; readonly reading: Reading }[];
  /** What it holds when it is warm and no request comes, and what when everything is over. */
  readonly idle: { readonly before: Reading; readonly after: Reading };
  /** Calls that had to be in the audit log, what arrived there, and what of it twice. */
  readonly audit: { readonly called: number; readonly arrived: number; readonly twice: number };
  /** Lines in the log, by kind of event. */
  readonly logged: Readonly<Record<string, number>>;
}

/** What a soak may be told. */
export interface SoakOptions {
  readonly requests: number;
  readonly say: (line: string) => void;
}

const PEOPLE = 240;
/** With so few left no person is removed any more. */
const FEWEST = 40;
const CONNECTIONS = 8;
/** A part lasts so long, in milliseconds. */
const PART = 1_500;
/** Longest wait for something that must come, in milliseconds. */
const PATIENCE = 30_000;
/** Every third rotation withdraws the old keys. */
const WITHDRAWN_EVERY = 3;
/** Who guesses keys uses up the one fetch in 30 seconds that a new key may cause; so long after, it is there again. */
const MAY_REFETCH_AFTER = 35_000;

const JWKS_FAULTS: readonly Fault[] = [
  "down",
  { status: 500 },
  "hang",
  { body: "<html>" },
  { bytes: 10_000_000 },
  { delayMs: 1_000 },
];
const API_FAULTS: readonly Fault[] = [
  "down",
  { status: 503, retryAfterSeconds: 1 },
  { requests: 5, perSeconds: 1 },
  { delayMs: 400 },
];

/**
 * Sends so many requests to a built app with everything switched on, while keys rotate, the issuer and the API fail in
 * turn, and people are removed; and counts what the server holds.
 */
export async function soak({ requests, say }: SoakOptions): Promise<SoakFigures> {
  const app = await buildApp("soak", { files: soakedApp });
  const url = `${app.baseUrl}/mcp`;
  const authkit = await startEmulator({
    resource: url,
    seed: seedOf(PEOPLE),
    accessTokenLifetimeSeconds: 6 * 3_600,
  });
  const server = await startSoaked(app, authkit.env);
  try {
    return await run({ authkit, server, url, requests, say });
  } finally {
    await server.stop();
    await authkit.close();
  }
}

async function run({
  authkit,
  server,
  url,
  requests,
  say,
}: SoakOptions & {
  readonly authkit: Emulator;
  readonly server: SoakedServer;
  readonly url: string;
}): Promise<SoakFigures> {
  const troubles: Record<string, number> = {};
  let part = "warming up";
  const line = openLine(url, { connections: CONNECTIONS, during: () => part, say });
  const crowd = await gather(authkit, PEOPLE);
  const load = { sent: 0, called: 0, isOver: false };
  const ask = async (task: Task): Promise<void> => {
    load.sent += 1;
    await line.send(task);
  };

  say(`warming up with ${PEOPLE} people`);
  for (const person of crowd.present) {
    for (const tool of ["touch", "greet"]) await ask(wantedOf(person, tool));
  }
  for (let index = 0; index < 4_000; index += 1) await ask(taskFor(index, crowd));
  load.called += Math.floor(4_000 / 50);
  const before = await quiet(server, line);

  const readings: { after: number; reading: Reading }[] = [];
  const startedAt = performance.now();
  const start = load.sent;
  const done = (): number => load.sent - start;
  const gate = createGate();
  const worker = async (): Promise<void> => {
    while (!load.isOver) {
      await gate.enter();
      const index = load.sent;
      if (index % 50 === 0) load.called += 1;
      await ask(taskFor(index, crowd));
      gate.leave();
    }
  };
  const workers = Array.from({ length: CONNECTIONS }, worker);
  const streams = { opened: 0, ended: 0 };
  const trouble = async (name: string, begin: () => unknown): Promise<void> => {
    part = name;
    troubles[name] = (troubles[name] ?? 0) + 1;
    await begin();
    await wait(PART);
    authkit.recover();
  };
  let [rotations, guessedAt] = [0, -Infinity];
  for (let round = 0; done() < requests; round += 1) {
    part = "calm";
    await wait(PART);
    if (performance.now() - guessedAt > MAY_REFETCH_AFTER) {
      const keepOld = rotations % WITHDRAWN_EVERY !== WITHDRAWN_EVERY - 1;
      await trouble(keepOld ? "a key is added" : "the keys are replaced", async () => {
        await gate.close();
        await authkit.rotateKeys({ keepOld });
        await crowd.renew(keepOld ? "kept" : "withdrawn");
        gate.open();
      });
      rotations += 1;
      // The keys can be read, so it can be told that there is none for these.
      for (let count = 0; count < 20; count += 1) {
        const token = await crowd.withUnknownKey();
        await ask({ kind: "unknown key", token, ...asking("touch"), isWanted: refused });
      }
      guessedAt = performance.now();
    }
    await trouble(...faultOf("the keys", "jwks", JWKS_FAULTS, round, authkit));
    await trouble(...faultOf("the API", "api", API_FAULTS, round, authkit));
    if (crowd.present.length > FEWEST) {
      await trouble("a person is removed", () => remove(crowd, authkit, url, streams));
    }
    if (done() >= ((readings.length + 1) * requests) / 10) {
      const reading = await server.read();
      readings.push({ after: done(), reading });
      say(
        `${done()} of ${requests} requests, heap ${reading.heap.toFixed(1)} MB, surprises: ${line.surprises.length}`,
      );
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const total = done();
  load.isOver = true;
  await Promise.all(workers);
  const after = await quiet(server, line, before);
  const audit = await auditOf(authkit, load.called);
  line.close();
  return {
    requests: total,
    seconds,
    statuses: line.counts,
    surprises: line.surprises,
    troubles,
    streams,
    readings,
    idle: { before, after },
    audit,
    logged: server.lines,
  };
}

const refused = (status: number): boolean => status === 401;

/** What the caller may have, and has whatever happens to WorkOS meanwhile. */
function wantedOf({ token }: Person, tool: string): Task {
  return {
    kind: tool,
    token,
    ...asking(tool),
    // The profile cannot be had while the API is away; that is the tool's own answer.
    isWanted: (status, text) =>
      status === 200 && (tool === "greet" || text.includes(`${tool} done`)),
  };
}

/** The request with this number: nine of ten must be served, the others must not. */
function taskFor(index: number, crowd: Crowd): Task {
  const person = crowd.present[index % crowd.present.length] as Person;
  if (index % 50 === 0) return wantedOf(person, "audited");
  switch (index % 20) {
    case 1:
      return { kind: "forged", token: crowd.bad.forged, ...asking("touch"), isWanted: refused };
    case 2:
      return {
        kind: "list",
        token: person.token,
        ...asking(),
        isWanted: (status, text) =>
          status === 200 && text.includes('"touch"') && !text.includes('"locked"'),
      };
    case 3:
      return {
        kind: "denied",
        token: person.token,
        ...asking("locked"),
        isWanted: (status, text) => status === 200 && text.includes("soak:never"),
      };
    case 4: {
      const kind = index % 40 === 4 ? "expired" : "foreign";
      return { kind, token: crowd.bad[kind], ...asking("touch"), isWanted: refused };
    }
    case 5: {
      const one = crowd.gone[index % Math.max(1, crowd.gone.length)];
      if (one === undefined) return wantedOf(person, "touch");
      return { kind: "removed", token: one.token, ...asking("touch"), isWanted: refused };
    }
    default:
      return wantedOf(person, index % 20 < 9 ? "greet" : "touch");
  }
}

function faultOf(
  what: string,
  target: "jwks" | "api",
  faults: readonly Fault[],
  round: number,
  authkit: Emulator,
): [string, () => void] {
  const fault = faults[round % faults.length] as Fault;
  return [
    `${what}: ${typeof fault === "string" ? fault : JSON.stringify(fault)}`,
    () => {
      authkit.fail(target, fault);
    },
  ];
}

/** Removes the last person at WorkOS while a stream of theirs is open, and waits until both have ended. */
async function remove(
  { present, gone }: Crowd,
  authkit: Emulator,
  url: string,
  streams: { opened: number; ended: number },
): Promise<void> {
  // From now on no other request has this token.
  const person = present.pop();
  if (person === undefined) throw new Error("no person is left; make the crowd larger");
  const { ended } = await listen(url, person.token);
  streams.opened += 1;
  const { ok } = await fetch(`${authkit.url}/user_management/users/${person.id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${authkit.apiKey}` },
  });
  if (!ok) throw new Error("the person could not be removed");
  await until("the removed person's token is refused", async () => {
    const { body, headers } = asking("touch");
    const { status } = await fetch(url, {
      method: "POST",
      headers: { ...headersFor(person.token), ...headers, connection: "close" },
      body,
    });
    return status === 401;
  });
  gone.push(person);
  await ended;
  streams.ended += 1;
}

const headersFor = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
});

/** Opens a long stream; `ended` resolves when the server has ended it. */
async function listen(url: string, token: string): Promise<{ readonly ended: Promise<void> }> {
  const { body, headers } = modern("subscriptions/listen", {
    notifications: { toolsListChanged: true },
  });
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headersFor(token), ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const reader = response.body?.getReader();
  const first = await reader?.read();
  if (response.status !== 200 || first?.done !== false) {
    throw new Error(`no stream was opened: ${response.status}`);
  }
  const readOn = async (): Promise<void> => {
    while ((await reader?.read())?.done === false);
  };
  return { ended: readOn() };
}

async function auditOf(authkit: Emulator, called: number): Promise<SoakFigures["audit"]> {
  await until("every audit log event arrives", () =>
    Promise.resolve(authkit.auditLogEvents.length >= called),
  );
  const keys = new Set(authkit.auditLogEvents.map(({ idempotencyKey }) => idempotencyKey));
  const arrived = authkit.auditLogEvents.length;
  return { called, arrived, twice: arrived - keys.size };
}

/** What the server holds once its connections are closed; with a reading to get back to, waits until it has. */
async function quiet(server: SoakedServer, line: Line, before?: Reading): Promise<Reading> {
  line.close();
  let reading = await server.read();
  const isQuiet = (): boolean =>
    before === undefined
      ? reading.sockets <= 2
      : reading.timers <= before.timers && reading.sockets <= before.sockets;
  const end = performance.now() + PATIENCE;
  while (!isQuiet() && performance.now() < end) {
    await wait(200);
    reading = await server.read();
  }
  return reading;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await wait(100);
  }
}

/** Lets work pass until it is closed; closing waits for what is under way. */
function createGate(): {
  readonly enter: () => Promise<void>;
  readonly leave: () => void;
  readonly close: () => Promise<void>;
  readonly open: () => void;
} {
  let inside = 0;
  let opened: Promise<void> | undefined;
  let open = (): void => undefined;
  let emptied: PromiseWithResolvers<void> | undefined;
  return {
    async enter() {
      // It is not closed again before all who waited are in: closing waits for who is inside.
      if (opened !== undefined) await opened;
      inside += 1;
    },
    leave() {
      inside -= 1;
      if (inside === 0) emptied?.resolve();
    },
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      opened = promise;
      open = resolve;
      if (inside === 0) return;
      emptied = Promise.withResolvers();
      await emptied.promise;
      emptied = undefined;
    },
    open() {
      opened = undefined;
      open();
    },
  };
}
