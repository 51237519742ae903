import { getAccess } from "../../../src/index.js";

const documents = [{ resourceId: "authz_resource_01DOC" }, { resourceId: "authz_resource_02DOC" }];

export default async function secrets() {
  const access = await getAccess();
  const answers = await Promise.all(documents.map((one) => access.on("docs:read", one)));
  return answers.every(({ isAllowed }) => isAllowed) ? "the secret" : "the rest";
}
