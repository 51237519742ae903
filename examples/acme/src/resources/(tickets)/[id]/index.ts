import type { InferSchema, ResourceMetadata } from "xmcp";
import { z } from "zod";
import { ticketOfCaller } from "../../../desk/tickets";

export const schema = { id: z.string().describe("The ticket's ID, such as A-1") };

export const metadata: ResourceMetadata = {
  name: "ticket",
  description: "One ticket of the caller's organization",
};

export default function ticket({ id }: InferSchema<typeof schema>) {
  const { customer, subject } = ticketOfCaller(id);
  return `${id} ${customer}: ${subject}`;
}
