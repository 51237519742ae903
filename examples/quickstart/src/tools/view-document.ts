import { getClient, getSession } from "@xmcp-dev/workos";
import type { InferSchema, ToolMetadata } from "xmcp";
import { z } from "zod";

export const schema = {
  document: z.string().describe("The document's ID, such as doc_123"),
};

export const metadata: ToolMetadata = {
  name: "view_document",
  description: "Notes in the organization's audit log that the caller viewed a document",
};

export default async function viewDocument({ document }: InferSchema<typeof schema>) {
  const { userId, organizationId } = getSession();
  if (organizationId === undefined)
    return "You signed in without an organization, which keeps the log";

  const workos = getClient();
  await workos.auditLogs.createEvent(organizationId, {
    action: "document.viewed",
    occurredAt: new Date(),
    actor: { id: userId, type: "user" },
    targets: [{ id: document, type: "document" }],
    context: { location: "127.0.0.1" },
  });
  return `Noted in the audit log: ${userId} viewed ${document}`;
}
