import { getSession } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "session",
  description: "Shows what the access token of this request says about its caller",
  annotations: { readOnlyHint: true },
};

export default function session() {
  const { claims: _claims, ...fields } = getSession();
  return JSON.stringify(fields, null, 2);
}
