const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ALAN = "user_01K0A1AN000000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

const TO_EVERY_CALLER = "this server denies it to every caller. Its operator can change that.";
const NO_ORGANIZATION =
  "it needs an organization, and you belong to none. An administrator of an organization can invite you.";
const lacks = (what: string, organization: string): string =>
  `it needs the ${what}. An administrator of the organization ${organization} can give it to you, in WorkOS. Signing in again does not.`;

/** Why not: the end of the text, and what programs read. */
type Why = readonly [text: string, data: object];
const unnamed: Why = [TO_EVERY_CALLER, { reason: "not_in_access_map" }];
const homeless: Why = [
  NO_ORGANIZATION,
  { reason: "organization_not_allowed", missing: { organization: "required" } },
];
const noRole = (organization: string): Why => [
  lacks('role "admin"', organization),
  { reason: "role_missing", missing: { role: ["admin"] } },
];
const noPermission = (slug: string, organization: string): Why => [
  lacks(`permission "${slug}"`, organization),
  { reason: "permission_missing", missing: { permissions: [slug] } },
];
const forKeys: Why = [
  "it is for API keys only.",
  { reason: "caller_not_allowed", missing: { caller: ["api-key"] } },
];

/** What a user sees, uses and is denied, in literals. */
export interface Person {
  readonly choices: { readonly user: string; readonly organization?: string };
  readonly sees: Readonly<
    Record<"tools" | "resources" | "resourceTemplates" | "prompts", string[]>
  >;
  readonly uses: {
    readonly tools: Readonly<Record<string, string>>;
    readonly resources: Readonly<Record<string, string>>;
    readonly prompts: readonly string[];
  };
  readonly isDenied: Readonly<
    Record<"tools" | "resources" | "prompts", Readonly<Record<string, Why>>>
  >;
  /** What their use makes run: what was denied never. */
  readonly runs: readonly string[];
}

const member = (organization: string, choices: Person["choices"]): Person => ({
  choices,
  sees: {
    tools: ["card", "report_read", "whoami"],
    resources: ["config://app", "ui://app/card.html"],
    resourceTemplates: ["docs://{id}"],
    prompts: ["summarize"],
  },
  uses: {
    tools: { report_read: '["reports:read"]', card: "" },
    resources: {
      "config://app": "settings",
      "docs://7": "doc 7",
      "ui://app/card.html": "<p>card of the caller</p>",
    },
    prompts: ["summarize"],
  },
  isDenied: {
    tools: {
      report_write: noPermission("reports:write", organization),
      panel: noRole(organization),
      nightly: forKeys,
      forgotten: unnamed,
      greet: unnamed,
      "no such tool": unnamed,
    },
    resources: {
      "docs://secret": noRole(organization),
      "vault://7": noPermission("users:manage", organization),
      "ui://app/panel.html": noRole(organization),
      "ui://app/forgotten.html": unnamed,
      "other://7": unnamed,
    },
    prompts: { audit: noRole(organization), other: unnamed },
  },
  runs: ["report_read", "card", "config://app", "docs://{id} 7", "card", "prompt summarize"],
});

export const PEOPLE: Readonly<Record<string, Person>> = {
  "Ada at Acme, an admin": {
    choices: { user: ADA, organization: ACME },
    sees: {
      tools: ["card", "panel", "report_read", "report_write", "whoami"],
      resources: ["config://app", "docs://secret", "ui://app/card.html", "ui://app/panel.html"],
      resourceTemplates: ["docs://{id}", "vault://{id}"],
      prompts: ["audit", "summarize"],
    },
    uses: {
      tools: {
        report_read: '["reports:read","reports:write","users:manage"]',
        report_write: "report_write done",
        panel: "",
      },
      resources: {
        "docs://secret": "secret",
        "vault://7": "safe 7",
        "ui://app/panel.html": "<p>panel of the caller</p>",
      },
      prompts: ["summarize", "audit"],
    },
    isDenied: {
      tools: { nightly: forKeys, forgotten: unnamed, session: unnamed },
      resources: { "ui://app/forgotten.html": unnamed, "other://7": unnamed },
      prompts: { other: unnamed },
    },
    runs: [
      "report_read",
      "report_write",
      "panel",
      "docs://secret",
      "vault://{id} 7",
      "panel",
      "prompt summarize",
      "prompt audit",
    ],
  },
  // The same person with the same roles table: what counts is where she signed in.
  "Ada at Globex, a member": member(GLOBEX, { user: ADA, organization: GLOBEX }),
  "Grace at Acme, a member": member(ACME, { user: GRACE }),
  "Alan, of no organization": {
    choices: { user: ALAN },
    sees: {
      tools: ["whoami"],
      resources: ["config://app"],
      resourceTemplates: [],
      prompts: ["summarize"],
    },
    uses: {
      tools: { whoami: `{"userId":"${ALAN}"}` },
      resources: { "config://app": "settings" },
      prompts: ["summarize"],
    },
    isDenied: {
      tools: { report_read: homeless, panel: homeless, nightly: forKeys, forgotten: unnamed },
      resources: { "docs://7": homeless, "vault://7": homeless, "ui://app/card.html": homeless },
      prompts: { audit: homeless },
    },
    runs: ["whoami", "config://app", "prompt summarize"],
  },
};
