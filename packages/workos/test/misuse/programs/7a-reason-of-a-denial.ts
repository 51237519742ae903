import { AccessDeniedError, getAccess, WorkOSAuthError } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  try {
    access.require({ role: "admin" });
  } catch (error) {
    if (!(error instanceof WorkOSAuthError) || !(error instanceof AccessDeniedError))
      return "the secret";
    throw new Error([error.code, error.reason, error.docs, error.missing.role].join(" "));
  }
  return "the secret";
}
