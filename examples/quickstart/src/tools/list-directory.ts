import { getClient } from "@xmcp-dev/workos";
import type { InferSchema, ToolMetadata } from "xmcp";
import { z } from "zod";

export const schema = {
  directory: z.string().describe("The directory's ID, directory_…"),
};

export const metadata: ToolMetadata = {
  name: "list_directory",
  description: "Lists the users and groups of a directory (SCIM)",
  annotations: { readOnlyHint: true },
};

export default async function listDirectory({ directory }: InferSchema<typeof schema>) {
  const workos = getClient();
  const users = await workos.directorySync.listUsers({ directory });
  const groups = await workos.directorySync.listGroups({ directory });
  return JSON.stringify(
    {
      users: users.data.map(({ id, email }) => ({ id, email })),
      groups: groups.data.map(({ id, name }) => ({ id, name })),
    },
    null,
    2,
  );
}
