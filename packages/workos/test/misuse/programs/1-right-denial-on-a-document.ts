import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const on = await (await getAccess()).on("docs:read", { resourceId: "authz_resource_01DOC" });
  on.require();
  return "the secret";
}
