import { getUser } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "user",
  description: "Shows the caller's full WorkOS profile",
  annotations: { readOnlyHint: true },
};

export default async function user() {
  const { id, email, emailVerified, firstName, lastName, profilePictureUrl } = await getUser();
  return JSON.stringify(
    { id, email, emailVerified, firstName, lastName, profilePictureUrl },
    null,
    2,
  );
}
