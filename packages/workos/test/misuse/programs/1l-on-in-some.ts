import { getAccess } from "../../../src/index.js";

const documents = [{ resourceId: "authz_resource_01DOC" }, { resourceId: "authz_resource_02DOC" }];

export default async function secrets() {
  const access = await getAccess();
  const mayRead = documents.some(async (one) => (await access.on("docs:read", one)).isAllowed);
  return mayRead ? "the secret" : "no";
}
