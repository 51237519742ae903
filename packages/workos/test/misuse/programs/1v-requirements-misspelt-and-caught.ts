import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  try {
    access.has({ permissons: ["secrets:read"] });
  } catch {
    // Goes on.
  }
  return "the secret";
}
