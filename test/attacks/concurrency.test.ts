import { afterAll, beforeAll, expect, it } from "vitest";
import { startPair, type Pair } from "../support/authkit.ts";
import { postToolCall } from "../support/tool-call.ts";

const PEOPLE = Array.from({ length: 20 }, (_, index) => {
  const number = String(index).padStart(2, "0");
  return {
    id: `user_01KCR0WD${number}0000000000000000`,
    email: `person${number}@crowd.test`,
    firstName: `Person ${number}`,
  };
});

/** Reads the session at once, after waiting, after an API call, in a timer and at the end: all must agree. */
const TOOL = `
import { getSession, getUser } from "@xmcp-dev/workos";
import { setTimeout as wait } from "node:timers/promises";

export const metadata = { name: "crowd", description: "Who is calling, asked in many ways" };
export default async function crowd() {
  const seen = [getSession().userId];
  await wait(Math.random() * 30);
  seen.push(getSession().userId);
  seen.push((await getUser()).id);
  await new Promise((resolve) => setTimeout(() => { seen.push(getSession().userId); resolve(undefined); }, Math.random() * 30));
  queueMicrotask(() => { seen.push(getSession().userId); });
  await wait(1);
  return JSON.stringify(seen);
}
`;

/** A queue and a timer that the first request creates, and that outlive it. */
const LATE = `
import { getSession } from "@xmcp-dev/workos";

const late: string[] = [];
const look = () => { try { late.push(getSession().userId); } catch (error) { late.push((error as { code: string }).code); } };
// Created while this module is first imported: inside the first request that calls a tool.
setInterval(look, 5);
export const metadata = { name: "late", description: "What outlives a request sees no session" };
export default async function lateTool() {
  const seen = late.splice(0);
  return JSON.stringify(seen);
}
`;

let pair: Pair;

beforeAll(async () => {
  pair = await startPair("concurrency", {
    files: { "src/tools/crowd.ts": TOOL, "src/tools/late.ts": LATE },
    seed: { users: PEOPLE, memberships: [], directoryUsers: [] },
  });
});

afterAll(async () => {
  await pair?.stop();
});

async function callTool(name: string, userId: string): Promise<unknown> {
  const token = await pair.authkit.token({ as: userId });
  const response = await postToolCall(pair.app.mcpUrl, token, name);
  const text = await response.text();
  const message = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as {
    result: { content: [{ text: string }]; isError?: boolean };
  };
  if (message.result.isError === true) throw new Error(message.result.content[0].text);
  return JSON.parse(message.result.content[0].text);
}

it("T-02: 200 concurrent calls by 20 people never see another's session", async () => {
  const callers = Array.from({ length: 200 }, (_, index) => PEOPLE[index % 20]?.id ?? "");
  const answers = await Promise.all(callers.map((userId) => callTool("crowd", userId)));
  expect(answers).toEqual(callers.map((userId) => [userId, userId, userId, userId, userId]));
});

it("T-02: a timer born inside a request finds no session once its response is closed, nor ever another's", async () => {
  const [first, second] = PEOPLE;
  await callTool("late", first?.id ?? "");
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  await callTool("late", second?.id ?? "");
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  const seen = (await callTool("late", second?.id ?? "")) as string[];
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set(["no_session"]));
});
