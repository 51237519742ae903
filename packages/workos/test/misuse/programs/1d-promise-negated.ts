import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  if (!getAccess()) throw new Error("no");
  return "the secret";
}
