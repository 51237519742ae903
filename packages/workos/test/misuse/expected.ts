import type { Run } from "./run-program.js";

/** What comes of a program: what the compiler says under `strict`, and what happens at run time. */
export type Expected = readonly [compiles: readonly string[], runs: Run];

export const RULE = 'access.tools["secrets"]';
export const UNAWAITED_ACCESS = unawaited("getAccess()");
export const UNAWAITED_CALL = unawaited("call.access()");
export const UNAWAITED_ON = unawaited("access.on()");
export const UNUSED_ANSWER =
  "access.on() was awaited and its answer not used. The answer is an object, which is always true: test the isAllowed of each answer, or call its require(), also where every() or some() stops early";
export const DISOBEYED =
  "access.require() or access.has() threw, and the answer is a success all the same. Let the error leave the tool, await the function that asks, and use access.has() to go on without the right";
export const CANNOT_TELL =
  "Whether you may use this tool cannot be found out at the moment. Try again in a few seconds.";
export const CHECK_FAILED =
  "You may not use the tool secrets now: the server's own check failed. Try again, and tell the operator of the server if it lasts.";
/** What the log has first while WorkOS cannot be asked. */
export const OUTAGE = [
  "[workos] The WorkOS API is unreachable for memberships: the roles of organizations cannot be asked for: the WorkOS API answered 503",
  "[workos] The WorkOS API is unreachable for memberships: memberships cannot be asked for: the WorkOS API answered 503",
];

function unawaited(name: string): string {
  return `the answer began before ${name} had resolved: an await is missing, before ${name} or before the function that calls it`;
}

export const needs = (use: string, what: string): string =>
  `You may not use ${use}: it needs ${what}. An administrator of the organization org_01ACME can give it to you, in WorkOS. Signing in again does not.`;

/** The server does not start: the path of each problem, and what is wrong there. */
export const refused = (
  ...problems: readonly (readonly [path: string, isWrong: string])[]
): Run => ({
  problems: problems.map(([path, isWrong]) => [path, `${path} ${isWrong}`]),
});

export const success = (answer: string, ...log: readonly string[]): Run => ({
  status: 200,
  answer,
  isError: false,
  log,
});
export const error = (answer: string, ...log: readonly string[]): Run => ({
  status: 200,
  answer,
  isError: true,
  log,
});
/** The answer is withheld; in an event stream the status is 200 all the same. */
export const withheld = (...log: readonly string[]): Run => ({
  status: 500,
  answer: "answer_withheld",
  isError: true,
  log,
});
/** The caller reads why it may not, and so does the log. */
export const denial = (
  before: readonly string[],
  ...[reason, detail, by, status = 200]: Parameters<typeof denied>
): Run => ({
  status,
  answer: status === 200 ? detail : reason,
  isError: true,
  log: [...before, denied(reason, detail, by, status)],
});

export const denied = (
  reason: string,
  detail: string,
  by = "access.require()",
  status = 200,
): string =>
  `[workos] Denied tools/call of tool secrets to user user_01ADA in org_01ACME with ${status} ${reason}, by ${by}: ${detail}`;
export const fault = (detail: string): string =>
  `[workos] Fault in what this server runs, answer_withheld: tool secrets: ${detail}`;
export const failed = (by: string, detail: string): string =>
  `[workos] check_failed: the check of ${by} failed, so the call was denied: ${detail}`;
