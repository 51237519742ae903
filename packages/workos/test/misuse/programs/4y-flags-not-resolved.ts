import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  (await getAccess()).require({ featureFlags: ["beta"] });
  return "the secret";
}
