import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  if (getAccess()) return "the secret";
  return "no";
}
