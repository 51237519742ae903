import { refused, success, type Expected } from "./expected.js";

/** Programs about units, unknown options and the audience. */
export const OPTIONS: Readonly<Record<string, Expected>> = {
  "5a-a-minute-in-milliseconds": [
    [],
    refused(
      [
        "clockToleranceSeconds",
        "must be a number of seconds from 0 to 60: are milliseconds meant? 60,000 ms are 60",
      ],
      [
        "revocation.pollSeconds",
        "must be a number of seconds from 1 to 3,600: are milliseconds meant? 60,000 ms are 60",
      ],
      [
        "revocation.consentCheckSeconds",
        "must be a number of seconds from 1 to 3,600: are milliseconds meant? 60,000 ms are 60",
      ],
      [
        "revocation.failClosedAfterSeconds",
        "must be a number of seconds from 20 to 3,600: are milliseconds meant? 60,000 ms are 60",
      ],
    ),
  ],
  "5b-five-minutes-in-milliseconds": [
    [],
    refused(
      ["clockToleranceSeconds", "must be a number of seconds from 0 to 60"],
      [
        "revocation.pollSeconds",
        "must be a number of seconds from 1 to 3,600: are milliseconds meant? 300,000 ms are 300",
      ],
      [
        "revocation.maxTokenLifetimeSeconds",
        "must be a number of seconds from 60 to 86,400: are milliseconds meant? 300,000 ms are 300",
      ],
      [
        "revocation.consentCheckSeconds",
        "must be a number of seconds from 1 to 3,600: are milliseconds meant? 300,000 ms are 300",
      ],
      [
        "revocation.failClosedAfterSeconds",
        "must be a number of seconds from 20 to 3,600: are milliseconds meant? 300,000 ms are 300",
      ],
    ),
  ],
  "5c-old-names": [
    [
      "TS2353 Object literal may only specify known properties, and 'poll' does not exist in type 'RevocationOptions'.",
    ],
    refused(
      ["proxies", "is now called trustedProxyCount"],
      ["keepArguments", "is now called recordArguments"],
      ["claims", "is now called claimsSchema"],
      ["revocation.poll", "is now called pollSeconds"],
      ["revocation.longestToken", "is now called maxTokenLifetimeSeconds"],
      ["revocation.consents", "is now called consentCheckSeconds"],
      ["revocation.failClosedAfter", "is now called failClosedAfterSeconds"],
    ),
  ],
  "5d-durations-as-text": [
    [
      "TS2322 Type 'string' is not assignable to type 'number'.",
      "TS2322 Type 'string' is not assignable to type 'number'.",
    ],
    refused(
      ["clockToleranceSeconds", "must be a number of seconds from 0 to 60"],
      ["revocation.pollSeconds", "must be a number of seconds from 1 to 3,600"],
      ["revocation.failClosedAfterSeconds", "must be a number of seconds from 20 to 3,600"],
    ),
  ],
  "5e-misspelt-options": [
    [
      "TS2353 Object literal may only specify known properties, and 'lvl' does not exist in type 'LogOptions'.",
      "TS2353 Object literal may only specify known properties, and 'events' does not exist in type '{ readonly secret: string; readonly path: string; }'.",
    ],
    refused(
      ["acess", "is unknown: is access meant?"],
      ["revocation.pollSecond", "is unknown: is pollSeconds meant?"],
      ["revocation.webhook.events", "is unknown; there are secret, path"],
      ["log.lvl", "is unknown; there are level, format, logger"],
    ),
  ],
  "5f-misspelt-audit-option": [
    [
      "TS2561 Object literal may only specify known properties, but 'outbx' does not exist in type 'AuditLogOptions<string>'. Did you mean to write 'outbox'?",
    ],
    refused(["auditLogs.outbx", "is unknown: is outbox meant?"]),
  ],
  "5g-misspelt-telemetry-option": [
    [
      "TS2353 Object literal may only specify known properties, and 'tracer' does not exist in type 'OpenTelemetryOptions'.",
    ],
    refused(["openTelemetry.tracer", "is unknown; there are tracerProvider, meterProvider"]),
  ],
  "5h-misspelt-override": [
    [
      "TS2561 Object literal may only specify known properties, but 'fetsh' does not exist in type 'RuntimeOverrides'. Did you mean to write 'fetch'?",
    ],
    refused(["overrides.fetsh", "is unknown: is fetch meant?"]),
  ],
  "5i-revocation-of-a-promise": [
    [
      "TS2322 Type 'Promise<{ pollSeconds: number; }>' is not assignable to type 'boolean | RevocationOptions | undefined'.",
    ],
    refused([
      "revocation",
      "must be true, or an object with pollSeconds, webhook, maxTokenLifetimeSeconds, consentCheckSeconds, failClosedAfterSeconds",
    ]),
  ],
  "5j-no-list": [
    [
      "TS2322 Type 'string' is not assignable to type 'readonly CallerKind[]'.",
      "TS2322 Type 'string' is not assignable to type 'readonly string[]'.",
      "TS2322 Type 'string' is not assignable to type 'readonly string[]'.",
    ],
    refused(
      [
        "callers",
        "must be a list of at least one of user, application, api-key, and of nothing else",
      ],
      [
        "allowedOrigins",
        "must be a list of origins such as https://app.example.com: scheme, host and port, no path, slash or star",
      ],
      ["publicPaths", "must be a list of paths such as /status"],
    ),
  ],
  "5k-arguments-of-no-tool": [
    [],
    success(
      "the secret",
      '[workos] recorded_tool_unknown: recordArguments["secerts"] records nothing: the server has no such tool; did you mean secrets?',
    ),
  ],
  "5l-a-minute-as-token-lifetime": [[], success("the secret")],
  "6-right-environment": [[], success("the secret")],
  "6a-environment-token": [
    [],
    {
      status: 401,
      answer: "resource_not_requested",
      isError: true,
      log: [
        "[workos] Refused POST of user user_01ADA in org_01ACME with 401 resource_not_requested: expected aud https://mcp.example.com/mcp, found the environment client ID. This server is a registered resource indicator, so the client signed in before it was, or sends no resource parameter (RFC 8707): remove the server in the client and connect it again. For clients that never send it, mark the indicator as default in the dashboard",
      ],
    },
  ],
  "6b-audience-as-url": [
    [
      'TS2322 Type \'"https://mcp.example.com/mcp"\' is not assignable to type \'"resource" | "environment" | undefined\'.',
    ],
    refused([
      "audience",
      'must be "resource" or "environment"; resource identifiers of old belong in formerResources',
    ]),
  ],
  "6c-audience-as-list": [
    [
      "TS2322 Type 'string[]' is not assignable to type '\"resource\" | \"environment\" | undefined'.",
    ],
    refused([
      "audience",
      'must be "resource" or "environment"; resource identifiers of old belong in formerResources',
    ]),
  ],
  "6d-audience-undefined": [
    [
      "TS2379 Argument of type '{ audience: undefined; }' is not assignable to parameter of type 'WorkOSProviderConfig' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.   Types of property 'audience' are incompatible.     Type 'undefined' is not assignable to type '\"resource\" | \"environment\"'.",
    ],
    refused([
      "audience",
      "is undefined: leave it out if tokens for the whole environment may be used here, or see where it comes from",
    ]),
  ],
};
