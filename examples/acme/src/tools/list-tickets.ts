import type { ToolMetadata } from "xmcp";
import { ticketsOfCaller } from "../desk/tickets";

export const metadata: ToolMetadata = {
  name: "list_tickets",
  description: "Lists the tickets of the caller's organization",
  annotations: { readOnlyHint: true },
};

export default function listTickets() {
  return ticketsOfCaller()
    .map(({ id, customer, subject }) => `${id} ${customer}: ${subject}`)
    .join("\n");
}
