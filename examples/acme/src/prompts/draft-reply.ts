import type { InferSchema, PromptMetadata } from "xmcp";
import { z } from "zod";

export const schema = { id: z.string().describe("The ticket's ID, such as A-1") };

export const metadata: PromptMetadata = {
  name: "draft_reply",
  title: "Draft a reply",
  description: "Drafts a reply to a ticket",
  role: "user",
};

export default function draftReply({ id }: InferSchema<typeof schema>) {
  return `Read the ticket ${id} and draft a short, friendly reply.`;
}
