import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSeed, type Seed } from "@xmcp-dev/authkit-emulator";
import type { Persona } from "@xmcp-dev/workos/testing";

export const acmeFolder = join(import.meta.dirname, "../../examples/acme");

/** Who works at the desks of examples/acme. */
export const acmeSeed: Seed = parseSeed(
  readFileSync(join(acmeFolder, "seed.yaml"), "utf8"),
  "yaml",
);

export const ACME = "org_01K0ACMEDESK0000000000000";
const GLOBEX = "org_01K0G10BEXDESK00000000000";
export const ADA = "user_01K0ADADESK0000000000000";
export const GRACE = "user_01K0GRACEDESK00000000000";
export const ALAN = "user_01K0A1ANDESK000000000000";
export const EDSGER = "user_01K0EDSGERDESK0000000000";

/** Everything the server of examples/acme registers. */
export const acmeHas = {
  Tools: [
    "whoami",
    "list_tickets",
    "read_ticket",
    "reply_to_ticket",
    "summarize_tickets",
    "refund",
    "admin_list_team",
  ],
  Resources: ["handbook://refunds", "tickets://{id}"],
  Prompts: ["draft_reply", "weekly_report"],
};

const AGENT_TOOLS = ["list_tickets", "read_ticket", "reply_to_ticket"];
const OF_TICKETS = ["handbook://refunds", "tickets://{id}", "draft_reply"];

/** A member of a desk, with what the seed gives the role there. */
function memberOf(organizationId: typeof ACME | typeof GLOBEX, role: string): Persona {
  const permissions = acmeSeed.roles.find(({ slug }) => slug === role)?.permissions ?? [];
  const featureFlags = (acmeSeed.featureFlags ?? [])
    .filter(({ targets = [] }) => targets.includes(organizationId))
    .map(({ slug }) => slug);
  return { organizationId, roles: [role], permissions, featureFlags };
}

/** Who sees what: the cards of examples/acme/README.md. */
export const acmeSights = [
  {
    card: "ada-at-acme",
    who: "Ada Lovelace",
    as: "admin of Acme",
    persona: memberOf(ACME, "admin"),
    choices: { user: ADA, organization: ACME },
    sees: ["whoami", ...AGENT_TOOLS, "refund", "admin_list_team", ...OF_TICKETS, "weekly_report"],
  },
  {
    card: "ada-at-globex",
    who: "Ada Lovelace",
    as: "agent of Globex, which has the flag",
    persona: memberOf(GLOBEX, "agent"),
    choices: { user: ADA, organization: GLOBEX },
    sees: ["whoami", ...AGENT_TOOLS, "summarize_tickets", ...OF_TICKETS],
  },
  {
    card: "grace-at-acme",
    who: "Grace Hopper",
    as: "lead of Acme",
    persona: memberOf(ACME, "lead"),
    choices: { user: GRACE },
    sees: ["whoami", ...AGENT_TOOLS, "refund", ...OF_TICKETS, "weekly_report"],
  },
  {
    card: "alan-at-globex",
    who: "Alan Turing",
    as: "agent of Globex, which has the flag",
    persona: memberOf(GLOBEX, "agent"),
    choices: { user: ALAN },
    sees: ["whoami", ...AGENT_TOOLS, "summarize_tickets", ...OF_TICKETS],
  },
  {
    card: "edsger",
    who: "Edsger Dijkstra",
    as: "member of nothing",
    persona: {},
    choices: { user: EDSGER },
    sees: ["whoami", "handbook://refunds"],
  },
];
