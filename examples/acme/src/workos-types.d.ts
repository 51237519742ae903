// Written by `npx @xmcp-dev/workos types`; do not edit it, run the command again.
import "@xmcp-dev/workos";

// prettier-ignore
declare module "@xmcp-dev/workos" {
  interface Register {
    tools:
      | "admin_list_team"
      | "list_tickets"
      | "read_ticket"
      | "refund"
      | "reply_to_ticket"
      | "summarize_tickets"
      | "whoami";
    prompts:
      | "draft_reply"
      | "weekly_report";
    permissions:
      | "notes:read"
      | "refunds:create"
      | "tickets:read"
      | "tickets:write";
    roles:
      | "admin"
      | "agent"
      | "lead";
    featureFlags:
      | "ticket-summaries";
  }
}
