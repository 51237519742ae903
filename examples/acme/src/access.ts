import { defineAccess } from "@xmcp-dev/workos";

/** Up to this many dollars a lead may give back; above it, an admin decides. */
const REFUND_LIMIT = 200;

/** Who may use what of the desk. What is not named here is denied to everybody. */
export const access = defineAccess({
  tools: {
    whoami: "authenticated",
    list_tickets: { permissions: ["tickets:read"] },
    read_ticket: { permissions: ["tickets:read"] },
    reply_to_ticket: { permissions: ["tickets:write"] },
    // Bought by Globex alone: a flag that is on for one organization.
    summarize_tickets: { permissions: ["tickets:read"], featureFlags: ["ticket-summaries"] },
    refund: {
      anyOf: [
        {
          permissions: ["refunds:create"],
          check: ({ arguments: { dollars } }) =>
            typeof dollars === "number" && dollars <= REFUND_LIMIT,
        },
        { role: "admin" },
      ],
    },
    // Everything that manages the desk, also what is added later.
    "admin_*": { role: "admin", organization: "required" },
  },
  resources: {
    "handbook://*": "authenticated",
    "tickets://{id}": { permissions: ["tickets:read"] },
  },
  prompts: {
    draft_reply: { permissions: ["tickets:write"] },
    weekly_report: { role: ["lead", "admin"] },
  },
});
