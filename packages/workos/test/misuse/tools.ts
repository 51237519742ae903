import {
  CANNOT_TELL,
  CHECK_FAILED,
  denial,
  denied,
  DISOBEYED,
  error,
  failed,
  fault,
  needs,
  OUTAGE,
  refused,
  RULE,
  success,
  UNAWAITED_ACCESS,
  UNAWAITED_CALL,
  UNAWAITED_ON,
  UNUSED_ANSWER,
  withheld,
  type Expected,
} from "./expected.js";

/** Programs about what a tool or a check asks: the await, the rights, the errors. */
export const TOOLS: Readonly<Record<string, Expected>> = {
  "1-right-a-denial": [
    [],
    denial([], "permission_missing", needs("this tool", 'the permission "secrets:read"')),
  ],
  "1-right-another-way": [[], success("the rest")],
  "1-right-denial-on-a-document": [
    [],
    denial(
      [],
      "permission_missing",
      'You may not use this tool: it needs the permission "docs:read" on the resource "authz_resource_01DOC". An administrator of the organization org_01ACME can assign you a role on that resource, or on one above it, that has it, in WorkOS. Signing in again does not.',
    ),
  ],
  "1-right-each-document": [[], success("the rest")],
  "1-right-failure-beside-access": [[], error("the database is gone")],
  "1-right-requirement-met": [[], success("the secret")],
  "1a-require-of-a-promise": [
    ["TS2339 Property 'require' does not exist on type 'Promise<Access>'."],
    error("access.require is not a function"),
  ],
  "1b-has-of-a-promise": [
    ["TS2339 Property 'has' does not exist on type 'Promise<Access>'."],
    error("access.has is not a function"),
  ],
  "1c-promise-as-condition": [
    [
      "TS2801 This condition will always return true since this 'Promise<Access>' is always defined.",
    ],
    withheld(fault(UNAWAITED_ACCESS)),
  ],
  "1d-promise-negated": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1e-void-access": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1f-then-not-returned": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1g-then-not-returned-beside-an-await": [
    [],
    withheld(denied("role_missing", needs("this tool", 'the role "admin"')), fault(DISOBEYED)),
  ],
  "1h-guard-without-await": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1i-guard-without-await-beside-an-await": [
    [],
    withheld(
      denied("permission_missing", needs("this tool", 'the permission "secrets:read"')),
      fault(DISOBEYED),
    ),
  ],
  "1j-in-a-template": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1k-in-filter": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1l-on-in-some": [[], withheld(fault(UNAWAITED_ON))],
  "1m-in-map": [[], withheld(fault(UNAWAITED_ACCESS))],
  "1n-on-as-condition": [
    [
      "TS2801 This condition will always return true since this 'Promise<ResourceAccess>' is always defined.",
    ],
    withheld(fault(UNAWAITED_ON)),
  ],
  "1o-on-negated": [[], withheld(fault(UNAWAITED_ON))],
  "1p-on-of-a-promise": [
    ["TS2339 Property 'isAllowed' does not exist on type 'Promise<ResourceAccess>'."],
    withheld(fault(UNAWAITED_ON)),
  ],
  "1q-on-void": [[], withheld(fault(UNAWAITED_ON))],
  "1r-on-then-not-returned": [[], withheld(fault(UNAWAITED_ON))],
  "1s-on-answer-as-condition": [[], withheld(fault(UNUSED_ANSWER))],
  "1t-denial-caught": [
    [],
    withheld(
      denied("permission_missing", needs("this tool", 'the permission "secrets:read"')),
      fault(DISOBEYED),
    ),
  ],
  "1u-denial-in-all-settled": [
    [],
    withheld(
      denied("permission_missing", needs("this tool", 'the permission "secrets:read"')),
      fault(DISOBEYED),
    ),
  ],
  "1v-requirements-misspelt-and-caught": [
    [
      "TS2561 Object literal may only specify known properties, but 'permissons' does not exist in type 'Requirements'. Did you mean to write 'permissions'?",
    ],
    withheld(
      failed(
        "access.has()",
        "access.has() was given requirements that cannot work: requirements.permissons is unknown: is permissions meant?",
      ),
      fault(DISOBEYED),
    ),
  ],
  "1w-not-blocked-in-an-outage": [[], denial([...OUTAGE], "access_unavailable", CANNOT_TELL)],
  "1x-not-suspended-in-an-outage": [[], denial([...OUTAGE], "access_unavailable", CANNOT_TELL)],
  "1y-on-answer-beside-a-used-one": [[], withheld(fault(UNUSED_ANSWER))],
  "1za-on-answer-serialized": [[], withheld(fault(UNUSED_ANSWER))],
  "1zb-promise-negated-beside-an-await": [[], withheld(fault(UNAWAITED_ACCESS))],
  "2-right-has": [[], success("the secret")],
  "2a-role-of-the-call": [
    ["TS2339 Property 'role' does not exist on type 'Call'."],
    denial(
      [
        failed(
          RULE,
          'the call has no member "role"; there are kind, name, arguments, caller, workos, access',
        ),
      ],
      "check_failed",
      CHECK_FAILED,
      RULE,
    ),
  ],
  "2b-role-of-the-caller": [
    [
      "TS2339 Property 'role' does not exist on type 'Caller'.   Property 'role' does not exist on type 'UserCaller'.",
    ],
    denial(
      [
        failed(
          RULE,
          'the caller has no member "role"; there are kind, id, organizationId, clientId, scopes, impersonator, claims',
        ),
      ],
      "check_failed",
      CHECK_FAILED,
      RULE,
    ),
  ],
  "2c-session-and-call": [
    [
      "TS2322 Type '(session: any, call: any) => boolean' is not assignable to type 'Check'.   Target signature provides too few arguments. Expected 2 or more, but got 1.",
      "TS7006 Parameter 'session' implicitly has an 'any' type.",
      "TS7006 Parameter 'call' implicitly has an 'any' type.",
    ],
    refused([
      `${RULE}.check`,
      "must take one argument, the call; who calls is call.caller: ({ caller, arguments: args }) => …",
    ]),
  ],
  "2d-role-of-access": [
    ["TS2551 Property 'role' does not exist on type 'Access'. Did you mean 'roles'?"],
    denial(
      [
        failed(
          RULE,
          'the access has no member "role"; there are caller, permissions, roles, membershipId, has, require, on',
        ),
      ],
      "check_failed",
      CHECK_FAILED,
      RULE,
    ),
  ],
  "2e-access-without-await": [
    ["TS2339 Property 'roles' does not exist on type 'Promise<Access>'."],
    denial([failed(RULE, UNAWAITED_CALL)], "check_failed", CHECK_FAILED, RULE),
  ],
  "2f-access-then-not-returned": [
    [],
    denial([failed(RULE, UNAWAITED_CALL)], "check_failed", CHECK_FAILED, RULE),
  ],
  "2g-truthy-answer": [
    [
      "TS2322 Type '() => string' is not assignable to type 'Check'.   Type 'string' is not assignable to type 'boolean | Promise<boolean>'.",
    ],
    denial(
      [failed(RULE, "it returned string, and must return true or false")],
      "check_failed",
      CHECK_FAILED,
      RULE,
    ),
  ],
  "2h-not-suspended-in-an-outage": [
    [],
    denial(
      [
        ...OUTAGE,
        failed(RULE, "the caller's membership and rights could not be had from the WorkOS API"),
      ],
      "access_unavailable",
      "Whether you may use the tool secrets cannot be found out at the moment. Try again in a few seconds.",
      RULE,
      503,
    ),
  ],
  "2i-session-before-and-after": [[], success(",,member")],
  "2j-no-return": [
    [
      "TS2322 Type '({ caller }: Call) => void' is not assignable to type 'Check'.   Type 'void' is not assignable to type 'boolean | Promise<boolean>'.",
    ],
    denial(
      [failed(RULE, "it returned undefined, and must return true or false")],
      "check_failed",
      CHECK_FAILED,
      RULE,
    ),
  ],
  "2l-on-answer-beside-a-used-one": [
    [],
    denial([failed(RULE, UNUSED_ANSWER)], "check_failed", CHECK_FAILED, RULE),
  ],
  "2k-session-of-the-call": [
    ["TS2339 Property 'session' does not exist on type 'Call'."],
    denial(
      [
        failed(
          RULE,
          'the call has no member "session"; there are kind, name, arguments, caller, workos, access',
        ),
      ],
      "check_failed",
      CHECK_FAILED,
      RULE,
    ),
  ],
  "7a-reason-of-a-denial": [
    [],
    error(
      "access_denied role_missing https://xmcp.dev/docs/integrations/workos/errors#access_denied admin",
      denied("role_missing", needs("this tool", 'the role "admin"')),
    ),
  ],
  "7b-cause-of-an-outage": [
    [],
    error(
      "access_unavailable https://xmcp.dev/docs/integrations/workos/errors#access_unavailable WorkOSAuthError: the caller's membership and rights could not be had from the WorkOS API",
      ...OUTAGE,
      failed(
        "access.on()",
        "the caller's membership and rights could not be had from the WorkOS API",
      ),
      denied("access_unavailable", CANNOT_TELL),
    ),
  ],
  "7c-problems-as-texts": [
    ["TS2339 Property 'toUpperCase' does not exist on type 'Problem'."],
    { throws: "problem.toUpperCase is not a function" },
  ],
  "8-right-access-in-a-timer": [[], success("no")],
  "8a-session-at-module-level": [
    [],
    {
      throws:
        "getSession() was called outside an authenticated request. Call it inside a tool, prompt or resource that is served over HTTP behind workosProvider(): is it the default export of src/middleware.ts, as it is? There is no session at module level and none on the stdio transport.",
    },
  ],
};
