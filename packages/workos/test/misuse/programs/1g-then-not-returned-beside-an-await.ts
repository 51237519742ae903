import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  void getAccess().then((access) => access.require({ role: "admin" }));
  await getAccess();
  return "the secret";
}
