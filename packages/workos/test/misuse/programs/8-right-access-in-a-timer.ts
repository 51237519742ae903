import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = await getAccess();
  return new Promise((resolve) => {
    setTimeout(() => resolve(access.has({ role: "admin" }) ? "the secret" : "no"));
  });
}
