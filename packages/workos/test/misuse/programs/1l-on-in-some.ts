import { getAccess } from "../../../src/index.js";

const documents = [{ resourceId: "authz_resource_01DOC" }, { resourceId: "authz_resource_02DOC" }];

export default async function secrets() {
  const access = await getAccess();
  // Caught, so that the process goes on.
  const mayRead = documents.some((one) =>
    access
      .on("docs:read", one)
      .then(({ isAllowed }) => isAllowed)
      .catch(() => false),
  );
  return mayRead ? "the secret" : "no";
}
