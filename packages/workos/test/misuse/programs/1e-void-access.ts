import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  void getAccess();
  return "the secret";
}
