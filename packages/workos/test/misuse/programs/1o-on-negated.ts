import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  if (!access.on("docs:read", { resourceId: "authz_resource_01DOC" })) throw new Error("no");
  return "the secret";
}
