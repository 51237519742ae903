import { AccessDeniedError, getAccess, WorkOSAuthError } from "../../../src/index.js";

export default async function secrets() {
  const on = await (await getAccess()).on("docs:read", { resourceId: "authz_resource_01DOC" });
  try {
    on.require();
  } catch (error) {
    if (!(error instanceof WorkOSAuthError) || error instanceof AccessDeniedError)
      return "the secret";
    throw new Error([error.code, error.docs, error.cause].join(" "));
  }
  return "the secret";
}
