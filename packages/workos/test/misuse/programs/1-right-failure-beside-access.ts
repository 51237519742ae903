import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  await Promise.all([getAccess(), Promise.reject(new Error("the database is gone"))]);
  return "the secret";
}
