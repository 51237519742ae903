import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = getAccess();
  access.require({ permissions: ["secrets:read"] });
  return "the secret";
}
