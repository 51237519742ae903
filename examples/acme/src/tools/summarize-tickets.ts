import type { ToolMetadata } from "xmcp";
import { ticketsOfCaller } from "../desk/tickets";

export const metadata: ToolMetadata = {
  name: "summarize_tickets",
  description: "Says in one line what the desk is about today",
  annotations: { readOnlyHint: true },
};

export default function summarizeTickets() {
  const tickets = ticketsOfCaller();
  const open = tickets.filter(({ replies }) => replies.length === 0).length;
  return `${tickets.length} tickets, ${open} without a reply`;
}
