import { getAccess } from "../../../src/index.js";

const documents = [{ resourceId: "authz_resource_01DOC" }, { resourceId: "authz_resource_02DOC" }];

export default async function secrets() {
  const access = await getAccess();
  const answers = await Promise.all(documents.map((one) => access.on("docs:read", one)));
  // Each is read: every() alone would stop at the first that is not allowed.
  const mayRead = answers.map(({ isAllowed }) => isAllowed);
  return mayRead.every(Boolean) ? "the secret" : "the rest";
}
