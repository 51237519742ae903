import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  (await getAccess()).require({ role: "member", organization: "org_01ACME" });
  return "the secret";
}
