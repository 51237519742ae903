import type { InferSchema, ToolMetadata } from "xmcp";
import { z } from "zod";
import { ticketOfCaller } from "../desk/tickets";

export const schema = {
  id: z.string().describe("The ticket's ID, such as A-1"),
  text: z.string().describe("What the customer will read"),
};

export const metadata: ToolMetadata = {
  name: "reply_to_ticket",
  description: "Answers the customer of a ticket",
};

export default function replyToTicket({ id, text }: InferSchema<typeof schema>) {
  ticketOfCaller(id).replies.push(text);
  return `Replied to ${id}`;
}
