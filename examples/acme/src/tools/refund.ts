import type { InferSchema, ToolMetadata } from "xmcp";
import { z } from "zod";
import { ticketOfCaller } from "../desk/tickets";

export const schema = {
  id: z.string().describe("The ticket's ID, such as A-1"),
  dollars: z.number().positive().describe("How much the customer gets back"),
};

export const metadata: ToolMetadata = {
  name: "refund",
  description: "Gives money back to the customer of a ticket",
  annotations: { destructiveHint: true },
};

export default function refund({ id, dollars }: InferSchema<typeof schema>) {
  const { customer } = ticketOfCaller(id);
  return `Gave $${dollars} back to ${customer}`;
}
