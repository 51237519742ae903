import type { AccessMap } from "@xmcp-dev/workos";

/** Up to this many dollars a lead may give back; above it, an admin decides. */
const REFUND_LIMIT = 200;

/** Who may use what of the desk. What is not named here is denied to everybody. */
export const access: AccessMap = {
  tools: {
    whoami: "authenticated",
    list_tickets: { permissions: ["tickets:read"] },
    read_ticket: { permissions: ["tickets:read"] },
    reply_to_ticket: { permissions: ["tickets:write"] },
    // Bought by Globex alone: a flag that is on for one organization.
    summarize_tickets: { permissions: ["tickets:read"], featureFlags: ["ticket-summaries"] },
    refund: [
      {
        permissions: ["refunds:create"],
        check: (_session, { arguments: { dollars } }) =>
          typeof dollars === "number" && dollars <= REFUND_LIMIT,
      },
      { roles: ["admin"] },
    ],
    // Everything that manages the desk, also what is added later.
    "admin_*": { roles: ["admin"], organization: "some" },
  },
  resources: {
    "handbook://*": "authenticated",
    "tickets://{id}": { permissions: ["tickets:read"] },
  },
  prompts: {
    draft_reply: { permissions: ["tickets:write"] },
    weekly_report: [{ roles: ["lead"] }, { roles: ["admin"] }],
  },
};
