import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const wanted: string | undefined = undefined;
  (await getAccess()).require({ organization: "org_01ACME", role: wanted });
  return "the secret";
}
