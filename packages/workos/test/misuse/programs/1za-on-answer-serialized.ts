import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  const answer = await access.on("docs:read", { resourceId: "authz_resource_01DOC" });
  return JSON.stringify(answer) === "" ? "no" : "the secret";
}
