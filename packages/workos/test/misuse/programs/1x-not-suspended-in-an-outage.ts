import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const { roles } = await getAccess();
  return roles.includes("suspended") ? "no" : "the secret";
}
