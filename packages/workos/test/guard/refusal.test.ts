import { describe, expect, it } from "vitest";
import { refusalForm, type Refusal, type RefusalForm } from "../../src/guard/refusal.js";
import { RESOURCE } from "../support/issuer.js";
import { EXPECTED_ANSWERS } from "./expected-answers.js";

/** What the refusals that say more are about. */
const ABOUT: Partial<Readonly<Record<string, object>>> = {
  rate_limited: { caller: "user user_01ADA", retryAfter: 7 },
  ...Object.fromEntries(
    [
      "batch_too_long",
      "too_many_targets",
      "name_too_long",
      "too_many_checks",
      "checks_waiting",
      "client_left",
      "too_many_streams",
    ].map((reason) => [reason, { caller: "user user_01ADA" }]),
  ),
  body_unreadable: { body: "unparsed" },
  token_malformed: { part: "payload" },
  not_an_access_token: { claim: "nonce" },
  wrong_audience: { hint: "another audience" },
  claim_missing: { claim: "exp" },
  claim_invalid: { claim: "roles" },
  custom_claims_invalid: { paths: ["plan", "seats.0"] },
  caller_not_accepted: { caller: "application" },
};

const formFor = (reason: string, about: object = {}): RefusalForm =>
  refusalForm({ reason, ...about } as Refusal, RESOURCE);

describe("formOf", () => {
  it.each(Object.entries(EXPECTED_ANSWERS))("RS-21 RS-26: %s on the wire", (reason, answer) => {
    const { status, error, description } = formFor(reason, ABOUT[reason]);
    expect([status, error, description]).toEqual(answer);
  });

  it("gives the operator a sentence of its own for each", () => {
    const details = Object.keys(EXPECTED_ANSWERS).map(
      (reason) => formFor(reason, ABOUT[reason]).detail,
    );
    for (const detail of details) expect(detail).toMatch(/^\S.{20,}[^\s.;:,]$/);
    expect(new Set(details).size).toBe(details.length);
  });

  it.each([
    ["rate_limited", "user user_01ADA has used up its calls and may come back in 7 s"],
    ["token_malformed", "(at fault: payload)"],
    ["not_an_access_token", "by its claim nonce"],
    ["wrong_audience", `expected aud ${RESOURCE}, found another audience`],
    ["claim_missing", "the token has no exp claim"],
    ["claim_invalid", "the claim roles has the wrong type or form"],
    ["custom_claims_invalid", "refused the token at: plan, seats.0"],
    ["caller_not_accepted", 'add "application" if it may call'],
    ["batch_too_long", "user user_01ADA sent a JSON-RPC batch"],
    ["too_many_targets", "the messages of user user_01ADA name more"],
    ["name_too_long", "a message of user user_01ADA names"],
    ["too_many_checks", "what the messages of user user_01ADA name"],
    ["checks_waiting", "1,000 checks of user user_01ADA wait"],
    ["too_many_streams", "user user_01ADA has as many streams open as maxStreamsPerCaller allows"],
    ["custom_claims_unknown", "see what the schema waits for"],
    ["client_left", "user user_01ADA left while checks were being asked"],
    // The log names the page with the cure.
    ["host_not_allowed", "set baseURL (BASE_URL) to its public https URL"],
    ["origin_not_allowed", "add its origin to allowedOrigins"],
    ["credentials_missing", "the request carried no Authorization header"],
    ["api_unavailable", "see the line about it"],
    ["keys_unavailable", "see the line about its key set"],
    ["wrong_issuer", "authkitDomain (WORKOS_AUTHKIT_DOMAIN)"],
    ["organization_malformed", "organizationInPath"],
    ["wrong_organization", "the person has to choose it at sign-in"],
    ["organization_refused", "its client refreshed the old sign-in"],
    ["body_unreadable", "mount the JSON parser before workosProvider(), such as express.json()"],
    ["resource_not_requested", "it has to send the resource parameter (RFC 8707)"],
    ["token_too_old", "set revocation.maxTokenLifetimeSeconds"],
    ["revocations_unknown", "revocation.failClosedAfterSeconds"],
    ["consent_withdrawn", "the consent was withdrawn"],
  ])("%s says in the log what to do: %s", (reason, words) => {
    expect(formFor(reason, ABOUT[reason]).detail).toContain(words);
  });

  it.each([
    ["this resource written differently", "spelled otherwise", "byte by byte"],
    ["this resource and another", "together with another audience", "never accepted"],
    ["another organization's resource", "of another organization, or of none", "sign in"],
    ["another audience", "another audience. If", "MCP resource indicators"],
  ])("RS-41: an audience that is %s is told apart, and never quoted", (hint, found, cure) => {
    const { detail } = formFor("wrong_audience", { hint });
    expect(detail).toContain(found);
    expect(detail).toContain(cure);
  });
});
