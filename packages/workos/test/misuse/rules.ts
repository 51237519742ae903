import { denial, error, failed, needs, refused, RULE, success, type Expected } from "./expected.js";

/** Programs about the log, observers and access rules. */
export const RULES: Readonly<Record<string, Expected>> = {
  "3-right-log-beside-an-observer": [
    [],
    denial(
      [],
      "denied_in_access_map",
      "You may not use the tool secrets: this server denies it to every caller.",
      RULE,
    ),
  ],
  "3a-observer-not-called": [
    [
      "TS2322 Type '<Outbox extends string | SharedOutbox = string>(given?: AuditLogOptions<Outbox>) => AuditLogs<Outbox>' is not assignable to type 'Observer'.",
    ],
    refused([
      "observers[0]",
      "is a function: call it if it makes an observer (auditLogs()), else write { name, onEvent(event) { … } }",
    ]),
  ],
  "3b-opentelemetry-not-called": [
    [
      "TS2322 Type '(given?: OpenTelemetryOptions) => Observer' is not assignable to type 'Observer'.",
    ],
    refused([
      "observers[0]",
      "is a function: call it if it makes an observer (openTelemetry()), else write { name, onEvent(event) { … } }",
    ]),
  ],
  "3c-observer-without-a-list": [
    [
      "TS2740 Type 'AuditLogs<string>' is missing the following properties from type 'readonly Observer[]': length, concat, join, slice, and 26 more.",
    ],
    refused(["observers", "must be a list of observers, such as [auditLogs()]"]),
  ],
  "3d-list-in-a-list": [
    ["TS2322 Type '[AuditLogs<string>]' is not assignable to type 'Observer'."],
    refused(
      ["observers[0].name", 'must be a text of 1 to 64 characters, such as "siem"'],
      ["observers[0].onEvent", "must be a function that takes an event"],
    ),
  ],
  "3e-function": [
    [
      "TS2322 Type '(event: any) => undefined' is not assignable to type 'Observer'.",
      "TS7006 Parameter 'event' implicitly has an 'any' type.",
    ],
    refused([
      "observers[0]",
      "is a function: call it if it makes an observer (the function that makes it), else write { name, onEvent(event) { … } }",
    ]),
  ],
  "3f-promise": [
    [
      "TS2739 Type 'Promise<{ name: string; onEvent: () => undefined; }>' is missing the following properties from type 'Observer': name, onEvent",
    ],
    refused(["observers[0]", "is a promise: await it"]),
  ],
  "3g-without-a-name": [
    [
      "TS2741 Property 'name' is missing in type '{ onEvent: () => undefined; }' but required in type 'Observer'.",
    ],
    refused(["observers[0].name", 'must be a text of 1 to 64 characters, such as "siem"']),
  ],
  "3h-same-twice": [
    [],
    refused(["observers[1]", 'has the name "audit-logs", as observers[0] has: give each its own']),
  ],
  "3i-log-true": [
    ["TS2322 Type 'true' is not assignable to type 'false | LogOptions | undefined'."],
    refused(["log", "must be false, or an object with level, format or logger"]),
  ],
  "3j-log-level-warning": [
    ["TS2322 Type '\"warning\"' is not assignable to type 'LogLevel | undefined'."],
    refused(["log.level", 'must be one of "debug", "info", "warn", "error": is "warn" meant?']),
  ],
  "3k-log-level-in-capitals": [
    [
      "TS2820 Type '\"DEBUG\"' is not assignable to type 'LogLevel | undefined'. Did you mean '\"debug\"'?",
    ],
    refused(["log.level", 'must be one of "debug", "info", "warn", "error": is "debug" meant?']),
  ],
  "3l-log-level-unknown": [
    [
      "TS2322 Type '\"trace\"' is not assignable to type 'LogLevel | undefined'.",
      'TS2322 Type \'"pretty"\' is not assignable to type \'"text" | "json" | undefined\'.',
    ],
    refused(
      ["log.level", 'must be one of "debug", "info", "warn", "error"'],
      ["log.format", 'must be one of "json", "text"'],
    ),
  ],
  "3m-log-console": [
    ["TS2322 Type 'Console' is not assignable to type 'false | LogOptions | undefined'."],
    refused(["log", "is a logger: write log: { logger }"]),
  ],
  "3n-log-text": [
    ["TS2322 Type 'string' is not assignable to type 'false | LogOptions | undefined'."],
    refused(["log", 'is an object: write log: { level: "debug" }']),
  ],
  "3o-log-null": [
    ["TS2322 Type 'null' is not assignable to type 'false | LogOptions | undefined'."],
    refused(["log", "must be false, or an object with level, format or logger"]),
  ],
  "3p-observers-undefined": [
    [
      "TS2379 Argument of type '{ observers: undefined; }' is not assignable to parameter of type 'WorkOSProviderConfig' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.   Types of property 'observers' are incompatible.     Type 'undefined' is not assignable to type 'readonly Observer[]'.",
    ],
    refused([
      "observers",
      "is undefined: leave it out if calls are neither audited nor measured, or see where it comes from",
    ]),
  ],
  "3q-observer-that-throws": [
    [],
    denial(
      [
        "[workos] observer_failed: the observer siem failed, and the request went on: the disk is full",
      ],
      "denied_in_access_map",
      "You may not use the tool secrets: this server denies it to every caller.",
      RULE,
    ),
  ],
  "4-promise-of-a-map": [
    [
      "TS2559 Type 'Promise<{ tools: { secrets: \"authenticated\"; }; }>' has no properties in common with type 'AccessMap'.",
    ],
    refused(["access", "must be an object with tools, resources and prompts"]),
  ],
  "4-right-all-permissions": [
    [],
    denial(
      [],
      "permission_missing",
      needs("the tool secrets", 'the permissions "secrets:read", "secrets:list"'),
      RULE,
    ),
  ],
  "4-right-any-role": [[], success("the secret")],
  "4a-roles": [
    [
      "TS2561 Object literal may only specify known properties, but 'roles' does not exist in type 'Condition'. Did you mean to write 'role'?",
    ],
    refused([
      `${RULE}.roles`,
      'is not a key: write role: […], of which any will do; for several at once, role: "…", anyOf: [{ role: "…" }]',
    ]),
  ],
  "4b-callers": [
    [
      "TS2561 Object literal may only specify known properties, but 'callers' does not exist in type 'Condition'. Did you mean to write 'caller'?",
    ],
    refused([`${RULE}.callers`, 'is not a key: write caller: "…"']),
  ],
  "4c-bare-list": [
    ["TS2322 Type '{ role: string; }[]' is not assignable to type 'Rule'."],
    refused([RULE, "is a list, which could mean all or any of it: write { anyOf: [ … ] } for any"]),
  ],
  "4d-some-organization": [
    [
      "TS2322 Type '\"some\"' is not assignable to type '\"required\" | AnyOf<`org_${string}`> | undefined'.",
    ],
    refused([
      `${RULE}.organization`,
      'must be "required", an ID (org_…), or a list of IDs of which any will do; "some" is now "required"',
    ]),
  ],
  "4e-organization-by-name": [
    [
      "TS2322 Type '\"acme\"' is not assignable to type '`org_${string}`'.",
      "TS2322 Type '\"globex\"' is not assignable to type '`org_${string}`'.",
    ],
    refused([
      `${RULE}.organization`,
      'must be "required", an ID (org_…), or a list of IDs of which any will do',
    ]),
  ],
  "4f-role-undefined": [
    [
      "TS2322 Type '{ role: undefined; }' is not assignable to type 'Rule'.   Type '{ role: undefined; }' is not assignable to type 'Condition' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.     Types of property 'role' are incompatible.       Type 'undefined' is not assignable to type 'AnyOf<string>'.",
    ],
    refused([`${RULE}.role`, "is undefined; leave it out, or is a variable not set?"]),
  ],
  "4g-empty-lists": [
    [
      "TS2322 Type '[]' is not assignable to type 'AnyOf<string> | undefined'.   Type '[]' is not assignable to type 'Some<string>'.     Source has 0 element(s) but target requires 1.",
      "TS2322 Type '[]' is not assignable to type 'readonly [string, ...string[]]'.   Source has 0 element(s) but target requires 1.",
      "TS2322 Type '[]' is not assignable to type 'readonly [Condition, ...Condition[]]'.   Source has 0 element(s) but target requires 1.",
    ],
    refused(
      [`${RULE}.permissions`, "must be a list of permission slugs, with at least one"],
      [`${RULE}.role`, "must be a role slug, or a list of them of which any will do"],
      [
        `${RULE}.anyOf`,
        "must be a list of conditions, with at least one, without holes and without members of its own",
      ],
    ),
  ],
  "4h-denied-in-capitals": [
    ["TS2820 Type '\"Denied\"' is not assignable to type 'Rule'. Did you mean '\"denied\"'?"],
    refused([
      RULE,
      'must be "authenticated", "denied" or a condition such as { role: "admin" }: is "denied" meant?',
    ]),
  ],
  "4i-deny": [
    ["TS2322 Type '\"deny\"' is not assignable to type 'Rule'."],
    refused([
      RULE,
      'must be "authenticated", "denied" or a condition such as { role: "admin" }: is "denied" meant?',
    ]),
  ],
  "4j-number": [
    ["TS2322 Type 'number' is not assignable to type 'Rule'."],
    refused([RULE, 'must be "authenticated", "denied" or a condition such as { role: "admin" }']),
  ],
  "4k-true": [
    ["TS2322 Type 'true' is not assignable to type 'Rule'."],
    refused([
      RULE,
      'must be "authenticated", "denied" or a condition such as { role: "admin" }: is "authenticated" meant?',
    ]),
  ],
  "4l-null": [
    ["TS2322 Type 'null' is not assignable to type 'Rule'."],
    refused([RULE, 'must be "authenticated", "denied" or a condition such as { role: "admin" }']),
  ],
  "4m-one-permission": [
    ["TS2322 Type 'string' is not assignable to type 'readonly [string, ...string[]]'."],
    refused([
      `${RULE}.permissions`,
      'must be a list of permission slugs, with at least one: write permissions: ["…"]',
    ]),
  ],
  "4n-misspelt-key": [
    [
      "TS2561 Object literal may only specify known properties, but 'permission' does not exist in type 'Condition'. Did you mean to write 'permissions'?",
    ],
    refused([`${RULE}.permission`, "is unknown: is permissions meant?"]),
  ],
  "4o-misspelt-key-within": [
    [
      "TS2561 Object literal may only specify known properties, but 'permisions' does not exist in type 'Condition'. Did you mean to write 'permissions'?",
    ],
    refused([`${RULE}.anyOf[0].permisions`, "is unknown: is permissions meant?"]),
  ],
  "4p-word-within": [
    ["TS2559 Type 'string' has no properties in common with type 'Condition'."],
    refused([
      `${RULE}.anyOf[0]`,
      'must be a condition: with "authenticated" among them, anyOf asks for nothing; leave anyOf out',
    ]),
  ],
  "4q-check-called": [
    ["TS2322 Type 'boolean' is not assignable to type 'Check'."],
    refused([`${RULE}.check`, "must be a function"]),
  ],
  "4r-misspelt-section": [
    [
      "TS2561 Object literal may only specify known properties, but 'tool' does not exist in type 'AccessMap'. Did you mean to write 'tools'?",
    ],
    refused(["access.tool", "is unknown: is tools meant?"]),
  ],
  "4s-old-words": [
    [
      'TS2322 Type \'"full"\' is not assignable to type \'"allowed" | "all" | undefined\'.',
      'TS2322 Type \'"in-band"\' is not assignable to type \'"http" | "tool-result" | undefined\'.',
    ],
    refused(
      ["access.lists", 'must be "allowed" or "all"; "full" is now "all"'],
      ["access.stepUp", 'must be "http" or "tool-result"; "in-band" is now "tool-result"'],
    ),
  ],
  "4t-no-map": [
    [
      "TS2379 Argument of type '{ access: undefined; }' is not assignable to parameter of type 'WorkOSProviderConfig' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.   Types of property 'access' are incompatible.     Type 'undefined' is not assignable to type 'AccessMap'.",
    ],
    refused([
      "access",
      "is undefined: leave it out if every caller may use everything, or see where it comes from",
    ]),
  ],
  "4u-another-name": [
    [],
    denial(
      [
        '[workos] access_map_differs: access.tools["secret"] is a rule for nothing: the server has no such tool; did you mean secrets?',
        "[workos] access_map_differs: denied to everybody, because the access map does not name it: secrets",
      ],
      "not_in_access_map",
      "You may not use the tool secrets: this server denies it to every caller. Its operator can change that.",
      "no rule",
    ),
  ],
  "4v-roles-in-a-tool": [
    [
      "TS2561 Object literal may only specify known properties, but 'roles' does not exist in type 'Requirements'. Did you mean to write 'role'?",
    ],
    error(
      'access.require() was given requirements that cannot work: requirements.roles is not a key: write role: "…"',
      failed(
        "access.require()",
        'access.require() was given requirements that cannot work: requirements.roles is not a key: write role: "…"',
      ),
    ),
  ],
  "4w-no-requirements": [
    [],
    error(
      'access.has() was given requirements that cannot work: requirements asks for nothing; write "authenticated" if every caller may',
      failed(
        "access.has()",
        'access.has() was given requirements that cannot work: requirements asks for nothing; write "authenticated" if every caller may',
      ),
    ),
  ],
  "4x-role-undefined-in-a-tool": [
    [
      "TS2379 Argument of type '{ organization: \"org_01ACME\"; role: undefined; }' is not assignable to parameter of type 'Requirements' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.   Types of property 'role' are incompatible.     Type 'undefined' is not assignable to type 'AnyOf<string>'.",
    ],
    error(
      "access.require() was given requirements that cannot work: requirements.role is undefined; leave it out, or is a variable not set?",
      failed(
        "access.require()",
        "access.require() was given requirements that cannot work: requirements.role is undefined; leave it out, or is a variable not set?",
      ),
    ),
  ],
  "4y-flags-not-resolved": [
    [],
    error(
      "access.require() was given featureFlags, which are not resolved: call getAccess({ featureFlags: true })",
      failed(
        "access.require()",
        "access.require() was given featureFlags, which are not resolved: call getAccess({ featureFlags: true })",
      ),
    ),
  ],
  "4z-unknown-caller": [
    ["TS2322 Type '\"robot\"' is not assignable to type 'AnyOf<CallerKind> | undefined'."],
    refused([
      `${RULE}.caller`,
      'must be "user", "application", "api-key", or a list of these of which any will do',
    ]),
  ],
};
