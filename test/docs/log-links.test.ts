import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuthEvent } from "@xmcp-dev/workos";
import { expect, it } from "vitest";
import type { Denial } from "../../packages/workos/src/access/decide.ts";
import { eventDocumentation } from "../../packages/workos/src/trail/documented.ts";
import { EXPECTED_ANSWERS } from "../../packages/workos/test/guard/expected-answers.ts";
import { anchorsOf } from "../../scripts/docs/links.ts";

const DOCS = join(import.meta.dirname, "../../docs");

type Advice = Extract<AuthEvent, { kind: "advice" }>["code"];
type Fault = NonNullable<Extract<AuthEvent, { kind: "fault" }>["reason"]>;

// Each list is whole, or does not compile.
const DENIALS: Readonly<Record<Exclude<Denial["reason"], "access_missing">, true>> = {
  insufficient_scope: true,
  organization_required: true,
  organization_elsewhere: true,
  organization_not_chosen: true,
  not_in_access_map: true,
  denied_in_access_map: true,
  check_denied: true,
  check_failed: true,
  access_unavailable: true,
};
const ADVICE: Readonly<Record<Advice, true>> = {
  environment_audience: true,
  listening_elsewhere: true,
  endpoint_differs: true,
  guard_unproved: true,
  access_map_differs: true,
  recorded_tool_unknown: true,
  list_unreadable: true,
  observer_failed: true,
  check_failed: true,
  rate_limiter_failed: true,
  event_unreadable: true,
  token_lifetime_exceeded: true,
  clock_differs: true,
  audit_event_refused: true,
  audit_outbox_full: true,
  audit_outbox_failed: true,
  audit_organization_missing: true,
  audit_events_left: true,
  nothing_between_requests: true,
};
const FAULTS: Readonly<Record<Fault, true>> = { answer_withheld: true, denied_too_late: true };

/** Reasons that are quoted from the functions that return them. */
const quoted = (file: string, pattern: RegExp): string[] =>
  [...readFileSync(join(DOCS, "../packages/workos/src", file), "utf8").matchAll(pattern)].map(
    ([, reason = ""]) => reason,
  );
const MISSING = quoted("access/explain.ts", /(?:return|[?:]) "([a-z]+(?:_[a-z]+)+)"/g).filter(
  // The kind of a denial, of which these are the reasons.
  (reason) => reason !== "access_missing",
);
const WEBHOOK = quoted("guard/webhook.ts", /^ {2}(webhook_[a-z_]+):/gm);

const keys = <Key extends string>(list: Readonly<Record<Key, unknown>>): Key[] =>
  Object.keys(list) as Key[];
const refused = (reason: string): AuthEvent => ({
  kind: "refused",
  reason,
  status: 401,
  method: "POST",
  detail: "",
  durationMs: 0,
});

/** Everything in the log that asks for something to be done, by the id that is in the line. */
const LOGGED: readonly (readonly [id: string, url: string | undefined])[] = [
  ...[...keys(EXPECTED_ANSWERS), ...keys(DENIALS), ...MISSING, ...WEBHOOK].map(
    (id) => [id, eventDocumentation(refused(id))] as const,
  ),
  ...keys(ADVICE).map(
    (code) => [code, eventDocumentation({ kind: "advice", code, detail: "" })] as const,
  ),
  ...keys(FAULTS).map(
    (reason) => [reason, eventDocumentation({ kind: "fault", reason, detail: "" })] as const,
  ),
  ["internal_fault", eventDocumentation({ kind: "fault", detail: "" })],
  [
    "unreachable",
    eventDocumentation({ kind: "api", about: "access", state: "unreachable", detail: "" }),
  ],
  [
    "refuses",
    eventDocumentation({ kind: "api", about: "own API key", state: "refused", detail: "" }),
  ],
  ["NOT guarding", eventDocumentation({ kind: "unguarded", resource: "", detail: "" })],
];

it("finds the reasons that it quotes", () => {
  expect(MISSING.toSorted()).toEqual([
    "caller_not_allowed",
    "feature_flag_off",
    "organization_not_allowed",
    "permission_missing",
    "role_missing",
    "scope_not_granted",
  ]);
  expect(WEBHOOK).toHaveLength(5);
});

it.each(LOGGED)("%s has an anchor where its URL leads, at what is said of it", (id, url) => {
  const [, page = "", anchor = ""] =
    /^https:\/\/xmcp\.dev\/docs\/integrations\/workos\/([a-z]+)#(.+)$/.exec(url ?? "") ?? [];
  const file = join(DOCS, `${page}.md`);
  expect([url, existsSync(file)]).toEqual([url, true]);
  expect([...anchorsOf(file)]).toContain(anchor);
  // An anchor set by hand could stand in another's row.
  const row = readFileSync(file, "utf8")
    .split("\n")
    .find((line) => line.includes(`<a id="${anchor}">`));
  expect(row ?? id).toContain(id);
});
