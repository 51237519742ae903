import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  if (!access.has({ permissions: ["secrets:blocked"] })) return "the secret";
  return "no";
}
