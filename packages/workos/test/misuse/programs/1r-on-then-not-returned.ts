import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  void access.on("docs:read", { resourceId: "authz_resource_01DOC" }).then((on) => on.require());
  return "the secret";
}
