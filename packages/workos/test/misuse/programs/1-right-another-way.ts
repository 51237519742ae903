import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  return (await getAccess()).has({ role: "admin" }) ? "the secret" : "the rest";
}
