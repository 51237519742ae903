import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  (await getAccess()).require({ roles: ["member"] });
  return "the secret";
}
