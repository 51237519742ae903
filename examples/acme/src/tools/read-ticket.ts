import { getAccess } from "@xmcp-dev/workos";
import type { InferSchema, ToolMetadata } from "xmcp";
import { z } from "zod";
import { ticketOfCaller } from "../desk/tickets";

export const schema = { id: z.string().describe("The ticket's ID, such as A-1") };

export const metadata: ToolMetadata = {
  name: "read_ticket",
  description: "Shows one ticket; to a lead or an admin also the internal note",
  annotations: { readOnlyHint: true },
};

export default async function readTicket({ id }: InferSchema<typeof schema>) {
  const { customer, subject, note, replies } = ticketOfCaller(id);
  // A part of the answer with a rule of its own, in the words of the map.
  const access = await getAccess();
  const mayReadNotes = access.has({ permissions: ["notes:read"] });
  return [
    `${id} ${customer}: ${subject}`,
    ...(mayReadNotes ? [`Note: ${note}`] : []),
    ...replies,
  ].join("\n");
}
