import { getSession, getUser } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "greet",
  description: "Greets the person who is signed in, by name",
  annotations: { readOnlyHint: true },
};

export default async function greet() {
  // From the access token: no API call.
  const session = getSession();
  // From the WorkOS API.
  const user = await getUser();

  // A profile need not have a name.
  return `Hello ${user.firstName ?? user.email}! Your user ID is ${session.userId}`;
}
