import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = getAccess();
  if (!access.has({ role: "admin" })) throw new Error("no");
  return "the secret";
}
