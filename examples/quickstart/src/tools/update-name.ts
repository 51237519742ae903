import { getClient, getSession, getUser } from "@xmcp-dev/workos";
import type { InferSchema, ToolMetadata } from "xmcp";
import { z } from "zod";

export const schema = {
  firstName: z.string().min(1).max(100).describe("The caller's new first name"),
};

export const metadata: ToolMetadata = {
  name: "update_name",
  description: "Changes the caller's own first name",
};

export default async function updateName({ firstName }: InferSchema<typeof schema>) {
  const workos = getClient();
  await workos.userManagement.updateUser({ userId: getSession().userId, firstName });
  // getUser() keeps a profile for 30 seconds: asked anew, it has the new name for every tool from now on.
  const user = await getUser({ fresh: true });
  return `Your first name is now ${user.firstName}`;
}
