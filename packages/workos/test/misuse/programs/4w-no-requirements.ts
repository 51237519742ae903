import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  if ((await getAccess()).has({})) return "the secret";
  return "no";
}
